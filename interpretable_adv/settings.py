"""The configuration of a training run: every hyper-parameter of Table 2 and every place where paper and released code
differ.

The values come from ``configs/`` in layers, see :mod:`data_prep.layers`; nothing that the paper says has a default
here, so that the files tell its whole story.
"""

from typing import Literal

import pydantic
from pydantic import Field

from data_prep.layers import layers_of
from iadv_foundation.console.cli import closest
from iadv_foundation.console.configuration import (
    Count,
    Layer,
    Rate,
    Section,
    Size,
    merge,
    parse_overrides,
    read_layer,
    resolve,
)
from iadv_foundation.errors import UsageError
from interpretable_adv.links import encoders
from interpretable_adv.methods import METHODS
from interpretable_adv.perturbation import choices
from interpretable_adv.perturbation.choices import settings_of
from interpretable_adv.perturbation.switches import DIVERGENCES, SPACES, EveryMethod


class ModelConfig(Section):
    """The network (Table 2).

    Attributes:
        embedding_size (int): D, numbers of a word's vector.
        hidden_size (int): units of the encoder; of each direction where there are two.
        ffnn_size (int): units of the feed-forward network behind the encoder.
        activation (str): of the feed-forward network.
        dropout (float): share of the embeddings' numbers, and of the feed-forward network's units, that training drops.
        normalise_embeddings (bool): Miyato et al. 2017: zero mean, unit variance weighted by word frequency.
        random_embeddings (str): how embeddings start that come neither from a language model nor from word vectors:
            uniformly distributed on (-0.1, 0.1), or N(0, 1), which is 17 times as long.
        forget_bias (float): start value of the bias of an LSTM's forget gate, where that comes from no language model.
        bilstm_weights (str): how the weights of an LSTM with two directions start; with one direction they are always
            normal.
        encoder (str): from embedded words to hidden states; ``lstm`` is the paper's, the others are not in it.
    """

    embedding_size: Size
    hidden_size: Size
    ffnn_size: Size
    activation: Literal["relu", "tanh"]
    dropout: float = Field(ge=0, lt=1)
    normalise_embeddings: bool
    random_embeddings: Literal["uniform", "normal"]
    forget_bias: float = Field(ge=-100, le=100)
    bilstm_weights: Literal["normal", "orthogonal"]
    encoder: Literal[tuple(encoders.names())] = "lstm"


#: What the LSTM alone reads.
_OF_THE_LSTM = ("forget_bias", "bilstm_weights")


class TrainingConfig(Section):
    """Optimisation and model selection (Table 2).

    Attributes:
        max_words (int): longer documents are cut to this many words; 0 for no limit.
        batch_size (int): labelled documents of an update.
        length_window (int): batches whose documents are sorted by length together; 1 for batches in random order.
        unlabeled_batch_size (int): labelled and unlabelled documents of an update for the VAT family.
        learning_rate (float): Adam's alpha at the start.
        learning_rate_decay (float): multiplies the learning rate at every update.
        gradient_clipping (float): largest norm of the gradient over all parameters.
        max_epochs (int): the most epochs.
        patience (int): epochs without improvement on dev after which training stops.
        initialise (str): what embeddings (and, in one direction, the LSTM) start from.
        train_embeddings (bool): ``false``: they stay as they start.
        vectors (str): which word vectors, where embeddings start from those.
        average_over (str): what a batch's loss is a mean over; in error detection every word has a label.
        test_every_epoch (bool): also report the test split in the log; it never chooses anything.
    """

    max_words: int = Field(ge=0, le=1_000_000)
    batch_size: Count
    length_window: Count
    unlabeled_batch_size: Count
    learning_rate: Rate
    learning_rate_decay: float = Field(gt=0, le=1)
    gradient_clipping: float = Field(gt=0, le=1e12)
    max_epochs: Count
    patience: Count
    initialise: Literal["lm", "vectors", "random"]
    train_embeddings: bool
    vectors: Literal["skipgram", "word2vec", "gwe"]
    average_over: Literal["documents", "labels"]
    test_every_epoch: bool


#: The settings of every space, divergence and choice; those that a method does not read are not in its runs'
#: configuration.
PerturbationConfig = pydantic.create_model(
    "PerturbationConfig",
    __doc__="The perturbation (section 5 of the paper), and what paper and released code do differently.",
    __base__=(EveryMethod, *SPACES.values(), *DIVERGENCES.values(), *filter(None, map(settings_of, choices.names()))),
)


