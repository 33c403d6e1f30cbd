"""A user's own texts, one at a time and each with its place, and how a network reads them.

A file whose name ends in ``.csv``, ``.tsv``, ``.jsonl`` or ``.json`` (also packed: ``.csv.gz``) is a table with a text
in each row, read as ``python -m data_prep text`` reads it; any other file, and standard input, has a text in each line.
"""

import dataclasses
import sys

from data_prep.readers import user_lines, user_tables
from data_prep.readers.decoding import decoded_line
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.analysis.reading import IN_ONE_PIECE, Reading, printable, read_text

STANDARD_INPUT = "-"
#: Rows without a label or a text that a message names one by one.
NAMED = 10


@dataclasses.dataclass(frozen=True, eq=False)
class Text:
    """A text, or why there is none.

    Attributes:
        row (int): its number, from 1; rows that cannot be read count.
        place (str): where it stands, for messages.
        content (str or None): the text; None where the row cannot be read.
        label (str or None): what the column of labels says; None without such a column.
        problem (str or None): why it cannot be used.
        reading (interpretable_adv.analysis.reading.Reading or None): as the network reads it, see :func:`read`.
    """

    row: int
    place: str
    content: str | None
    label: str | None = None
    problem: str | None = None
    reading: Reading | None = None


def is_table(path):
    """Whether a file's name says that it is a table (bool)."""
    return str(path) != STANDARD_INPUT and user_tables.ending_of(path) in user_tables.FORMATS


def given(contents):
    """Texts of the command line (list of str) as :class:`Text`."""
    return [
        Text(row, "text" if len(contents) == 1 else f"text {row}", content) for row, content in enumerate(contents, 1)
    ]


def texts_of(path, text_column=None, label_column=None):
    """Yield every text of a file (:class:`Text`), also those that cannot be read; memory does not grow with the file.

    Args:
        path: of the file; ``-`` for standard input.
        text_column (str or None): name of the column of a table, or its number from 1 where the table has no header;
            None for ``text`` or another name that is usual for it.
        label_column (str or None): the same for labels; None to read none.

    Raises:
        UsageError: a column is named, and the file is no table.
        UserError: there is no such file, it is no text, has no such column, or breaks off; names file and line.
    """
    if not is_table(path):
        if text_column is not None or label_column is not None:
            raise UsageError(
                f"{path} has a text in each line and no columns: leave out --text-column and --label-column, or "
                "give a file that is called .csv, .tsv or .jsonl"
            )
        return _lines(path)
    columns = {"text": text_column, **({} if label_column is None else {"label": label_column})}
    return _rows(path, columns)


def _rows(path, columns):
    row = 0
    for row, (line, values) in enumerate(user_tables.rows(path, columns, keep_bad=True), 1):
        place = f"{path}, line {line}"
        if isinstance(values, UserError):
            yield Text(row, place, None, problem=str(values).removeprefix(f"{place}: "))
        else:
            content, label = (*values, None)[:2]
            yield Text(row, place, content, None if label is None else " ".join(label.split()))
    if not row:
        raise UserError(f"{path}: there are no rows")


def _lines(path):
    standard = str(path) == STANDARD_INPUT
    name, row = "standard input" if standard else path, 0
    lines = _standard_input() if standard else user_lines.lines(path)
    for row, line in lines:
        yield Text(row, f"{name}, line {row}", line)
    if not row:
        raise UserError(f"{name}: there is no text")


def _standard_input():
    for number, line in enumerate(sys.stdin.buffer, 1):
        yield number, decoded_line(line, f"standard input, line {number}")


def read(texts, run):
    """Yield texts (:class:`Text`) as the network of a run reads them: with a reading, or a problem.

    Args:
        texts (iterable of Text)
        run (interpretable_adv.trained.TrainedRun)
    """
    for text in texts:
        yield text if text.problem else _read(text, run)


def _read(text, run):
    try:
        return dataclasses.replace(text, reading=read_text(text.content, run, text.place))
    except UsageError as error:  # bytes that no file could hold
        return dataclasses.replace(text, content=None, problem=str(error).removeprefix(f"{text.place}: "))
    except UserError as error:
        return dataclasses.replace(text, problem=str(error).removeprefix(f"{text.place}: "))


def labelled(texts, classes):
    """Yield texts; one whose label is none of the classes (list of str) has that as its problem."""
    for text in texts:
        if text.problem or text.label in classes:
            yield text
        else:
            problem = f"the label {str(text.label)[:40]!r} is none of {', '.join(classes[:8])}"
            yield dataclasses.replace(text, reading=None, problem=problem)


class Problems:
    """Tells of texts that cannot be used, one line each on standard error, the first few by name.

    Attributes:
        count (int): how many there were.
        good (int): how many texts could be used.
        lack_blanks (int): how many of those nobody has cut into words.
    """

    def __init__(self):
        self.count = self.good = self.lack_blanks = 0

    def usable(self, texts):
        """Yield the texts that can be used; tell of the others."""
        for text in texts:
            if self.tell(text):
                yield text

    def tell(self, text):
        """Count a text, and tell of it where it cannot be used; returns whether it can (bool)."""
        if text.problem is None:
            self.good += 1
            self.lack_blanks += text.reading is not None and text.reading.lacks_blanks
            return True
        self.count += 1
        if self.count <= NAMED:
            print(f"{printable(text.place)}: left out: {printable(text.problem)}", file=sys.stderr)
        return False

    def finish(self):
        """Say how many were left out.

        Raises:
            UserError: all were.
        """
        if self.count > NAMED:
            print(f"{self.count:,} texts are left out; the first {NAMED} are named above", file=sys.stderr)
        if self.lack_blanks:
            verb = "is" if self.lack_blanks == 1 else "are"
            print(f"note: {self.lack_blanks:,} of {self.good:,} texts {verb} {IN_ONE_PIECE}", file=sys.stderr)
        if not self.good:
            raise UserError(f"none of {self.count:,} texts could be read")


def windows(texts, most_texts, most_words):
    """Cut texts that have been read into lists of at most so many texts, and few more words."""
    waiting, words = [], 0
    for text in texts:
        waiting.append(text)
        words += len(text.reading.ids) if text.reading else 0
        if len(waiting) == most_texts or words >= most_words:
            yield waiting
            waiting, words = [], 0
    if waiting:
        yield waiting
