"""A user's own documents with a label each, from tables."""

import array
import collections
import dataclasses
import functools
import html
import math
import re

from data_prep import any_script
from data_prep.description import CorpusDescription, Document
from data_prep.invisible import key_of_label
from data_prep.own import LICENCE, splits_of
from data_prep.readers import user_columns, user_tables
from data_prep.readers.user_csv import parsed_delimiter
from data_prep.readers.user_lines import lines
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UsageError, UserError

MOST_CLASSES = 1000
#: From so many classes on, less than two rows for each say that the column does not hold labels.
MANY_CLASSES = 20
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_HTML = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|span|strong|sub|sup|table|td|th|tr|"
    r"u|ul)\b[^<>]*>|&(?:#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos|nbsp|[lr][ds]quo|hellip|[mn]dash);",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Table:
    """How the tables of a corpus are read.

    Attributes:
        columns (dict of str to (str or None)): see :func:`data_prep.readers.user_tables.rows`.
        delimiter (str or None): see there.
        html (bool): take tags out of the texts and resolve their entities.
    """

    columns: dict
    delimiter: str | None
    html: bool

    def labelled(self, path, notes=None):
        """Yield (place, text, label) of a table's rows; ``notes`` as :func:`data_prep.readers.user_tables.rows` takes
        them.
        """
        place = None
        for number, (written, written_label) in user_tables.rows(path, self.columns, self.delimiter, notes):
            place = f"{path}, line {number}"
            content = self.plain(written)
            if not content.strip():
                raise UserError(f"{place}: the text is empty")
            label = " ".join(written_label.split())
            if not key_of_label(label):
                raise UserError(f"{place}: the label is missing")
            yield place, content, label
        if place is None:
            raise UserError(f"{path}: there are no rows")

    def unlabelled(self, path, notes):
        """Yield (number of the line, text) of a table, or of a file with a document in each line."""
        if _form("unlabeled", path, self.delimiter) == "lines":
            found = lines(path)
        else:
            columns = {"text": self.columns["text"]}
            found = ((number, content) for number, (content,) in user_tables.rows(path, columns, self.delimiter, notes))
        for number, content in found:
            yield number, self.plain(content)

    def plain(self, content):
        """A text without mark-up, where that is to be taken out (str)."""
        return html.unescape(_TAG.sub(" ", content)) if self.html else content


def _completed(description, source, choices):
    """See :meth:`data_prep.description.CorpusDescription.completed`."""
    columns = {"text": choices.text_column, "label": choices.label_column}
    if len(set(map(user_columns.is_number, columns.values()))) > 1:
        raise UsageError(
            "--text-column and --label-column: give two names, or two numbers where the file has no header"
        )
    if choices.delimiter is not None:
        parsed_delimiter(choices.delimiter)
    table, files = Table(columns, choices.delimiter, choices.html), choices.files(source)
    classes, labels = _survey(source, table, choices.rare_classes)
    forms = {split: _form(split, path, choices.delimiter) for split, path in files.items()}
    return dataclasses.replace(
        description,
        classes=classes,
        description=f"own texts, {_in_words(classes)}",
        tokeniser=f"{any_script.RULE}, case kept" if choices.keep_case else CORPUS.tokeniser,
        tokenise=any_script.words if choices.keep_case else CORPUS.tokenise,
        rule=dataclasses.replace(CORPUS.rule, minimum_documents=choices.minimum_documents),
        seeded=bool(choices.drawn),
        read=functools.partial(_read, files=files, table=table, classes=classes, labels=labels, drawn=choices.drawn),
        settings={"columns": columns, "files": forms, "delimiter": choices.delimiter, "html": choices.html},
        extra_sources=tuple(files.values())[1:],
    )


def in_order(labels):
    """Labels by their value where all are numbers, else by alphabet (tuple of str)."""

    def value(label):
        number = float(label)
        if not math.isfinite(number):
            raise ValueError(label)
        return number, label

    try:
        return tuple(sorted(labels, key=value))
    except ValueError:
        return tuple(sorted(labels))


def _in_words(classes):
    """``"2 classes (bad, good)"``, the first few only."""
    shown = ", ".join(name[:20] for name in classes[:5]) + (", ..." if len(classes) > 5 else "")
    return f"{len(classes):,} classes ({shown})"


def _form(split, path, delimiter):
    """Name of a file's format; unlabelled documents may also be the lines of a file."""
    if split == "unlabeled" and user_tables.ending_of(path) not in user_tables.FORMATS:
        return "lines"
    return user_tables.format_of(path, delimiter)


