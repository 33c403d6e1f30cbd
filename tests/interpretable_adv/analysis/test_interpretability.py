"""Cosines, entropies and Gini coefficients are what their definitions say, over exactly the words perturbed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpretable_adv.analysis.interpretability import STEPS, describe, entropy, gini, interpretability
from interpretable_adv.analysis.perturbations import RunPerturber
from tests.interpretable_adv.analysis.test_perturbations import made_up_run


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=8).filter(lambda values: sum(values) > 1e-3))
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    values = np.array(values)
    differences = np.abs(values[:, None] - values).mean()
    assert gini(values) == pytest.approx(differences / (2 * values.mean()), abs=1e-9)


def test_entropy_at_its_ends_and_by_hand():
    alpha = np.array([[1, 1, 1, 1], [0, 0, -3, 0], [1, -1, 0, 0], [-2e-30, 1e-30, 1e-30, 0]])
    by_hand = 0.5 * np.log(2) + 2 * 0.25 * np.log(4)
    np.testing.assert_allclose(entropy(alpha), [1, 0, np.log(2) / np.log(4), by_hand / np.log(4)], atol=1e-12)
    assert entropy(np.array([[2.0]])) == 0


@pytest.mark.parametrize("task", ["classification", "labelling"])
@pytest.mark.parametrize("method", ["advt", "iadvt"])
@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_against_brute_force(tmp_path, monkeypatch, task, method, recipe):
    run = made_up_run(tmp_path, task, method, recipe)
    run.stored["corpus_sha256"] = "0"
    monkeypatch.setitem(run.__dict__, "checkpoint_sha256", "0")
    record = interpretability(run, limit=5)
    matrix, perturber = run.network.embedding.matrix().array, RunPerturber(run, seed=3, many=True)
    cosines, special, entropies, ginis, lengths = [], [], [], [], []
    for found in perturber(run.documents("test").batch(range(5))):
        for word, r in zip(found.ids, found.r, strict=True):
            if not r.any():
                assert recipe == "paper" and word == run.corpus.vocabulary.eos
                continue
            each = {
                other: r @ (row - matrix[word]) / np.linalg.norm(row - matrix[word]) / np.linalg.norm(r)
                for other, row in enumerate(matrix)
                if other != word
            }
            cosines.append(max(each.values()))
            special.append(max(each, key=each.get) < 2)
        lengths.append(
            (np.sqrt((found.r.astype(float) ** 2).sum()), np.sqrt((found.embedded.astype(float) ** 2).sum()))
        )
        moved = found.strength > 0
        if moved.sum() > 1:
            ginis.append(gini(found.strength[moved]))
        if found.alpha is not None:
            entropies += entropy(found.alpha[moved]).tolist()
    assert record["words"] == len(cosines) and record["documents"] == 5
    assert record["cosine_above"] == pytest.approx(
        [100 * np.mean(np.array(cosines) > step / STEPS) for step in range(STEPS)]
    )
    assert record["special_targets"] == pytest.approx(100 * np.mean(special))
    assert record["strength_gini"] == pytest.approx(np.mean(ginis))
    assert record["alpha_entropy"] == (pytest.approx(np.mean(entropies)) if method == "iadvt" else None)
    assert [record["perturbation_length"], record["text_length"]] == pytest.approx(np.median(lengths, axis=0).tolist())
    if (method, recipe) == ("advt", "paper"):
        assert record["perturbation_length"] == pytest.approx(run.config.perturbation.epsilon_free)  # Eq. 9
    lines = dict(line.strip().rsplit("  ", 1) for line in describe(run, record).splitlines()[1:])
    shown = {name.strip(): value.strip() for name, value in lines.items()}
    assert shown["cosine to a word's direction above 0.7"] == f"{record['cosine_above'][14]:.2f} %"
    assert shown["length of an embedded text, median"] == f"{record['text_length']:.2f}"
