"""The settings of ``paragraph-vectors``."""

from typing import Annotated

from pydantic import Field

from iadv_foundation.console.configuration import Section

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]


class ParagraphVectorSettings(Section):
    """Section ``[paragraph_vectors]``: gensim's Doc2Vec, once with distributed memory (DM), once as a bag of words
    (DBOW).

    Attributes:
        size (int): dimensions of each of the two.
        window (int): of DM, the most words between a word and a context word.
        negative (int): noise words drawn for each predicted word.
        minimum_count (int): rarer words are left out.
        subsampling (float): threshold above which a word's relative frequency makes occurrences of it be skipped at
            random.
        epochs (int): passes over the documents that are learnt from.
        inference_epochs (int): passes over a document of dev or test.
        learning_rate (float): alpha at the start; it falls linearly to 0.0001.
    """

    size: Positive
    window: Positive
    negative: Positive
    minimum_count: Positive
    subsampling: Annotated[float, Field(ge=0)]
    epochs: Positive
    inference_epochs: Positive
    learning_rate: Annotated[float, Field(gt=0)]


class NetworkSettings(Section):
    """Section ``[vector_network]``: a hidden layer and a softmax on the two vectors side by side.

    Attributes:
        hidden_size (int): units, tanh.
        dropout (float): share of a document's numbers, and of hidden units, that training drops.
        batch_size (int): documents.
        learning_rate (float): Adam's alpha.
        max_epochs, patience (int): the most epochs; how many may pass without a better dev error.
    """

    hidden_size: Positive
    dropout: Share
    batch_size: Positive
    learning_rate: Annotated[float, Field(gt=0)]
    max_epochs: Positive
    patience: Positive


class Configuration(Section):
    """All of it."""

    paragraph_vectors: ParagraphVectorSettings
    vector_network: NetworkSettings