class _Classes:
    """The classes of a table as they are met: labels that look alike are one.

    Attributes:
        numbers (dict of str to int): what the labels of a class have in common -> its number, by appearance.
        labels (array.array): number of each row's class.
        first (list of (str, str)): place and text of the first row of each class.
    """

    def __init__(self):
        self.numbers, self.labels, self.first = {}, array.array("i"), []
        self._spellings, self._other_text = [], set()

    def add(self, place, content, label):
        """Take a row."""
        number = self.numbers.setdefault(key_of_label(label), len(self.numbers))
        self.labels.append(number)
        if number == len(self.first):
            self.first.append((place, content))
            self._spellings.append(collections.Counter())
        self._spellings[number][label] += 1
        if content != self.first[number][1]:
            self._other_text.add(number)

    def names(self):
        """The name of each class (list of str): its most frequent spelling."""
        return [min(counts, key=lambda label: (-counts[label], label)) for counts in self._spellings]

    def rare(self):
        """Numbers of the classes with a single document (list of int)."""
        return [number for number, counts in enumerate(self._spellings) if counts.total() == 1]

    def begins_with_header(self):
        """Whether the first row has a label that no row with another text has (bool)."""
        return 0 not in self._other_text


def _survey(path, table, rare_classes):
    """The classes of a table in their order (tuple of str), and the class of each row (array of int)."""
    found = _Classes()
    for place, content, label in table.labelled(path):
        found.add(place, content, label)
        if len(found.numbers) > MOST_CLASSES:
            raise UserError(
                f"{place}: more than {MOST_CLASSES:,} labels, now {label[:40]!r}: is this the column of labels? "
                "(--label-column)"
            )
    names, count = found.names(), len(found.labels)
    if len(names) < 2:
        raise UserError(f"{path}: all {count:,} rows have the label {names[0][:40]!r}; at least two labels are needed")
    if len(names) > MANY_CLASSES and 2 * len(names) > count:
        raise UserError(
            f"{path}: {len(names):,} labels in {count:,} rows, such as {names[-1][:40]!r}: is this the column "
            "of labels? (--label-column)"
        )
    if not rare_classes:
        _refuse_rare(found, names, by_number=user_columns.is_number(table.columns["label"]))
    classes = in_order(names)
    places = [classes.index(name) for name in names]
    return classes, array.array("i", (places[number] for number in found.labels))


def _refuse_rare(found, names, by_number):
    """Refuse a header that is read as a document, and classes of a single document, which may be misread."""
    if by_number and found.begins_with_header():
        place, content = found.first[0]
        raise UserError(
            f"{place}: {content[:40]!r} and {names[0][:40]!r} look like a header, as no other document has this "
            "label: give the names of the columns, not their numbers (or repeat with --rare-classes if it is a "
            "document)"
        )
    rare = found.rare()
    if rare:
        shown = ", ".join(f"{names[number][:40]!r}" for number in rare[:5]) + (", ..." if len(rare) > 5 else "")
        many = (
            f"{len(rare):,} classes have a single document each" if len(rare) > 1 else "a class has a single document"
        )
        raise UserError(
            f"{found.first[rare[0]][0]}: {many}: {shown}; mend the label, or repeat with --rare-classes "
            "if that is right"
        )


def _keep_rare_labels(splits, labels, notes):
    """Move the first document of a label that no training document has into train: else it could not be learnt."""
    missing = set(labels) - {label for label, split in zip(labels, splits, strict=True) if split == "train"}
    for index, label in enumerate(labels):
        if label in missing:
            missing.remove(label)
            splits[index] = "train"
            notes["rare_labels_moved_to_train"] += 1


def _read(sources, seed, notes, *, files, table, classes, labels, drawn):
    """Yield the documents of the source, of the other tables, then the unlabelled ones."""
    splits = splits_of(len(labels), drawn, seed, files["train"])
    _keep_rare_labels(splits, labels, notes)
    for split in drawn:
        if split not in splits:
            raise UserError(
                f"{files['train']}: too few rows for {len(classes)} labels, none is left for {split}; give --{split}"
            )
    numbers = {key_of_label(label): index for index, label in enumerate(classes)}
    for split in (split for split in ("train", "dev", "test") if split in files):
        for index, (place, content, label) in enumerate(table.labelled(files[split], notes)):
            number = numbers.get(key_of_label(label))
            if number is None:
                raise UserError(
                    f"{place}: the label {label[:40]!r} does not occur in the training text, {files['train']}"
                )
            notes["labels_spelt_otherwise"] += label != classes[number]
            _note(content, notes)
            yield Document(splits[index] if split == "train" else split, content, number, place)
    if "unlabeled" in files:
        yield from _unlabeled(files["unlabeled"], table, notes)


def _unlabeled(path, table, notes):
    number = None
    for number, content in table.unlabelled(path, notes):
        _note(content, notes)
        yield Document("unlabeled", content, None, f"{path}, line {number}")
    if number is None:
        raise UserError(f"{path}: there are no documents")


def _note(content, notes):
    """Count what a user should know of a text, see :data:`data_prep.own.NOTES`."""
    notes["documents_with_html"] += bool(("<" in content or "&" in content) and _HTML.search(content))
    notes["documents_without_blanks"] += any_script.lacks_blanks(content)


CORPUS = CorpusDescription(
    name="text",
    title="text",
    description="own texts",
    kind="sentiment",
    module=__name__,
    classes=(),
    origin="your table (.csv, .tsv or .jsonl) with a column of texts and one of labels",
    licence=LICENCE,
    tokeniser=f"{any_script.RULE}, lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=None,
    completed_by=_completed,
    tokenise=any_script.lower_words,
)
