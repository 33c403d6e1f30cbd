"""An attack replaces the right words by the right words, counts rightly, leaves errors be, and its texts hold."""

import types

import chainer
import numpy as np
import pytest

from iadv_foundation.errors import UsageError
from iadv_foundation.training import Adam
from interpretable_adv.analysis import attack as attack_module
from interpretable_adv.analysis.attack import attack, attack_texts, is_fooled
from interpretable_adv.analysis.perturbations import RunPerturber
from interpretable_adv.analysis.selection import documents_of
from interpretable_adv.analysis.texts import Text
from interpretable_adv.functions.losses import cross_entropy
from interpretable_adv.links.passes import Pass
from tests.interpretable_adv.analysis.test_perturbations import made_up_run


def logits_of(run, ids):
    """The network's logits for one text alone: float (1, classes) or (N, classes)."""
    per_token = run.corpus.task == "labelling"
    ids = np.asarray(ids, np.int32)
    batch = documents_of([ids], [np.zeros_like(ids) if per_token else 0], per_token).batch([0])
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        one = Pass(run.network, run.network.embedding.matrix().array, batch)
        logits = one.logits(chainer.Variable(one.embedded)).array
        return batch.layout.unpack(logits) if per_token else logits


def predicted(run, ids):
    return logits_of(run, ids).argmax(axis=1)


def attack_by_hand(run, split, index, method, max_words):
    """The attack on one document, word for word as section 6.5 has it (replacements, fooled); None if skipped."""
    ids, label = run.corpus.splits[split][index]
    if (predicted(run, ids) != label).any() or (np.ndim(label) and not (label == 1).any()):
        return None
    (found,) = RunPerturber(run, method)(run.documents(split).batch([index]))
    matrix = run.network.embedding.matrix().array
    changed, made = ids.copy(), []
    for position in sorted(range(len(ids)), key=lambda place: -found.strength[place]):
        if len(made) == max_words or not found.strength[position]:
            break
        if found.alpha is not None:
            target = found.neighbours[position][
                max(range(found.alpha.shape[1]), key=lambda k: found.alpha[position, k])
            ]
        else:
            others = [word for word in range(run.corpus.vocabulary.specials, len(matrix)) if word != ids[position]]
            directions = matrix[others] - matrix[ids[position]]
            target = others[np.argmax(directions @ found.r[position] / np.linalg.norm(directions, axis=1))]
        changed[position] = target
        made.append((position, int(target)))
        output = predicted(run, changed)
        if (output != label) if np.ndim(label) == 0 else not output.any():
            return made, True
    return made, False


