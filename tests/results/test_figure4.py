"""Figure 4 shows the sentences that its rule names and the explanations of the runs;
Figure 1 projects without distortion.
"""

import itertools
import json
import types

import numpy as np
import pytest

from data_prep.corpus import Corpus
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files
from interpretable_adv.documents import Documents
from results.figure1 import draw_figure1, project
from results.figure4 import choose, draw_figure4, run_folder
from results.study import Study
from tests.helpers import tiny_corpus, trained

SETTINGS = [
    "model.embedding_size=5",
    "model.hidden_size=8",
    "model.ffnn_size=6",
    "training.batch_size=4",
    "training.max_epochs=3",
    "training.learning_rate=0.05",
    "perturbation.neighbours=3",
    "training.initialise=random",
    "model.dropout=0",
    "perturbation.epsilon_free=0.05",
    "perturbation.epsilon_directions=0.05",
]


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    """Runs of both methods on both samples, tiny and trained until they are right about something."""
    out = tmp_path_factory.mktemp("out")
    for corpus, task in (("sample-sec", "classification"), ("sample-ged", "labelling")):
        tiny_corpus(out / "corpora" / corpus, task=task, name=corpus)
        for method in ("advt", "iadvt"):
            trained(out, corpus, method, SETTINGS)
    return Study(out)


def made_up(tmp_path, corpus, probabilities):
    """Runs with given predictions: probabilities float (runs, rows, classes)."""
    split = corpus.splits["test"]
    documents = Documents([split], corpus.task == "labelling")
    for number, one in enumerate(probabilities):
        files.save_arrays(
            tmp_path / str(number) / "predictions.npz",
            {"labels": split.labels, "predictions": one.argmax(axis=1).astype(np.int32), "probabilities": one},
        )
    return [
        types.SimpleNamespace(
            folder=tmp_path / str(number), corpus=corpus, title=f"run {number}", documents=lambda name: documents
        )
        for number in range(len(probabilities))
    ]


def by_the_rule(corpus, probabilities):
    """The document by the rule as it reads, one document at a time, or None."""
    split, per_word = corpus.splits["test"], corpus.task == "labelling"
    for longest in (15, 30, 60, 10**9):
        best = None
        for index in range(len(split)):
            ids, label = split[index]
            rows = range(split.offsets[index], split.offsets[index + 1]) if per_word else [index]
            labels = list(label) if per_word else [label]
            length = len(ids) if per_word else len(ids) - 1
            fits = (sum(labels) == 1 and corpus.vocabulary.unk not in ids) if per_word else label == 1
            if not (fits and 6 <= length <= longest):
                continue
            sure = [one[row, true] for one in probabilities for row, true in zip(rows, labels, strict=True)]
            if min(sure) > 0.5 and (best is None or min(sure) > best[0]):
                best = min(sure), index
        if best:
            return best[1], longest


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("seed", range(6))
def test_the_sentence_is_the_one_of_the_rule(tmp_path, task, seed):
    corpus = tiny_corpus(tmp_path / "corpus", task=task, documents=400)
    split, rng = corpus.splits["test"], np.random.default_rng(seed)
    probabilities = []
    for _ in range(2):
        true = np.clip(rng.normal(0.9, 0.25, len(split.labels)), 0.01, 0.99)
        one = np.empty((len(true), 2))
        one[np.arange(len(true)), split.labels], one[np.arange(len(true)), 1 - split.labels] = true, 1 - true
        probabilities.append(one)
    assert choose(made_up(tmp_path, corpus, probabilities)) == by_the_rule(corpus, probabilities)


def test_where_both_are_never_right_nothing_is_shown(tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    wrong = np.eye(2)[1 - corpus.splits["test"].labels]
    with pytest.raises(
        UserError, match="no test document of tiny with 6 words or more is right under all of run 0, run 1"
    ):
        choose(made_up(tmp_path, corpus, [wrong, wrong]))


def test_figure_4_and_its_numbers(setting):
    png, svg, numbers = draw_figure4(setting)
    assert png.read_bytes().startswith(b"\x89PNG") and svg.read_bytes().startswith(b"<?xml")
    shown = json.loads(numbers.read_text())
    assert list(shown) == ["imdb", "fce"]
    for dataset, method in itertools.product(shown, ("iadvt", "advt")):
        one = shown[dataset][method]
        folder = run_folder(setting, dataset, method)
        assert one["method"] == one["trained_by"] == method and one["split"] == "test"
        assert one["checkpoint_sha256"] == files.digest_of_file(folder / "best.npz")
        corpus = Corpus.open(setting.out / "corpora" / one["corpus"])
        names = corpus.vocabulary.words
        assert [word["word"] for word in one["words"]] == [names[n] for n in corpus.splits["test"][one["index"]][0]]
        wrong = [word for word in one["words"] if word["gold"] != word["prediction"]] or one["gold"] != one[
            "prediction"
        ]
        assert not wrong and shown[dataset]["advt"]["index"] == shown[dataset]["iadvt"]["index"]


def test_a_figure_without_runs_says_what_it_needs(tmp_path):
    with pytest.raises(
        UserError, match=r"Figure 4 needs runs of iadvt and advt \(seed 0\) on sample-sec or sample-ged"
    ):
        draw_figure4(Study(tmp_path))


def test_figure_1_is_drawn(setting):
    paths = draw_figure1(setting)
    assert [path.name for path in paths] == ["figure1.png", "figure1.svg"] and all(
        path.stat().st_size for path in paths
    )


def test_what_lies_in_a_plane_is_projected_without_distortion():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((7, 7)))[0].T
    word, flat = rng.standard_normal(7), rng.standard_normal((5, 2))
    neighbours = word + flat @ axes[:2]
    points, arrows = project(word, neighbours, [1e-20 * axes[0], 3 * axes[4], axes[1] + axes[5]])
    np.testing.assert_allclose(points @ points.T, flat @ flat.T, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(arrows, axis=1), [1, 0, 0.5**0.5], atol=1e-9)
    np.testing.assert_allclose(points @ arrows[0], flat[:, 0], atol=1e-9)


def test_the_plane_is_the_one_that_keeps_most_of_the_directions():
    rng = np.random.default_rng(1)
    neighbours = rng.standard_normal((6, 5))
    directions = neighbours / np.linalg.norm(neighbours, axis=1, keepdims=True)
    _, kept = project(np.zeros(5), neighbours, directions)
    for _ in range(200):
        plane = np.linalg.qr(rng.standard_normal((5, 2)))[0]
        assert ((directions @ plane) ** 2).sum() <= (kept**2).sum() + 1e-9
