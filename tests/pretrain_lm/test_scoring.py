"""A document's likelihood is the product of its words' probabilities, whatever stands beside it;
a model opens as it was saved.
"""

import chainer
import numpy as np
import pytest

from iadv_foundation.errors import DamagedFileError
from iadv_foundation.storage import files
from pretrain_lm.checkpoint import language_model_folder
from pretrain_lm.cli import main
from pretrain_lm.model import LanguageModel
from pretrain_lm.scoring import document_losses, open_language_model, perplexity_of
from tests.helpers import tiny_corpus

EOS = 0


def loss_word_by_word(model, ids):
    """Minus the log-probability of each word after those before it, added up."""
    state, total, word = model.start_state(1), 0.0, EOS
    for target in ids:
        with chainer.using_config("train", False), chainer.no_backprop_mode():
            h, state = model.lstm(model.embedding(np.array([word], np.int32)), np.array([1]), state)
        total -= model.output.log_probability(h.array)[0, target]
        word = target
    return total


def test_losses_are_those_of_each_word_after_the_others(monkeypatch):
    model = LanguageModel(40, 5, 6, cutoffs=(8, 20), tail_factor=2)
    model.initialize(3, 0.8)
    rng = np.random.default_rng(0)
    documents = [rng.integers(2, 40, length).astype(np.int32) for length in (3, 9, 1, 6, 9)]
    documents[1][-1] = EOS
    closed = [ids if ids[-1] == EOS else np.append(ids, EOS) for ids in documents]
    expected = [loss_word_by_word(model, ids) for ids in closed]
    for words in (8192, 7):
        monkeypatch.setattr("pretrain_lm.scoring.WORDS_PER_BATCH", words)
        losses, lengths = document_losses(model, documents, EOS)
        np.testing.assert_allclose(losses, expected, rtol=1e-5)
        assert lengths.tolist() == [4, 9, 2, 7, 10]
    assert perplexity_of(losses, lengths) == pytest.approx(np.exp(sum(expected) / 32), rel=1e-5)
    assert document_losses(model, [], EOS)[0].size == 0


def test_an_opened_model_says_what_the_trained_one_did(tmp_path):
    corpus = tiny_corpus(tmp_path / "corpora" / "sample-sec", name="sample-sec")
    settings = [
        "lm.embedding_size=5",
        "lm.hidden_size=8",
        "lm.max_epochs=1",
        "lm.cutoffs=[5, 20]",
        "lm.vocabulary_order=first_appearance",
    ]
    main(["sample-sec", "--out", str(tmp_path), "--quiet", *(word for one in settings for word in ("--set", one))])
    folder = language_model_folder(tmp_path, "sample-sec", "paper", "quick")
    model = open_language_model(folder, corpus.vocabulary, chainer.get_device("@numpy"))
    stored, _ = files.load_arrays(folder / "best.npz")
    np.testing.assert_array_equal(model.output.rank, stored["output/rank"])
    np.testing.assert_array_equal(model.embedding.W.array, stored["embedding/W"])
    files.write_json(folder / "config.json", {"lm": {}})
    with pytest.raises(DamagedFileError, match="config.json was altered"):
        open_language_model(folder, corpus.vocabulary, chainer.get_device("@numpy"))
    (folder / "seal.json").unlink()
    with pytest.raises(DamagedFileError, match="does not describe a language model"):
        open_language_model(folder, corpus.vocabulary, chainer.get_device("@numpy"))
