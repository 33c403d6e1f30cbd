"""Settings come in layers, are checked, and mistakes name the key."""

import pytest

from iadv_foundation.errors import UsageError
from pretrain_lm.lm_settings import load_configuration


def test_layers_and_overrides():
    paper = load_configuration("imdb", "paper", "paper", [])
    assert (paper.embedding_size, paper.hidden_size, paper.bptt_length, paper.batch_size) == (256, 1024, 100, 32)
    assert (paper.learning_rate, paper.gradient_clipping, paper.initial_scale, paper.max_epochs) == (
        0.001,
        5.0,
        0.1,
        50,
    )
    assert (paper.dropout, paper.state_reset_probability, paper.cutoffs, paper.selection) == (0.5, 0.01, [], "dev")
    authors = load_configuration("imdb", "authors", "paper", [])
    assert (authors.cutoffs, authors.tail_factor, authors.selection) == ([2000, 10000], 4, "test")
    assert (paper.patience, authors.patience, authors.max_epochs) == (5, 50, 50)
    quick, shorter = (load_configuration("imdb", recipe, "quick", []) for recipe in ("paper", "authors"))
    assert (shorter.max_epochs, shorter.patience) == (quick.max_epochs, quick.patience)
    assert quick.max_epochs < paper.max_epochs
    changed = load_configuration("imdb", "paper", "quick", ["lm.hidden_size=7", "lm.cutoffs=[5, 9]"])
    assert (changed.hidden_size, changed.cutoffs) == (7, [5, 9])


@pytest.mark.parametrize(
    "corpus, recipe, scale, override, words",
    [
        ("imbd", "paper", "quick", None, "'imdb'"),
        ("imdb", "paperr", "quick", None, "'paper'"),
        ("imdb", "paper", "quik", None, "'quick'"),
        ("imdb", "paper", "quick", "lm.hiden_size=3", "'lm.hidden_size'"),
        ("imdb", "paper", "quick", "training.batch_size=3", "'training'"),
        ("imdb", "paper", "quick", "lm.hidden_size=0", "'lm.hidden_size'"),
        ("imdb", "paper", "quick", "lm.dropout=1.0", "'lm.dropout'"),
        ("imdb", "paper", "quick", "lm.learning_rate=nan", "'lm.learning_rate'"),
        ("imdb", "paper", "quick", "lm.cutoffs=[9, 5]", "must rise"),
        ("imdb", "paper", "quick", "lm.cutoffs=[0, 5]", "'lm.cutoffs.0'"),
        ("imdb", "paper", "quick", "lm.selection=train", "'lm.selection'"),
        ("imdb", "paper", "quick", "lm.hidden_size", "section.key=value"),
    ],
)
def test_mistakes_are_named(corpus, recipe, scale, override, words):
    with pytest.raises(UsageError, match=words):
        load_configuration(corpus, recipe, scale, [override] if override else [])
