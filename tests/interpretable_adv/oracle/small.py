"""A small text and a product updater over it, in float64 or float32, beside the oracle of its updates."""

import types

import chainer
import numpy as np

from data_prep.corpus import Split, Vocabulary
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network
from interpretable_adv.links.passes import Pass
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import load
from interpretable_adv.training.run import make_optimizer
from interpretable_adv.training.updater import AdversarialUpdater
from tests.interpretable_adv.oracle.update import Oracle

WORDS, SEED = 16, 4
LENGTHS = {"train": (3, 1, 6, 4, 2, 4, 5), "unlabeled": (2, 5, 1, 3, 4)}
CORPORA = {"classification": "sample-sec", "labelling": "sample-ged"}
SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=4",
    "model.ffnn_size=6",
    "model.dropout=0.4",
    "training.batch_size=4",
    "training.unlabeled_batch_size=5",
    "training.max_words=0",
    "training.gradient_clipping=1e9",
    "perturbation.neighbours=3",
    "perturbation.loss_weight=0.7",
    "perturbation.epsilon_free=2",
    "perturbation.epsilon_directions=3",
]


def documents(split, per_word, seed=0):
    """List of (ids, label): the last words are in the unlabelled text alone, ``<eos>`` ends every document."""
    draw = np.random.default_rng([seed, len(split)])
    made = []
    for length in LENGTHS[split]:
        ids = draw.integers(Vocabulary.unk, WORDS - 4 if split == "train" else WORDS, length).astype(np.int32)
        ids[-1] = Vocabulary.eos
        label = draw.integers(0, 2, length).astype(np.int32) if per_word else int(draw.integers(0, 2))
        made.append((ids, None if split == "unlabeled" else label))
    return made


def split_of(made, per_word):
    ids, labels = zip(*made, strict=True)
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in ids])])
    if labels[0] is None:
        labels = None
    else:
        labels = np.concatenate(labels) if per_word else np.array(labels, np.int32)
    return Split(np.concatenate(ids), offsets, labels, per_word)


class Recorder:
    """The product's updater; keeps losses and perturbations of each update."""

    def __init__(self, updater):
        self.updater, self.optimizer = updater, updater.get_optimizer("main")
        self.network = self.optimizer.target

    def update(self, monkeypatch):
        """(what is reported by name, list of perturbations (T, D), longest document first) of one update."""
        observation, seen = {}, []
        words = Pass.words

        def recording(one, perturbation=None):
            if perturbation is not None:
                seen.extend(perturbation[one.batch.sentence == index] for index in range(len(one.batch.layout.lengths)))
            return words(one, perturbation)

        with monkeypatch.context() as patch, chainer.reporter.Reporter().scope(observation):
            patch.setattr(Pass, "words", recording)
            self.updater.update()
        return {name: float(getattr(value, "array", value)) for name, value in observation.items()}, seen

    def gradients(self):
        """Those of the first update before Adam, by name: its running mean starts as 1 - beta1 of them."""
        return {name: parameter.update_rule.state["m"] / (1 - 0.9) for name, parameter in self.network.namedparams()}

    def weights(self):
        self.optimizer.catch_up()
        return {name: parameter.array for name, parameter in self.network.namedparams()}


def setting(method, task, recipe, pool, dtype=np.float64, more=(), change=None):
    """The product and the oracle before the first update (:class:`Recorder`, :class:`Oracle`).

    Args:
        change: called with the product's network after the oracle has seen it.
    """
    per_word = task == "labelling"
    vocabulary = Vocabulary([f"word{number}" for number in range(WORDS)], np.arange(WORDS, 0, -1))
    config = load(CORPORA[task], recipe, "quick", [*SETTINGS, *more])
    corpus = types.SimpleNamespace(task=task, vocabulary=vocabulary, classes=["one", "other"])
    network = make_network(corpus, config, SEED)
    draw = np.random.default_rng(SEED)
    for _, parameter in network.namedparams():
        parameter.array = parameter.array.astype(dtype)
        parameter.array += (0.4 * draw.standard_normal(parameter.shape)).astype(dtype)
    network.embedding.W.array[5] = network.embedding.W.array[8]  # two words that have no direction to each other
    network.ffnn.b.array += 0.5
    labelled = documents("train", per_word)
    everything = [(ids, None) for ids, _ in labelled] + documents("unlabeled", per_word) if pool else None
    texts = [Documents([split_of(each, per_word)], per_word) if each else None for each in (labelled, everything)]
    oracle = Oracle(network, METHODS[method], recipe, config, labelled, everything, vocabulary, SEED, dtype)
    if change:
        change(network)
    updater = AdversarialUpdater(
        network, make_optimizer(network, config.training), METHODS[method], config, *texts, vocabulary, SEED
    )
    return Recorder(updater), oracle


def difference(found, expected):
    """Length of the difference relative to the length of what was expected."""
    length = np.linalg.norm(expected)
    return np.linalg.norm(np.asarray(found, np.float64) - expected) / (length or 1)
