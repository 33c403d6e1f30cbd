"""The settings of ``sa-lstm``."""

from typing import Annotated, Literal

from pydantic import Field

from iadv_foundation.console.configuration import Section

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class AutoencoderSettings(Section):
    """Section ``[autoencoder]``: the pretraining, and the sizes of both networks.

    Attributes:
        embedding_size, hidden_size (int): of words and of the LSTM.
        forget_bias (float): start value of the bias of the forget gate.
        word_dropout (float): share of the words of the input whose vectors training sets to 0.
        bptt_length (int): steps of truncated back-propagation through time, in the fine-tuning as well.
        batch_size (int): documents.
        length_window (int): batches whose documents are sorted by length together.
        learning_rate, gradient_clipping (float): Adam's alpha; largest norm of the gradient over all parameters.
        max_epochs, patience (int): the most epochs; how many may pass without a better perplexity on dev.
    """

    embedding_size: Positive
    hidden_size: Positive
    forget_bias: float
    word_dropout: Share
    bptt_length: Positive
    batch_size: Positive
    length_window: Positive
    learning_rate: Rate
    gradient_clipping: Rate
    max_epochs: Positive
    patience: Positive


class FineTuningSettings(Section):
    """Section ``[fine_tuning]``: the classifier.

    Attributes:
        classifier_size (int): units of the ReLU layer on the LSTM.
        dropout (float): after that layer.
        word_dropout (float): as in the pretraining.
        label_gain (str): ``"last"``: the class is predicted at the last word; ``"linear"``: in training at every word,
            with a weight that rises linearly to that of the last one.
        batch_size, length_window, learning_rate, learning_rate_decay, gradient_clipping, max_epochs, patience: as in
            ``[training]``; patience is with the dev error.
    """

    classifier_size: Positive
    dropout: Share
    word_dropout: Share
    label_gain: Literal["last", "linear"]
    batch_size: Positive
    length_window: Positive
    learning_rate: Rate
    learning_rate_decay: Annotated[float, Field(gt=0, le=1)]
    gradient_clipping: Rate
    max_epochs: Positive
    patience: Positive


class Configuration(Section):
    """All of it."""

    autoencoder: AutoencoderSettings
    fine_tuning: FineTuningSettings
