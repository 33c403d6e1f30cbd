"""The settings of ``bow-unlabeled``."""

from typing import Annotated

from pydantic import Field

from iadv_foundation.console.configuration import Section

Positive = Annotated[int, Field(ge=1)]


class JointVectorSettings(Section):
    """Section ``[joint_vectors]``: the model of :mod:`quoted_systems.bow_unlabeled.joint_model`.

    Attributes:
        words (int): size of the vocabulary.
        dropped_words (int): so many of the most frequent words do not count.
        size (int): dimensions of a vector.
        document_prior (float): lambda, of the documents' vectors.
        word_prior (float): nu, of the words' vectors.
        sentiment_weight (float): of the sentiment term against the semantic one.
        alternations (int): how often documents' and words' vectors are improved in turns.
        newton_steps (int): for documents' vectors, in each turn.
        word_steps (int): of L-BFGS for words' vectors, in each turn.
    """

    words: Positive
    dropped_words: Annotated[int, Field(ge=0)]
    size: Positive
    document_prior: Annotated[float, Field(gt=0)]
    word_prior: Annotated[float, Field(ge=0)]
    sentiment_weight: Annotated[float, Field(ge=0)]
    alternations: Positive
    newton_steps: Positive
    word_steps: Positive


class SvmSettings(Section):
    """Section ``[svm]``: the linear support vector machine.

    Attributes:
        regularisations (list of float): values of C that are tried on dev; the larger, the weaker.
    """

    regularisations: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)]


class Configuration(Section):
    """All of it."""

    joint_vectors: JointVectorSettings
    svm: SvmSettings
