"""A user's own documents with a label each, from tables."""
import array
import dataclasses
import functools
import math

from foundation.errors import UsageError, UserError
from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.own import LICENCE, splits_of
from data_prep.readers import user_tables
from data_prep.writer import VocabularyRule

MOST_CLASSES = 1000
#: From so many classes on, less than two rows for each say that the column does not hold labels.
MANY_CLASSES = 20
_TOKENS = r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks)"


def _completed(description, source, choices):
    """See :meth:`data_prep.description.CorpusDescription.completed`."""
    columns = {"text": choices.text_column, "label": choices.label_column}
    if len(set(map(user_tables.is_number, columns.values()))) > 1:
        raise UsageError("--text-column and --label-column: give two names, or two numbers where the file has no header")
    classes, labels = _survey(source, columns)
    files = choices.files(source)
    return dataclasses.replace(
        description, classes=classes, description=f"own texts, {_in_words(classes)}",
        tokeniser=f"{_TOKENS}, case kept" if choices.keep_case else CORPUS.tokeniser,
        tokenise=prose.words_and_punctuation if choices.keep_case else CORPUS.tokenise,
        rule=dataclasses.replace(CORPUS.rule, minimum_documents=choices.minimum_documents), seeded=bool(choices.drawn),
        read=functools.partial(_read, files=files, columns=columns, classes=classes, labels=labels, drawn=choices.drawn),
        settings={"columns": columns, "files": {split: _form(split, path) for split, path in files.items()}},
        extra_sources=tuple(files.values())[1:])


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


def _form(split, path):
    """Name of a file's format; unlabelled documents may also be the lines of a file."""
    if split == "unlabeled" and user_tables.ending_of(path) not in user_tables.FORMATS:
        return "lines"
    return user_tables.format_of(path)


def _labelled(path, columns):
    """Yield (place, text, label) of a table's rows."""
    place = None
    for number, (content, label) in user_tables.rows(path, columns):
        place = f"{path}, line {number}"
        if not content.strip():
            raise UserError(f"{place}: the text is empty")
        label = " ".join(label.split())
        if not label:
            raise UserError(f"{place}: the label is missing")
        yield place, content, label
    if place is None:
        raise UserError(f"{path}: there are no rows")


def _survey(path, columns):
    """The classes of a table in their order (tuple of str), and the class of each row (array of int)."""
    numbers, labels = {}, array.array("i")
    for place, _, label in _labelled(path, columns):
        labels.append(numbers.setdefault(label, len(numbers)))
        if len(numbers) > MOST_CLASSES:
            raise UserError(f"{place}: more than {MOST_CLASSES:,} labels, now {label[:40]!r}: is this the column of labels? "
                            "(--label-column)")
    if len(numbers) < 2:
        raise UserError(f"{path}: all {len(labels):,} rows have the label {label[:40]!r}; at least two labels are needed")
    if len(numbers) > MANY_CLASSES and 2 * len(numbers) > len(labels):
        raise UserError(f"{path}: {len(numbers):,} labels in {len(labels):,} rows, such as {label[:40]!r}: is this the column "
                        "of labels? (--label-column)")
    classes = in_order(numbers)
    places = {numbers[label]: index for index, label in enumerate(classes)}
    return classes, array.array("i", (places[label] for label in labels))


def _keep_rare_labels(splits, labels, notes):
    """Move the first document of a label that no training document has into train: else it could not be learnt."""
    missing = set(labels) - {label for label, split in zip(labels, splits, strict=True) if split == "train"}
    for index, label in enumerate(labels):
        if label in missing:
            missing.remove(label)
            splits[index] = "train"
            notes["rare_labels_moved_to_train"] += 1


def _read(sources, seed, notes, *, files, columns, classes, labels, drawn):
    """Yield the documents of the source, of the other tables, then the unlabelled ones."""
    splits = splits_of(len(labels), drawn, seed, files["train"])
    _keep_rare_labels(splits, labels, notes)
    for split in drawn:
        if split not in splits:
            raise UserError(f"{files['train']}: too few rows for {len(classes)} labels, none is left for {split}; "
                            f"give --{split}")
    numbers = {label: index for index, label in enumerate(classes)}
    for split in (split for split in ("train", "dev", "test") if split in files):
        for index, (place, content, label) in enumerate(_labelled(files[split], columns)):
            if label not in numbers:
                raise UserError(f"{place}: the label {label[:40]!r} does not occur in the training text, {files['train']}")
            yield Document(splits[index] if split == "train" else split, content, numbers[label], place)
    if "unlabeled" in files:
        yield from _unlabeled(files["unlabeled"], columns["text"])


def _unlabeled(path, column):
    if _form("unlabeled", path) == "lines":
        found = user_tables.lines(path)
    else:
        found = ((number, content) for number, (content,) in user_tables.rows(path, {"text": column}))
    number = None
    for number, content in found:
        yield Document("unlabeled", content, None, f"{path}, line {number}")
    if number is None:
        raise UserError(f"{path}: there are no documents")


CORPUS = CorpusDescription(
    name="text",
    title="text",
    description="own texts",
    kind="sentiment",
    module=__name__,
    classes=(),
    origin="your table (.csv, .tsv or .jsonl) with a column of texts and one of labels",
    licence=LICENCE,
    tokeniser=f"{_TOKENS}, lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=None,
    completed_by=_completed,
    tokenise=prose.lower_words_and_punctuation,
)
