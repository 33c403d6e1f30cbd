"""A network starts from the weights that the configuration names; missing, foreign or ill-fitting ones are one line."""

import numpy as np
import pytest

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from interpretable_adv import settings as configuration
from interpretable_adv.links.making import make_network
from interpretable_adv.start import Start, find_start
from pretrain_lm.cli import main as pretrain
from tests.helpers import tiny_corpus
from word_vectors import store

CORPUS = "sample-ged"
SIZES = ["model.embedding_size=5", "model.hidden_size=8", "model.ffnn_size=6"]


@pytest.fixture
def corpus(tmp_path):
    return tiny_corpus(tmp_path / "corpora" / CORPUS, task="labelling", name=CORPUS)


def config_of(*overrides, corpus=CORPUS):
    return configuration.load(corpus, "paper", "quick", [*SIZES, *overrides])


def start_of(out, *overrides):
    return find_start(config_of(*overrides).training, CORPUS, "paper", "quick", out)


def save_vectors(out, corpus, name="skipgram", size=5, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(len(corpus.vocabulary), size)).astype(np.float32)
    folder = store.vectors_folder(out, CORPUS, name)
    store.save(folder, vectors, np.ones(len(vectors), bool), {"vocabulary_sha256": corpus.vocabulary.sha256})
    return vectors, folder / "vectors.npz"


def weights_of(network):
    return {name: parameter.array.copy() for name, parameter in network.namedparams()}


@pytest.mark.parametrize("name", ["skipgram", "word2vec", "gwe"])
def test_embeddings_start_from_word_vectors_and_nothing_else_does(corpus, tmp_path, name):
    vectors, path = save_vectors(tmp_path, corpus, name)
    start = start_of(tmp_path, "training.initialise=vectors", f"training.vectors={name}")
    assert start == Start("vectors", path)
    network = make_network(corpus, config_of(), seed=0)
    before = weights_of(network)
    start.apply(network, corpus.vocabulary)
    after = weights_of(network)
    assert (after.pop("/embedding/W") == vectors).all() and (before.pop("/embedding/W") != vectors).any()
    assert all((after[key] == before[key]).all() for key in before)


def test_the_identity_of_a_run_names_the_file(corpus, tmp_path):
    _, path = save_vectors(tmp_path, corpus)
    start = start_of(tmp_path, "training.initialise=vectors")
    assert start.identity() == {"language_model_sha256": None, "vectors_sha256": files.digest_of_file(path)}
    save_vectors(tmp_path, corpus, seed=1)
    assert start.identity()["vectors_sha256"] == store.digest(path.parent)
    assert set(Start("random").identity().values()) == {None}


def test_a_language_model_gives_its_embeddings_and_its_lstm_to_one_direction_only(tmp_path):
    settings = ["lm.embedding_size=5", "lm.hidden_size=8", "lm.max_epochs=1", "lm.batch_size=4"]
    options = [word for setting in settings for word in ("--set", setting)]
    for name, task in ((CORPUS, "labelling"), ("sample-sec", "classification")):
        corpus = tiny_corpus(tmp_path / "corpora" / name, task=task, name=name)
        pretrain([name, "--out", str(tmp_path), "--quiet", *options])
        start = find_start(config_of("training.initialise=lm").training, name, "paper", "quick", tmp_path)
        assert start.kind == "lm" and start.identity()["language_model_sha256"] == files.digest_of_file(start.path)
        network = make_network(corpus, config_of(corpus=name), seed=0)
        before = weights_of(network)
        start.apply(network, corpus.vocabulary)
        model, _ = files.load_arrays(start.path)
        changed = {key for key, value in weights_of(network).items() if (value != before[key]).any()}
        lstm = {"/encoder/w_x", "/encoder/w_h"} if task == "classification" else set()
        assert changed - {"/encoder/b"} == {"/embedding/W"} | lstm
        assert (network.embedding.W.array == model["embedding/W"]).all()


def test_chance_changes_nothing(corpus, tmp_path):
    start = start_of(tmp_path, "training.initialise=random")
    network = make_network(corpus, config_of(), seed=0)
    before = weights_of(network)
    start.apply(network, corpus.vocabulary)
    assert all((value == before[key]).all() for key, value in weights_of(network).items())


@pytest.mark.parametrize(
    "overrides, command",
    [
        (["training.initialise=lm"], "python -m pretrain_lm sample-ged --recipe paper --scale quick --out"),
        (["training.initialise=vectors"], "python -m word_vectors skipgram sample-ged --scale quick --out"),
        (
            ["training.initialise=vectors", "training.vectors=gwe"],
            "python -m word_vectors gwe sample-ged --scale quick --out",
        ),
        (
            ["training.initialise=vectors", "training.vectors=word2vec"],
            "python -m word_vectors import sample-ged FILE --out",
        ),
    ],
)
def test_what_is_missing_is_said_with_the_command_that_makes_it(tmp_path, overrides, command):
    with pytest.raises(UserError, match=command):
        start_of(tmp_path, *overrides)


def test_unfinished_vectors_count_as_missing(corpus, tmp_path):
    _, path = save_vectors(tmp_path, corpus)
    (path.parent / "metrics.json").unlink()
    with pytest.raises(UserError, match="vectors.npz is missing"):
        start_of(tmp_path, "training.initialise=vectors")


def test_vectors_of_another_size_or_vocabulary_are_refused(corpus, tmp_path):
    save_vectors(tmp_path, corpus, size=6)
    start, network = start_of(tmp_path, "training.initialise=vectors"), make_network(corpus, config_of(), seed=0)
    with pytest.raises(DamagedFileError, match=r"embedding/W has shape \(\d+, 6\), needed is \(\d+, 5\)"):
        start.apply(network, corpus.vocabulary)
    save_vectors(tmp_path, corpus)
    other = tiny_corpus(tmp_path / "other", task="labelling", words=20)
    with pytest.raises(UserError, match="another vocabulary"):
        start.apply(make_network(other, config_of(), seed=0), other.vocabulary)
