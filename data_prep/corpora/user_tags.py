"""A user's own sentences with one of two labels for each token: lines ``token<TAB>label``, a blank line between sentences."""
import collections
import dataclasses
import functools

from foundation.errors import UsageError, UserError
from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.own import LICENCE, splits_of
from data_prep.readers import token_lines, user_tables
from data_prep.writer import VocabularyRule

#: FCE's label of a wrong token.
USUAL_POSITIVE = "i"


def _completed(description, source, choices):
    """See :meth:`data_prep.description.CorpusDescription.completed`."""
    counts, number = _survey(source)
    positive = _positive(counts, choices.positive, source)
    classes = (next(label for label in counts if label != positive), positive)
    files = choices.files(source)
    return dataclasses.replace(
        description, classes=classes, description=f"own sentences, which tokens are {positive}",
        tokeniser="tokens as given" + "".join(f", {name}" for name, _ in _rewriting(choices)),
        tokenise=functools.partial(_rewritten, choices=choices), seeded=bool(choices.drawn),
        rule=dataclasses.replace(CORPUS.rule, minimum_count=choices.minimum_count),
        read=functools.partial(_read, files=files, classes=classes, number=number, drawn=choices.drawn),
        settings={"files": list(files), "positive": positive}, extra_sources=tuple(files.values())[1:])


def _rewriting(choices):
    """What is done to each token, in this order: list of (name, function from str to str)."""
    return [*([] if choices.keep_case else [("lower-cased", str.lower)]),
            *([("digits to 0", prose.digits_to_zero)] if choices.digits_to_zero else [])]


def _rewritten(tokens, choices):
    for _, rewrite in _rewriting(choices):
        tokens = [rewrite(token) for token in tokens]
    return tokens


def sentences(path):
    """Yield (number of the first line, tokens, labels) of a file; the token is the first column, the label the last.

    Raises:
        UserError: a line has no label, or another number of columns than the first; names it.
    """
    columns = None

    def parse(number, line):
        nonlocal columns
        if not line.strip(" "):
            return None
        cells = line.split("\t")
        columns = columns or len(cells)
        if len(cells) == 1:
            raise UserError(f"{path}, line {number}: token<TAB>label expected, {line[:40]!r} found")
        if len(cells) != columns:
            raise UserError(f"{path}, line {number}: {columns} columns expected, {len(cells)} found")
        if not cells[0].strip() or not cells[-1].strip():
            raise UserError(f"{path}, line {number}: the {'label' if cells[0].strip() else 'token'} is missing")
        return cells[0], cells[-1].strip()

    yield from token_lines.sentences(user_tables.lines(path), parse)
    if columns is None:
        raise UserError(f"{path}: there are no sentences")


def _survey(path):
    """How often each label occurs (Counter), and the number of sentences."""
    counts, number = collections.Counter(), 0
    for number, (first, _, labels) in enumerate(sentences(path), 1):
        for line, label in enumerate(labels, first):
            if label not in counts and len(counts) == 2:
                raise UserError(f"{path}, line {line}: {label[:40]!r} is a third label after {' and '.join(counts)}; "
                                "tags takes two")
            counts[label] += 1
    if len(counts) < 2:
        raise UserError(f"{path}: all tokens have the label {next(iter(counts))[:40]!r}; two labels are needed")
    return counts, number


def _positive(counts, given, path):
    """The label that F0.5 looks for: the user's choice, or FCE's, or the rarer one."""
    if given is not None and given not in counts:
        raise UsageError(f"--positive {given}: the labels of {path} are {' and '.join(sorted(counts))}")
    if given is None and USUAL_POSITIVE in counts:
        return USUAL_POSITIVE
    return given or min(counts, key=lambda label: (counts[label], label))


def _read(sources, seed, notes, *, files, classes, number, drawn):
    """Yield the sentences of the source, then those of the other files."""
    splits = splits_of(number, drawn, seed, files["train"])
    for split, path in files.items():
        for index, (first, tokens, labels) in enumerate(sentences(path)):
            for line, label in enumerate(labels, first):
                if label not in classes:
                    raise UserError(f"{path}, line {line}: the label {label[:40]!r} is neither {' nor '.join(classes)}")
            yield Document(splits[index] if split == "train" else split, tokens, [classes.index(label) for label in labels],
                           f"{path}, line {first}")


CORPUS = CorpusDescription(
    name="tags",
    title="tags",
    description="own sentences",
    kind="error-detection",
    module=__name__,
    classes=(),
    origin="your sentences, a line token<TAB>label for each token and a blank line between sentences",
    licence=LICENCE,
    tokeniser="tokens as given, lower-cased",
    rule=VocabularyRule(unknown="unk", splits=("train",), minimum_count=2),
    read=None,
    completed_by=_completed,
)
