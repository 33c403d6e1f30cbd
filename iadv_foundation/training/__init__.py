"""The training loop that the language model and the classifiers share: Chainer's Trainer with resumable extensions."""

from iadv_foundation.training.adam import Adam
from iadv_foundation.training.best import load_weights, save_weights
from iadv_foundation.training.loop import Fitted, fit
from iadv_foundation.training.momentum import Momentum

__all__ = ["Adam", "Fitted", "Momentum", "fit", "load_weights", "save_weights"]
