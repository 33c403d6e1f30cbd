"""The settings of word vectors, sections ``[vectors]`` and ``[gwe]`` of the configuration.

The values come from ``configs/`` in layers, see :mod:`data_prep.layers`: at the paper's size (300 dimensions, Table 2)
for what a corpus is about; scales change some of them.  No recipe does.
"""

from typing import Annotated

from pydantic import Field

from data_prep.layers import layers_of
from iadv_foundation.console.configuration import Count, Rate, Section, Size, parse_overrides, resolve

Window = Annotated[int, Field(ge=1, le=1000)]  # words


class SkipGramSettings(Section):
    """Section ``[vectors]``: skip-gram with negative sampling (Mikolov et al. 2013), as gensim trains it.

    Attributes:
        size (int): D, dimensions; the network's ``model.embedding_size``.
        window (int): the most words between a word and the context word that it predicts.
        negative (int): noise words drawn for each context word.
        minimum_count (int): rarer words of the text are left out.
        subsampling (float): threshold above which a word's relative frequency makes occurrences of it be skipped at
            random.
        epochs (int): passes over the text.
        learning_rate (float): alpha at the start; it falls linearly to 0.0001.
    """

    size: Size
    window: Window
    negative: Window
    minimum_count: Count
    subsampling: Annotated[float, Field(ge=0, le=1)]
    epochs: Count
    learning_rate: Annotated[float, Field(gt=0, le=1)]  # gensim crashes where vectors grow without end


class GweSettings(Section):
    """Section ``[gwe]``: error- and grammaticality-specific word embeddings (Kaneko et al. 2017).

    Attributes:
        size (int): D, dimensions; the network's ``model.embedding_size``.
        window (int): words of the input, the centre word among them; odd.
        hidden_size (int): units of the tanh layer.
        hinge_weight (float): weight of the hinge loss; that of the cross-entropy is 1 - hinge_weight.
        substitutes (int): words put in place of each centre word.
        epochs (int): passes over the training sentences.
        batch_size (int): windows of one update.
        learning_rate (float): Adam's alpha.
    """

    size: Size
    window: Window
    hidden_size: Size
    hinge_weight: Annotated[float, Field(ge=0, le=1)]
    substitutes: Size
    epochs: Count
    batch_size: Count
    learning_rate: Rate


class SkipGramConfiguration(Section):
    """All that ``python -m word_vectors skipgram`` can be told by configuration files and ``--set``."""

    vectors: SkipGramSettings


class GweConfiguration(Section):
    """All that ``python -m word_vectors gwe`` can be told by configuration files and ``--set``."""

    gwe: GweSettings


def load_skipgram_settings(corpus, scale, overrides=()):
    """Settings of skip-gram vectors.

    Args:
        corpus (str): a name that :mod:`data_prep.corpora` knows.
        scale (str): name of a configuration file.
        overrides (iterable of str): ``vectors.key=value``.

    Returns:
        SkipGramSettings

    Raises:
        UsageError: an unknown name or key, a value of the wrong type or out of range, or none for this corpus.
    """
    return resolve(SkipGramConfiguration, *layers(SkipGramConfiguration, corpus, scale, overrides)).vectors


def load_gwe_settings(corpus, scale, overrides=()):
    """Settings of error- and grammaticality-specific vectors (GweSettings); see :func:`load_skipgram_settings`."""
    return resolve(GweConfiguration, *layers(GweConfiguration, corpus, scale, overrides)).gwe


def layers(model, corpus, scale, overrides=()):
    """What the settings of a model, one of the two configurations, are merged of, first to last (list of Layer)."""
    return [*(layer.only(model.model_fields) for layer in layers_of(corpus, scale)), parse_overrides(overrides)]
