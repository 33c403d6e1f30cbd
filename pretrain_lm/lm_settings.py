"""The settings of a language model, section ``[lm]`` of the configuration.

The values come from ``configs/`` in layers, see :mod:`data_prep.layers`: at the paper's size (Table 2) for what a
corpus is about; recipes and scales change some of them.
"""

import itertools
from typing import Annotated, Literal

from pydantic import Field, field_validator

from data_prep.layers import layers_of
from iadv_foundation.console.configuration import Count, Rate, Section, Size, parse_overrides, resolve


class LanguageModelSettings(Section):
    """Section ``[lm]``.

    Attributes:
        embedding_size (int): size of a word embedding.
        hidden_size (int): units of the LSTM.
        dropout (float): share of embeddings and of LSTM outputs that training drops.
        bptt_length (int): steps of truncated back-propagation through time.
        batch_size (int): parallel streams of text.
        learning_rate (float): Adam's alpha.
        gradient_clipping (float): largest norm of the gradient of all parameters; the loss is summed over steps and
            averaged over streams.
        initial_scale (float): weight matrices start uniformly distributed on (-initial_scale, initial_scale).
        forget_bias (float): start value of the bias of the forget gate; the other biases start at 0.
        max_epochs (int): the most epochs.
        patience (int): stop after this many epochs without a better perplexity.
        state_reset_probability (float): probability that the hidden state is set to zero before an update.
        cutoffs (list of int): ranks at which the tail clusters of the adaptive softmax begin; empty: chosen by the size
            of the vocabulary (see :func:`pretrain_lm.adaptive_softmax.cutoffs_for`).
        tail_factor (int): each tail cluster's projection is smaller than the one before by this factor.
        vocabulary_order (str): how words are ranked for the clusters: by falling ``frequency`` (Grave et al. 2017), or
            by ``first_appearance`` in the text, as the authors' released code does.
        selection (str): the split whose perplexity chooses the best epoch; the released code uses the test text.
    """

    embedding_size: Size
    hidden_size: Size
    dropout: Annotated[float, Field(ge=0, lt=1)]
    bptt_length: Count
    batch_size: Count
    learning_rate: Rate
    gradient_clipping: Annotated[float, Field(gt=0, le=1e12)]
    initial_scale: Rate
    forget_bias: Annotated[float, Field(ge=-100, le=100)] = 1.0
    max_epochs: Count
    patience: Count
    state_reset_probability: Annotated[float, Field(ge=0, le=1)]
    cutoffs: Annotated[list[Annotated[int, Field(ge=1, le=1_000_000_000)]], Field(max_length=100)]
    tail_factor: Count
    vocabulary_order: Literal["frequency", "first_appearance"] = "frequency"
    selection: Literal["dev", "test"]

    @field_validator("cutoffs")
    @classmethod
    def _must_rise(cls, cutoffs):
        if any(later <= earlier for earlier, later in itertools.pairwise(cutoffs)):
            raise ValueError("the numbers must rise")
        return cutoffs


class Configuration(Section):
    """All that ``python -m pretrain_lm`` can be told by configuration files and ``--set``."""

    lm: LanguageModelSettings


def load_configuration(corpus, recipe, scale, overrides):
    """Settings for a corpus.

    Args:
        corpus (str): a name that :mod:`data_prep.corpora` knows.
        recipe, scale (str): names of configuration files.
        overrides (list of str): ``lm.key=value``.

    Returns:
        LanguageModelSettings

    Raises:
        UsageError: an unknown name or key, or a value of the wrong type or out of range.
    """
    return resolve(Configuration, *layers(corpus, recipe, scale, overrides)).lm


def layers(corpus, recipe, scale, overrides):
    """What :func:`load_configuration` merges, first to last (list of iadv_foundation.console.configuration.Layer)."""
    return [*(layer.only(["lm"]) for layer in layers_of(corpus, scale, recipe)), parse_overrides(overrides)]
