"""The explorer's data are the explanations of the same documents under every run,
chosen by the rule that the page states.
"""

import numpy as np
import pytest

from interpretable_adv.analysis.explanation import Explainer
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.trained import open_run
from results.report import explorer
from results.report.run_cards import find_runs
from results.study import Study
from tests.results.report.conftest import hostile_corpus


@pytest.fixture(scope="module")
def explored(made):
    return explorer.explore(find_runs(Study(made)), made)


def test_documents_are_chosen_in_turn_from_the_classes(tmp_path):
    corpus = hostile_corpus(tmp_path / "corpora" / "text-long", lengths=(2, 60))
    split = corpus.splits["test"]
    chosen = explorer.choose(corpus, longest=20)
    lengths = [len(split[index][0]) - 1 for index in range(len(split))]
    fit = {
        label: [index for index in range(len(split)) if split[index][1] == label and 6 <= lengths[index] <= 20]
        for label in (0, 1)
    }
    shorter = min(map(len, fit.values()))
    assert shorter > 2
    assert chosen[: 2 * shorter] == [
        index for pair in zip(fit[0][:shorter], fit[1][:shorter], strict=True) for index in pair
    ]
    assert sorted(chosen) == sorted(fit[0] + fit[1])


def test_sentences_hold_an_error_where_words_are_labelled(tmp_path):
    corpus = hostile_corpus(tmp_path / "corpora" / "tags-long", "labelling", lengths=(5, 9))
    split = corpus.splits["test"]
    expected = [index for index in range(len(split)) if len(split[index][0]) >= 6 and split[index][1].any()]
    assert explorer.choose(corpus) == expected[: explorer.SENTENCES]


def test_a_run_is_shown_as_its_explanations(made, explored):
    corpus = next(one for one in explored.corpora if one["name"] == "text-hostile")
    assert [run["method"] for run in corpus["runs"]] == ["advt", "iadvt"]  # the baseline perturbs nothing; lowest seeds
    assert {run["seed"] for run in corpus["runs"]} == {0}
    for shown in corpus["runs"]:
        run = open_run(made / "runs" / "text-hostile" / "paper" / "quick" / shown["method"] / "seed-0")
        assert shown["checkpoint"] == run.checkpoint_sha256
        explainer = Explainer(RunPerturber(run, shown["method"], many=True), top=10)
        for sentence, document in list(zip(corpus["sentences"], shown["documents"], strict=True))[:3]:
            explanation = explainer.document("test", sentence["index"]).to_json()
            assert sentence["words"] == [word["word"] for word in explanation["words"]]
            assert corpus["classes"][sentence["gold"]] == explanation["gold"]
            assert corpus["classes"][document["prediction"][0]] == explanation["prediction"]
            assert document["probability"][0] == pytest.approx(max(explanation["probabilities"]), rel=1e-3)
            # Strengths come out of a batch of all sentences here, and of one document there.
            np.testing.assert_allclose(
                document["strength"], [word["strength"] for word in explanation["words"]], rtol=1e-2, atol=1e-5
            )
            for word, directions in zip(explanation["words"], document["directions"], strict=True):
                assert len(directions) == (0 if word["word"] == "<eos>" else 10)
                if directions:
                    assert directions[0][1] == pytest.approx(word["score"], rel=1e-2, abs=1e-4)
                    assert [score for _, score in directions] == sorted(
                        (score for _, score in directions), reverse=True
                    )


def test_fewer_sentences_are_the_first_ones(explored):
    few = explored.first(2)
    for whole, part in zip(explored.corpora, few.corpora, strict=True):
        assert part["sentences"] == whole["sentences"][:2]
        assert [run["documents"] for run in part["runs"]] == [run["documents"][:2] for run in whole["runs"]]
    assert explored.first(0).corpora == []


def test_what_cannot_be_shown_is_said(made, tmp_path):
    found = find_runs(Study(made))
    (tmp_path / "empty").mkdir()
    moved = found.assign(folder=[tmp_path / "empty"] * len(found))
    gone = explorer.explore(moved, made)
    assert gone.corpora == []
    assert "text-hostile, AdvT-Text: the weights are no longer at hand" in gone.notes
    without_corpus = explorer.explore(found, tmp_path)
    assert without_corpus.corpora == []
    assert without_corpus.notes == [
        "tags-hostile: the prepared corpus is no longer at hand",
        "text-hostile: the prepared corpus is no longer at hand",
    ]
