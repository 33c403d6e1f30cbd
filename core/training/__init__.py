"""The training loop that the language model and the classifiers share: Chainer's Trainer with resumable extensions."""
from core.training.adam import Adam
from core.training.best import load_weights, save_weights
from core.training.loop import Fitted, fit

__all__ = ["Adam", "Fitted", "fit", "load_weights", "save_weights"]