class Config(Section):
    """All of it."""

    model: ModelConfig
    training: TrainingConfig
    perturbation: PerturbationConfig


def paper_settings():
    """The perturbation's settings in recipe ``paper`` (PerturbationConfig)."""
    return resolve(PerturbationConfig, read_layer("recipes", "paper")["perturbation"])


def load(corpus, recipe, scale, overrides=(), method="baseline"):
    """Resolve the configuration of a run.

    Args:
        corpus (str): a name that :mod:`data_prep.corpora` knows.
        recipe, scale (str): names of files in ``configs/``.
        overrides (iterable of str): ``section.key=value``.
        method (str): a key of :data:`interpretable_adv.methods.METHODS`, which may have a file in ``configs/rows``.

    Returns:
        Config

    Raises:
        UsageError: unknown name, unknown key, value out of range, settings that exclude each other.
    """
    return resolve(Config, *layers(corpus, recipe, scale, overrides, method))


def layers(corpus, recipe, scale, overrides=(), method="baseline"):
    """What :func:`load` merges, first to last (list of iadv_foundation.console.configuration.Layer)."""
    row = METHODS[closest(method, METHODS, "method")].layer
    files = layers_of(corpus, scale, recipe, row)
    given = parse_overrides(overrides)
    _check_encoder(given, method)
    return [*(layer.only(Config.model_fields) for layer in files), given]


def _check_encoder(given, method):
    """Refuse settings beside an encoder that does not read them, and rows of other papers with an encoder not theirs.

    Raises:
        UsageError
    """
    model = given.get("model")
    encoder = model.get("encoder", "lstm") if isinstance(model, dict) else "lstm"
    if encoder == "lstm" or encoder not in encoders.names():
        return
    if METHODS[method].layer:
        raise UsageError(
            f"--set model.encoder={encoder}: method {method} is another paper's bi-LSTM (Table 6); choose a "
            "method of this paper"
        )
    for name in _OF_THE_LSTM:
        if name in model:
            raise UsageError(
                f"--set model.{name}: only the LSTM reads it, and model.encoder is {encoder}; leave out one of the two"
            )


def used(config, method):
    """The settings that a run's method and encoder read: it depends on those, and its ``config.json`` holds no others.

    Args:
        config (Config)
        method (interpretable_adv.methods.Method)

    Returns:
        dict of dict: section -> key -> value.
    """
    kept = config.model_dump()
    reads = {name for part in _parts(method) for name in part.model_fields} - (
        {"ivat_start"} if method.space == "free" else set()
    )
    kept["perturbation"] = {name: value for name, value in kept["perturbation"].items() if name in reads}
    unread = {"unlabeled_batch_size": not method.semi_supervised, "vectors": config.training.initialise != "vectors"}
    kept["training"] = {name: value for name, value in kept["training"].items() if not unread.get(name)}
    if config.model.encoder != "lstm":
        kept["model"] = {name: value for name, value in kept["model"].items() if name not in _OF_THE_LSTM}
    return kept


def _parts(method):
    """The sections of perturbation settings that a method reads."""
    if not method.perturbs:
        return []
    parts = [EveryMethod, SPACES[method.space], DIVERGENCES[method.divergence], settings_of(method.choice)]
    return [part for part in parts if part and (method.needs_gradient or not getattr(part, "for_gradients", False))]


def of_run(stored):
    """The configuration of a run from what its ``config.json`` holds, also of an earlier version's.

    Settings that the run's method or encoder does not read, or that did not exist when it was made, are those of
    ``configs/``; ones that no longer exist are left out.

    Args:
        stored (dict): ``config.json``.

    Returns:
        Config

    Raises:
        UsageError: a section is missing, or a value is none that it may have; names it.
    """
    missing = [section for section in Config.model_fields if not isinstance(stored.get(section), dict)]
    missing += [section for section in ("model", "training") if stored.get(section) == {}]
    if missing:
        raise UsageError(f"it has no section {missing[0]!r}")
    usual = load(stored["corpus"], stored["recipe"], stored["scale"], method=stored["method"]).model_dump()
    known = {
        section: {name: value for name, value in stored[section].items() if name in values}
        for section, values in usual.items()
    }
    return resolve(Config, Layer(merge(usual, known), "config.json", {}))
