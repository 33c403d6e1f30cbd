"""Elec (Johnson & Zhang 2015): Amazon reviews of electronics, positive or negative, with 200,000 unlabelled ones.

Their archive with all three sets is ``elec-unlab.tar.gz``; ``elec2.tar.gz``, the better known one, holds no unlabelled
text.  Of each set there are ``.txt`` (raw), ``.txt.tok`` (tokens with blanks between them, a review a line) and, where
it is labelled, ``.cat`` (a label a line, in the same order).
"""

import collections

from data_prep.description import CorpusDescription, Document
from data_prep.downloads import Download
from data_prep.readers.decoding import decode, decoded_line, lines_of
from data_prep.splitting import split_off_a_tenth
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

# No SHA-256 is published.
ARCHIVE = Download(
    "elec-unlab.tar.gz",
    ("http://riejohnson.com/software/elec-unlab.tar.gz",),
    by_hand="fetch it by hand from http://riejohnson.com/cnn_data.html and give it as --source",
)
CLASSES = ("negative", "positive")
LABELS = {"1": 0, "2": 1}
# Johnson & Zhang's programs have the training set as elec-train, too.
MEMBERS = r"elec-(?:(?:25k-)?train|test)\.(?:cat|txt\.tok)|elec-25k-unlab\d+\.txt\.tok"
NEEDED = ("elec-train.cat", "elec-train.txt.tok", "elec-test.cat", "elec-test.txt.tok")
UNLABELED = "elec-unlab"
EACH_FILE = 10**9


def read(sources, seed, notes):
    """Yield the reviews in the order of their files; a tenth of train, drawn at random, is for development."""
    source = sources[0]
    labels = labels_of_each(source)
    splits = {
        "train": split_off_a_tenth(len(labels["train"]), seed, "split of elec"),
        "test": ["test"] * len(labels["test"]),
    }
    for name, stream in source.streams(MEMBERS):
        key, place = _key(name), f"{source.name}: {name}"
        if key.startswith(UNLABELED):
            yield from _unlabeled(stream, place, int(key.removeprefix(UNLABELED).split(".")[0]), notes)
        elif not key.endswith(".cat"):
            part = key.removeprefix("elec-").split(".")[0]
            yield from _labelled(stream, place, labels[part], splits[part])


def labels_of_each(source):
    """The labels of the training and the test set, after a look whether all files are there.

    Returns:
        dict of str to list of int: ``train`` and ``test``.

    Raises:
        UserError: a file is missing or there twice, or a label is not known; names it.
    """
    found, labels = collections.defaultdict(list), {}
    for name, stream in source.streams(MEMBERS):
        key = _key(name)
        found[key].append(name)
        if key.endswith(".cat"):
            labels[key.removeprefix("elec-").removesuffix(".cat")] = _labels(stream.read(), f"{source.name}: {name}")
    for key in (*NEEDED, *found):
        if len(found[key]) != 1:
            wanted = key.replace("elec-train", "elec-25k-train").replace(UNLABELED, "elec-25k-unlab")
            there = f"several found: {', '.join(found[key])}" if found[key] else "none found"
            raise UserError(f"{source.name}: one file {wanted} expected, {there}")
    return labels


def split_at_white_space(content):
    """The tokens as they are distributed."""
    return content.split()


def _key(name):
    """The file's name without folder and size: ``elec-train.cat``."""
    return name.rpartition("/")[2].replace("elec-25k-", "elec-")


def _labels(content, place):
    labels = []
    for number, line in enumerate(lines_of(decode(content, place)), 1):
        if line.strip() not in LABELS:
            raise UserError(f"{place}, line {number}: {line[:20]!r} is not 1 (negative) or 2 (positive)")
        labels.append(LABELS[line.strip()])
    return labels


def _labelled(stream, place, labels, splits):
    number = 0
    for number, line in enumerate(stream, 1):
        where = f"{place}, line {number}"
        if number > len(labels):
            raise UserError(f"{where}: a review without a label; the .cat file ends with line {len(labels):,}")
        yield Document(splits[number - 1], decoded_line(line, where), labels[number - 1], where, number)
    if number < len(labels):
        raise UserError(f"{place}: {number:,} reviews, but {len(labels):,} labels in the .cat file")


def _unlabeled(stream, place, file_number, notes):
    """Reviews that are not UTF-8 are read as Latin-1 and counted: what they were taken from has some."""
    for number, line in enumerate(stream, 1):
        try:
            content = line.decode()
        except UnicodeDecodeError:
            content = line.decode("latin-1")
            notes["read_as_latin_1"] += 1
        yield Document("unlabeled", content, None, f"{place}, line {number}", file_number * EACH_FILE + number)


CORPUS = CorpusDescription(
    name="elec",
    title="Elec",
    description="Amazon reviews of electronics, positive or negative",
    kind="sentiment",
    module=__name__,
    in_paper=True,
    classes=CLASSES,
    origin="elec-unlab.tar.gz of Johnson & Zhang 2015, riejohnson.com/software/elec-unlab.tar.gz (archive or folder)",
    licence="none stated; the reviews belong to their authors, for research; cite Johnson & Zhang 2015",
    tokeniser="at white space, as distributed, case kept",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=read,
    tokenise=split_at_white_space,
    expected={"train": 22500, "dev": 2500, "test": 25000, "unlabeled": 200000},
    downloads=(ARCHIVE,),
    size="about 110 MB",
    members=MEMBERS,
    seeded=True,
)
