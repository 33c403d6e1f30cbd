"""The layout of Zhang et al. 2015: ``train.csv`` and ``test.csv``, a row a line, its class first and then its texts.

Classes are numbers from 1 on.  The texts stand in double quotes, in which a double quote is written twice.
"""

import collections
import csv

from data_prep.description import Document
from data_prep.readers.decoding import decoded_line
from data_prep.splitting import split_off_a_tenth
from iadv_foundation.errors import UserError

MEMBERS = r"(?:train|test)\.csv"
# Characters of a row: the official ones are far shorter, and the csv module takes fields of this length as it is.
LONGEST = 1 << 17


def read(sources, seed, notes, *, corpus, columns, classes):
    """Yield the rows, the texts of each joined by a blank.

    A tenth of the training set, drawn at random, is for development.  The files are read twice: how many rows are drawn
    depends on how many there are.

    Args:
        sources, seed, notes: as :class:`data_prep.description.CorpusDescription` says of ``read``.
        corpus (str): name of the corpus, which names the draw.
        columns (tuple of str): what stands in a row, for messages; the class first.
        classes (int): how many there are.
    """
    source, labels = sources[0], {str(number + 1): number for number in range(classes)}
    splits = split_off_a_tenth(lines_of_each(source)["train"], seed, f"split of {corpus}")
    for name, stream in source.streams(MEMBERS):
        part, place = _part(name), f"{source.name}: {name}"
        for number, line in enumerate(stream, 1):
            where = f"{place}, line {number}"
            label, content = parse(decoded_line(line, where), where, columns, labels)
            yield Document(splits[number - 1] if part == "train" else part, content, label, where, number)


def lines_of_each(source):
    """How many lines ``train.csv`` and ``test.csv`` have (dict of str to int).

    Raises:
        UserError: one of them is missing or there twice.
    """
    names, lines = collections.defaultdict(list), {}
    for name, stream in source.streams(MEMBERS):
        names[_part(name)].append(name)
        lines[_part(name)] = sum(1 for _ in stream)
    for part in ("train", "test"):
        if len(names[part]) != 1:
            there = f"several found: {', '.join(names[part])}" if names[part] else "none found"
            raise UserError(f"{source.name}: one file {part}.csv expected, {there}")
    return lines


def parse(line, where, columns, labels):
    """Class and text of one row.

    Every line is read for itself, since the official files have no line ends inside a row: so a missing quote cannot
    swallow the rows behind it.

    Args:
        line (str)
        where (str): file and line, for the message.
        columns (tuple of str): as :func:`read` takes them.
        labels (dict of str to int): class as it is written -> label from 0 on.

    Returns:
        (int, str): label; the texts with blanks between.

    Raises:
        UserError: the line is no such row.
    """
    if len(line) > LONGEST:
        raise UserError(
            f"{where}: a row of {len(line):,} characters; {LONGEST:,} at most expected, so line ends are missing"
        )
    try:
        row = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise UserError(f"{where}: not {', '.join(columns)} with double quotes around the texts ({error})") from None
    if len(row) != len(columns):
        raise UserError(f"{where}: {len(columns)} columns expected ({', '.join(columns)}), {len(row)} found")
    if row[0] not in labels:
        raise UserError(f"{where}: class {row[0][:20]!r} is not a number from 1 to {len(labels)}")
    return labels[row[0]], " ".join(row[1:])


def _part(name):
    return name.rpartition("/")[2].removesuffix(".csv")
