"""Perplexity of a language model on a text."""

import math

import chainer

from iadv_foundation.errors import UserError
from pretrain_lm.batches import Windows, streams_of
from pretrain_lm.running_text import Reading

_LARGEST = math.log(1e300)


def perplexity(model, text, batch_size, bptt_length):
    """exp of the mean negative log-likelihood of all tokens of a text, read in its own order.

    Args:
        model (pretrain_lm.model.LanguageModel): dropout is off whatever ``chainer.config.train`` says.
        text (pretrain_lm.running_text.Text)
        batch_size (int): streams the text is cut into; each carries its state from window to window.
        bptt_length (int): steps computed at a time; it does not change the result.

    Returns:
        float

    Raises:
        UserError: it is not a finite number.
    """
    state = model.start_state(streams_of(text.tokens, batch_size))
    total = 0.0
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for window in Windows(Reading(text), batch_size, bptt_length):
            losses, state = model(window, state)
            total += losses.array.sum(dtype="float64")
    mean = float(total) / text.tokens  # read back once, so that a GPU need not be waited for
    if not mean < _LARGEST:
        raise UserError(
            f"training diverged: the mean negative log-likelihood is {mean}; choose a smaller lm.learning_rate"
        )
    return math.exp(mean)
