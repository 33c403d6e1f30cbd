"""The settings of ``onehot-bilstm``."""

from typing import Annotated

from pydantic import Field

from iadv_foundation.console.configuration import Section

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class _Descent(Section):
    """What both parts of the training have.

    Attributes:
        initial_scale (float): standard deviation of the start weights.
        batch_size (int): documents.
        learning_rate (float): of momentum SGD for the regions, Adam's alpha for the classifier.
        decay_after (float): share of the epochs after which the learning rate is divided by ten.
        epochs (int): passes over the documents.
    """

    initial_scale: Rate
    batch_size: Positive
    learning_rate: Rate
    decay_after: Annotated[float, Field(gt=0, le=1)]
    epochs: Positive


class RegionSettings(_Descent):
    """Section ``[regions]``: the two region embeddings.

    Attributes:
        words (int): size of the vocabulary, of what is read and of what is predicted; other words are zero vectors.
        size (int): of an embedding.
        region (int): how many words, at most, are predicted at each word: the next ones, or the ones before.
        negatives (int): words drawn at random, for each word of a region, that are to be predicted as absent.
        chunk (int): words of a document that are read in a row, from a zero state.
        momentum (float): of the steps of SGD.
    """

    words: Positive
    size: Positive
    region: Positive
    negatives: Positive
    chunk: Positive
    momentum: Share


class BiLstmSettings(_Descent):
    """Section ``[bilstm]``: the classifier; it reads the words of ``regions.words``.

    Attributes:
        size (int): of each direction.
        dropout (float): of the pooled values.
        weight_decay (float): of the output layer.
        gradient_clipping (float): largest norm of the gradient over all parameters.
        length_window (int): batches whose documents are sorted by length together.
    """

    size: Positive
    dropout: Share
    weight_decay: Annotated[float, Field(ge=0)]
    gradient_clipping: Rate
    length_window: Positive


class Configuration(Section):
    """All of it."""

    regions: RegionSettings
    bilstm: BiLstmSettings
