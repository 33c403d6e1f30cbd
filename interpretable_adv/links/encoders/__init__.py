"""From embedded words to hidden states: one file for each ``model.encoder``, named as it; another one costs that file.

An encoder's file has two links, made from the model's settings (:class:`interpretable_adv.settings.ModelConfig`):
``OfDocument``, whose hidden states are one for each document, and ``OfWords``, one for each word.  Both have

- a call with packed words, chainer.Variable (N, D), and their :class:`iadv_foundation.arithmetic.packing.Layout`, which
  returns hidden states (B, size) of the sorted documents or (N, size) of the packed words;
- ``size``, of a hidden state (int);
- ``from_language_model``, names of the parameters that a language model's LSTM hands over (section 6.2), where there
  are any.
"""

import importlib
import pkgutil

from iadv_foundation.console.cli import closest


def names():
    """The encoders there are (list of str)."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def encoder_named(name, of_words):
    """The link of an encoder, ``OfWords`` or ``OfDocument``.

    Raises:
        UsageError: there is none; says the nearest name.
    """
    module = importlib.import_module(f"{__name__}.{closest(name, names(), 'model.encoder')}")
    return module.OfWords if of_words else module.OfDocument
