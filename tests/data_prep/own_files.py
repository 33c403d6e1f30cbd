"""Own files of a user, prepared, and what came out of them."""

import pytest

from data_prep import corpora
from data_prep.corpus import Corpus
from data_prep.own import Choices
from data_prep.prepare import prepare
from iadv_foundation.errors import UserError

PLAIN = "text,label\n" + "".join(f"a {word} film,{label}\n" for word, label in (("good", "pos"), ("dull", "neg")) * 10)


def made(tmp_path, content, corpus="text", name="a.csv", more=None, **choices):
    """Prepare a file (str or bytes) with itself as dev and test, unless ``more`` holds other ones; returns the
    corpus.
    """
    paths = {}
    for split, some in {"train": content, **(more or {})}.items():
        paths[split] = tmp_path / (name if split == "train" else f"{split}-{name}")
        paths[split].write_bytes(some if isinstance(some, bytes) else some.encode())
    source = paths.pop("train")
    files = {"dev": source, "test": source, **paths}
    choices = {"minimum_documents": 1} | choices if corpus == "text" else {"minimum_count": 1} | choices
    description = corpora.named(corpus).completed(source, Choices(**files, **choices))
    prepare(description, tmp_path / "out", source, quiet=True, workers=1)
    return Corpus.open(tmp_path / "out" / "corpora" / corpus)


def documents(corpus, split="train"):
    """[(words with blanks between, class)]; of tags [(words, labels)]."""
    found = []
    for ids, label in corpus.splits[split]:
        words = " ".join(corpus.vocabulary.words[number] for number in ids).removesuffix(" <eos>")
        labels = [label] if isinstance(label, int) else label
        found.append((words, " ".join(corpus.classes[one] for one in labels)))
    return found


def notes(corpus):
    """What was counted while the training file was read; it is read three times, as dev and test, too."""
    return {name: number for name, number in corpus.record["statistics"].items() if isinstance(number, int) and number}


def refused(tmp_path, content, message, **how):
    with pytest.raises(UserError, match=message) as caught:
        made(tmp_path, content, **how)
    assert "\n" not in str(caught.value)


def table(rows, header="text,label", end="\n"):
    return "".join(row + end for row in [header, *rows] if row is not None)


ROWS = ["a good film,pos", "a dull film,neg", "very good,pos", "very dull,neg"]
EXPECTED = [("a good film", "pos"), ("a dull film", "neg"), ("very good", "pos"), ("very dull", "neg")]
