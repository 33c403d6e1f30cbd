"""The settings of word vectors are at the paper's size, fit the networks, and a mistyped one is named."""

import pytest

from iadv_foundation.errors import UsageError
from interpretable_adv.settings import load
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings


def test_fce_has_the_papers_sizes():
    skipgram, gwe = load_skipgram_settings("fce", "paper"), load_gwe_settings("fce", "paper")
    assert skipgram.model_dump() == {
        "size": 300,
        "window": 5,
        "negative": 5,
        "minimum_count": 2,
        "subsampling": 1e-3,
        "epochs": 5,
        "learning_rate": 0.025,
    }
    # Kaneko et al. 2017: window 3, 300 dimensions, 200 units, 20 substitutes, 15 epochs.
    assert (gwe.size, gwe.window, gwe.hidden_size) == (300, 3, 200)
    assert (gwe.substitutes, gwe.epochs, gwe.hinge_weight) == (20, 15, 0.01)


@pytest.mark.parametrize("corpus", ["fce", "sample-ged"])
@pytest.mark.parametrize("scale", ["quick", "reduced", "paper"])
def test_vectors_fit_the_network(corpus, scale):
    size = load(corpus, "paper", scale).model.embedding_size
    assert load_skipgram_settings(corpus, scale).size == load_gwe_settings(corpus, scale).size == size


def test_overrides():
    assert load_skipgram_settings("fce", "paper", ["vectors.size=50", "vectors.epochs=1"]).size == 50


@pytest.mark.parametrize(
    "load_settings, override, words",
    [
        (load_skipgram_settings, "vectors.sise=3", "did you mean 'vectors.size'"),
        (load_skipgram_settings, "gwe.size=3", "unknown configuration key 'gwe'"),
        (load_skipgram_settings, "vectors.size=0", "vectors.size"),
        (load_gwe_settings, "gwe.hinge_weight=1.5", "gwe.hinge_weight"),
        (load_gwe_settings, "vectors.size=3", "unknown configuration key 'vectors'"),
    ],
)
def test_mistakes(load_settings, override, words):
    with pytest.raises(UsageError, match=words):
        load_settings("fce", "paper", [override])


def test_a_corpus_without_these_settings_says_so():
    with pytest.raises(UsageError, match="configuration key 'vectors' has no value"):
        load_skipgram_settings("imdb", "paper")
