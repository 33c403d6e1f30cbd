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
    """The network (Table 2)."""

    embedding_size: Size
    hidden_size: Size  # of each direction where there are two
    ffnn_size: Size
    activation: Literal["relu", "tanh"]  # of the feed-forward network
    dropout: float = Field(ge=0, lt=1)  # on the embeddings and after the activation
    normalise_embeddings: bool  # Miyato et al. 2017: zero mean, unit variance weighted by word frequency
    # How weights start that come neither from a language model nor from word vectors.
    random_embeddings: Literal["uniform", "normal"]  # on (-0.1, 0.1), or N(0, 1): 17 times as long
    forget_bias: float = Field(ge=-100, le=100)  # of the LSTM
    bilstm_weights: Literal["normal", "orthogonal"]  # those of the one-directional LSTM are always normal
    encoder: Literal[tuple(encoders.names())] = "lstm"  # the paper's; the others are not in it


#: What the LSTM alone reads.
_OF_THE_LSTM = ("forget_bias", "bilstm_weights")


class TrainingConfig(Section):
    """Optimisation and model selection (Table 2)."""

    max_words: int = Field(ge=0, le=1_000_000)  # longer documents are cut to this many words; 0 for no limit
    batch_size: Count
    length_window: Count  # batches whose documents are sorted by length together; 1 for batches in random order
    unlabeled_batch_size: Count  # labelled and unlabelled documents for the VAT family
    learning_rate: Rate
    learning_rate_decay: float = Field(gt=0, le=1)  # multiplies the learning rate at every update
    gradient_clipping: float = Field(gt=0, le=1e12)  # largest norm of the gradient over all parameters
    max_epochs: Count
    patience: Count  # epochs without improvement on dev after which training stops
    initialise: Literal["lm", "vectors", "random"]  # what embeddings (and, in one direction, the LSTM) start from
    train_embeddings: bool  # false: they stay as they start
    vectors: Literal["skipgram", "word2vec", "gwe"]  # which word vectors, where embeddings start from those
    average_over: Literal[
        "documents", "labels"
    ]  # what a batch's loss is a mean over; in labelling every word has a label
    test_every_epoch: bool  # also report the test split in the log (it never chooses anything)


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
