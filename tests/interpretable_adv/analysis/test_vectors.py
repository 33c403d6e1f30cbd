"""Exported vectors are the network's, bit by bit, for gensim; neighbour lists are right by brute force."""

import types

import numpy as np
import pytest
from gensim.models import KeyedVectors

from data_prep.corpus import Vocabulary
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.analysis import vectors
from tests.interpretable_adv.analysis.made_up import made_up_run


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("settings", [[], ["model.normalise_embeddings=true"]])
def test_gensim_reads_what_the_network_looks_up(tmp_path, binary, settings):
    run = made_up_run(tmp_path, dtype=np.float32, settings=settings)
    path = tmp_path / "vectors.bin"
    assert vectors.export(run, path, binary) == (len(run.corpus.vocabulary), 6)
    read = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert read.index_to_key == run.corpus.vocabulary.words
    np.testing.assert_array_equal(read.vectors, run.network.embedding.matrix().array)
    word = run.corpus.vocabulary.words[5]
    found = vectors.neighbour_lists(run, np.array([5]), 3, None)[0]
    expected = [pair for pair in read.most_similar(word, topn=10) if pair[0] not in ("<eos>", "<unk>")][:3]
    assert [one["word"] for one in found["after"]] == [name for name, _ in expected]
    np.testing.assert_allclose([one["cosine"] for one in found["after"]], [cosine for _, cosine in expected], atol=1e-5)
    assert found["before"] is None and "before not known" in vectors.to_text([found])


def test_words_with_white_space(tmp_path):
    run = made_up_run(tmp_path, dtype=np.float32)

    def renamed(*words):
        names = [*words, *run.corpus.vocabulary.words[len(words) :]]
        traits = types.SimpleNamespace(name="tiny", vocabulary=Vocabulary(names, run.corpus.vocabulary.counts))
        return types.SimpleNamespace(traits=traits, network=run.network)

    for binary in (False, True):
        vectors.export(renamed("a b", "\u3000c\u2028"), tmp_path / "v", binary)
        read = KeyedVectors.load_word2vec_format(str(tmp_path / "v"), binary=binary)
        assert read.index_to_key[:2] == ["a_b", "_c_"]
    with pytest.raises(UserError, match="two words that differ only in white space"):
        vectors.export(renamed("a b", "a_b"), tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_a_name_that_says_packed_is_refused(tmp_path):
    with pytest.raises(UsageError, match="v.txt.gz: written plain"):
        vectors.export(made_up_run(tmp_path), tmp_path / "v.txt.gz")


def test_the_most_frequent_words_or_those_named(tmp_path):
    run = made_up_run(tmp_path)
    vocabulary = run.corpus.vocabulary
    ids = vectors.chosen_words(run, [])
    rest = np.delete(vocabulary.counts, ids)[vocabulary.specials :]
    assert len(ids) == 10 and ids.min() >= vocabulary.specials and vocabulary.counts[ids].min() >= rest.max()
    assert vectors.chosen_words(run, ["great", "word1"]).tolist() == [
        vocabulary.id_of("great"),
        vocabulary.id_of("word1"),
    ]
    with pytest.raises(UsageError, match="--words: not in the vocabulary of tiny: zzz"):
        vectors.chosen_words(run, ["great", "zzz"])


def test_what_came_and_what_went_is_marked():
    def named(*words):
        return [{"word": word, "cosine": 0.5} for word in words]

    shown = vectors.to_text([{"word": "good", "before": named("fine", "great"), "after": named("great", "bad")}])
    assert shown == "good\n  before -fine 0.50, great 0.50\n  after  great 0.50, +bad 0.50\n"
