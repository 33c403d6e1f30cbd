"""Small things that tests of several packages share."""

import numpy as np

from data_prep.corpus import Corpus
from data_prep.description import Document
from data_prep.prose import as_given
from data_prep.tokenising import One
from data_prep.writer import CorpusWriter, VocabularyRule
from iadv_foundation.arithmetic.random import generator
from iadv_foundation.storage import files, seal

SIGNAL = {0: ("awful", "boring", "poor"), 1: ("great", "moving", "superb")}
MISTAKES = {"goes": "go", "a": "an", "was": "were"}


def tiny_corpus(folder, task="classification", documents=48, words=30, seed=0, name="tiny", unlabeled=True):
    """Write a small valid corpus with the real writer and open it.  Equal arguments give equal bytes.

    Classification: two classes; a third of each document's words are taken from ``SIGNAL[label]``, the rest from
    neutral words common to both classes, so that the label can be learnt; the unlabelled split is drawn the same way.
    Labelling: a token is wrong (label 1) where it is a value of ``MISTAKES``, about one in seven.
    Lengths run from 1 (counting ``<eos>``: 2) to 12.

    Args:
        folder: to be made.
        task (str): ``"classification"`` or ``"labelling"``.
        documents (int): in ``train`` and ``unlabeled`` each; ``dev`` and ``test`` hold half as many.
        words (int): number of neutral words.
        seed (int)
        name (str): of the corpus.
        unlabeled (bool): whether a classification corpus has an unlabelled split.

    Returns:
        data_prep.corpus.Corpus
    """
    draw = _labelled_sentence if task == "labelling" else _document
    splits = {"train": documents, "dev": documents // 2, "test": documents // 2}
    if unlabeled and task == "classification":
        splits["unlabeled"] = documents
    classes = ["c", "i"] if task == "labelling" else ["negative", "positive"]
    with files.replacing_folder(folder) as partial:
        rule = VocabularyRule(unknown="unk" if task == "labelling" else "drop")
        writer = CorpusWriter(partial, task, classes, rule)
        writer.fill(_documents(draw, splits, words, seed), One(as_given))
        writer.finish(
            {
                "name": name,
                "title": name.capitalize(),
                "description": "a made-up corpus",
                "expected": None,
                "sources": [],
                "options": {"seed": seed},
                "notes": {},
            }
        )
    return Corpus.open(folder)


def _documents(draw, splits, words, seed):
    for split, number in splits.items():
        for index in range(number):
            tokens, label = draw(generator(seed, f"tiny corpus {split}", index), index, words)
            yield Document(split, tokens, None if split == "unlabeled" else label, f"{split} {index}")


def _length(rng, index):
    return 1 if index == 0 else int(rng.integers(2, 13))


def _document(rng, index, words):
    label = index % 2
    tokens = [f"word{_skewed(rng, words)}" for _ in range(_length(rng, index))]
    for position in rng.permutation(len(tokens))[: max(1, len(tokens) // 3)]:
        tokens[position] = SIGNAL[label][int(rng.integers(3))]
    return tokens, label


def _labelled_sentence(rng, index, words):
    tokens, labels = [], []
    for _ in range(_length(rng, index)):
        if rng.random() < 0.4:
            right = list(MISTAKES)[int(rng.integers(len(MISTAKES)))]
            wrong = bool(rng.random() < 0.36)
            tokens.append(MISTAKES[right] if wrong else right)
            labels.append(int(wrong))
        else:
            tokens.append(f"word{_skewed(rng, words)}")
            labels.append(0)
    return tokens, labels


def _skewed(rng, words):
    """A word number: the small ones are drawn more often, as words of a language are."""
    return int(np.floor(words * rng.random() ** 2))


def trained(out, corpus, method, settings):
    """Train a method on a prepared corpus below a folder with these settings (iterable of str); its run folder."""
    from interpretable_adv.cli import main

    words = [word for setting in settings for word in ("--set", setting)]
    main(["train", corpus, "--method", method, "--out", str(out), "--quiet", *words])
    return out / "runs" / corpus / "paper" / "quick" / method / "seed-0"


def reseal(folder):
    """Seal a finished run again after a test has changed its files."""
    seal.seal_folder(folder, files.read_json(folder / seal.FILE)[seal.KEY]["files"])