def train_a_little(run):
    """Weights under which the labels of the made-up corpus are learnt well enough to be worth attacking."""
    optimizer = Adam(0.03, 5.0).setup(run.network)
    documents = run.documents("train")
    for _ in range(40):
        batch = documents.batch(np.arange(len(documents)))
        matrix = run.network.embedding.matrix()
        one = Pass(run.network, matrix.array, batch)
        words = one.words()
        run.network.cleargrads()
        cross_entropy(one.logits(words), batch).backward()
        run.network.embedding.backward(matrix, [one.gradient()])
        optimizer.update()
    run.network.embedding.catch_up()
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of each task, trained once."""
    return {
        task: train_a_little(made_up_run(tmp_path_factory.mktemp(task), task, dtype=np.float32))
        for task in ("classification", "labelling")
    }


@pytest.fixture(params=["classification", "labelling"])
def trained(request, runs):
    return runs[request.param]


@pytest.mark.parametrize("method", ["advt", "iadvt"])
def test_every_replacement_is_the_one_found_by_hand(trained, method):
    result = attack(trained, method=method, max_words=3)
    attempts = {one.document: one for one in result.attempts}
    fooled = 0
    for index in range(len(trained.corpus.splits["test"])):
        by_hand = attack_by_hand(trained, "test", index, method, 3)
        if by_hand is None:
            assert index not in attempts
            continue
        one = attempts.pop(index)
        assert [(made.position, made.target) for made in one.replacements] == by_hand[0]
        assert one.fooled == by_hand[1]
        fooled += one.fooled
        expected = one.ids.copy()
        for position, target in by_hand[0]:
            expected[position] = target
        np.testing.assert_array_equal(one.changed, expected)
        np.testing.assert_array_equal(one.after.argmax(axis=1), predicted(trained, one.changed))
    assert not attempts and fooled > 0


def test_the_documents_that_count(trained):
    result = attack(trained, max_words=2)
    split = trained.corpus.splits["test"]
    labels = [np.atleast_1d(split[index][1]) for index in range(len(split))]
    counted = [index for index, label in enumerate(labels) if trained.corpus.task == "classification" or label.any()]
    right = [index for index in counted if (predicted(trained, split[index][0]) == labels[index]).all()]
    assert result.documents == len(counted) and [one.document for one in result.attempts] == right
    assert all(1 <= len(one.replacements) <= 2 for one in result.attempts if one.fooled)
    assert len({one.position for one in result.attempts[0].replacements}) == len(result.attempts[0].replacements)
    first = attack(trained, max_words=2, limit=9)
    assert [one.document for one in first.attempts] == [index for index in right if index < 9]
    assert [one.fooled for one in first.attempts] == [one.fooled for one in result.attempts if one.document < 9]


@pytest.mark.parametrize("method", ["advt", "iadvt"])
def test_texts_of_one_s_own_are_attacked_like_the_documents_of_a_split(trained, method):
    """Given the documents of the test split as texts, with their labels (classification)."""
    split, whole = trained.corpus.splits["test"], attack(trained, method=method, max_words=3)
    gold = trained.corpus.task == "classification"
    texts = [
        Text(
            row,
            "x",
            "x",
            trained.corpus.classes[split[row - 1][1]] if gold else None,
            None,
            types.SimpleNamespace(ids=split[row - 1][0]),
        )
        for row in range(1, len(split) + 1)
    ]
    found = attack_texts(trained, texts, "texts.csv", method=method, max_words=3)
    assert (found.split, found.labels, found.corrections) == ("texts.csv", "gold" if gold else "prediction", {})
    by_row = {one.document: one for one in found.attempts}
    assert found.documents == len(by_row) if not gold else found.documents == len(split)
    for one in whole.attempts:
        other = by_row[one.document + 1]
        assert other.replacements == one.replacements and other.fooled == one.fooled
        np.testing.assert_array_equal(other.changed, one.changed)
        np.testing.assert_array_equal(other.label, one.label)
    if gold:
        assert len(by_row) == len(whole.attempts) < len(split)


def test_without_labels_the_predictions_count_as_the_truth(trained):
    split = trained.corpus.splits["test"]
    texts = [
        Text(row, "x", "x", None, None, types.SimpleNamespace(ids=split[row - 1][0]))
        for row in range(1, len(split) + 1)
    ]
    found = attack_texts(trained, texts, "texts.csv", max_words=2)
    assert found.labels == "prediction" and found.documents == len(found.attempts) > 0
    for one in found.attempts:
        np.testing.assert_array_equal(np.atleast_1d(one.label), predicted(trained, split[one.document - 1][0]))
    if trained.corpus.task == "labelling":
        marked = [row for row in range(1, len(split) + 1) if predicted(trained, split[row - 1][0]).any()]
        assert [one.document for one in found.attempts] == marked


def test_a_word_is_never_replaced_by_its_correction(runs, monkeypatch):
    run = runs["labelling"]
    free = attack(run, max_words=1)
    victim = next(one for one in free.attempts if one.replacements and one.label[one.replacements[0].position] == 1)
    made, words = victim.replacements[0], run.corpus.vocabulary.words
    correction = {
        "document": victim.document,
        "position": made.position,
        "written": words[made.word],
        "correct": words[made.target].upper(),
        "kind": "made up",
    }
    monkeypatch.setitem(run.corpus.record["files"], "test.corrections.jsonl", "")
    monkeypatch.setattr(attack_module, "read_corrections", lambda corpus, split: [correction])
    kept = next(one for one in attack(run, max_words=1).attempts if one.document == victim.document)
    assert kept.passed_over == 1 and made.position not in [one.position for one in kept.replacements]


def test_fooled_is_another_class_or_no_mark_at_all():
    assert is_fooled(np.array([1]), 0, False) and not is_fooled(np.array([0]), 0, False)
    label = np.array([0, 1, 0])
    assert is_fooled(np.array([0, 0, 0]), label, True)
    assert not is_fooled(np.array([0, 1, 0]), label, True) and not is_fooled(np.array([1, 0, 0]), label, True)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"split": "tset"}, "did you mean 'test'"),
        ({"split": "unlabeled"}, "unknown split 'unlabeled'"),
        ({"limit": 0}, "--limit 0"),
        ({"max_words": 0}, "--max-words 0"),
        ({"method": "baseline"}, "no perturbation"),
    ],
)
def test_wrong_arguments(trained, arguments, words):
    with pytest.raises(UsageError, match=words):
        attack(trained, **arguments)
