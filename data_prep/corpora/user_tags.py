"""A user's own sentences with one of two labels for each token:
lines ``token<TAB>label``, a blank line between sentences.
"""

import collections
import dataclasses
import functools

from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.invisible import cleaned, key_of_label
from data_prep.own import LICENCE, splits_of
from data_prep.readers import token_lines
from data_prep.readers.user_lines import lines
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UsageError, UserError

#: FCE's label of a wrong token.
USUAL_POSITIVE = "i"
#: CoNLL's line between documents.
DOCUMENT_START = "-DOCSTART-"
#: What the first line says where it is a header.
_HEADER = {"token", "tokens", "word", "words", "form", "text"}, {"label", "labels", "tag", "tags", "class", "gold"}


def _completed(description, source, choices):
    """See :meth:`data_prep.description.CorpusDescription.completed`."""
    counts, number = _survey(source, choices.rare_classes)
    positive = _positive(counts, choices.positive, source)
    classes = (next(label for label in counts if label != positive), positive)
    files = choices.files(source)
    return dataclasses.replace(
        description,
        classes=classes,
        description=f"own sentences, which tokens are {positive}",
        tokeniser=_AS_GIVEN + "".join(f", {name}" for name, _ in _rewriting(choices)),
        tokenise=functools.partial(_rewritten, choices=choices),
        seeded=bool(choices.drawn),
        rule=dataclasses.replace(CORPUS.rule, minimum_count=choices.minimum_count),
        read=functools.partial(_read, files=files, classes=classes, number=number, drawn=choices.drawn),
        settings={"files": list(files), "positive": positive},
        extra_sources=tuple(files.values())[1:],
    )


def _rewriting(choices):
    """What is done to each token, in this order: list of (name, function from str to str)."""
    return [
        *([] if choices.keep_case else [("lower-cased", str.lower)]),
        *([("digits to 0", prose.digits_to_zero)] if choices.digits_to_zero else []),
    ]


def _rewritten(tokens, choices):
    for _, rewrite in _rewriting(choices):
        tokens = [rewrite(token) for token in tokens]
    return tokens


def sentences(path, notes=None):
    """Yield (number of the first line, tokens, labels) of a file; the token is the first column, the label the last.

    A line of white space alone ends a sentence, and so do a header and CoNLL's line between documents, which are left
    out.  White space around a token and invisible characters are not part of it.

    Args:
        path: of the file.
        notes (collections.Counter or None): gets ``headers``, ``document_starts``, ``tokens_cleaned`` and
            ``labels_spelt_otherwise``.

    Raises:
        UserError: a line has no label, or another number of columns than the first; names it.
    """
    found = False
    for sentence in token_lines.sentences(lines(path), _Lines(path, collections.Counter() if notes is None else notes)):
        found = True
        yield sentence
    if not found:
        raise UserError(f"{path}: there are no sentences")


class _Lines:
    """(token, label) of a line of a file, None where it ends a sentence; see :func:`sentences`."""

    def __init__(self, path, notes):
        self.path, self.notes = path, notes
        self._columns = self._header = None

    def __call__(self, number, line):
        if not cleaned(line):
            return None
        cells = line.split("\t")
        if self._columns is None and _is_header(cells):
            self._header = line
        if line == self._header:
            self.notes["headers"] += 1
            return None
        token = cleaned(cells[0])
        if token.split()[:1] == [DOCUMENT_START]:
            self.notes["document_starts"] += 1
            return None
        self._columns = self._columns or len(cells)
        if len(cells) == 1:
            raise UserError(f"{self.path}, line {number}: token<TAB>label expected, {line[:40]!r} found")
        if len(cells) != self._columns:
            raise UserError(f"{self.path}, line {number}: {self._columns} columns expected, {len(cells)} found")
        return self._read(token, cells, f"{self.path}, line {number}")

    def _read(self, token, cells, place):
        label = key_of_label(cells[-1])
        if not token or not label:
            raise UserError(f"{place}: the {'label' if token else 'token'} is missing")
        self.notes["tokens_cleaned"] += token != cells[0]
        self.notes["labels_spelt_otherwise"] += label != cells[-1].strip()
        return token, label


def _is_header(cells):
    """Whether a line names the columns (bool)."""
    ends = cells[0], cells[-1]
    return len(cells) > 1 and all(cleaned(cell).lower() in names for cell, names in zip(ends, _HEADER, strict=True))


def _survey(path, rare_classes):
    """How often each label occurs (Counter), and the number of sentences."""
    counts, where, number = collections.Counter(), {}, 0
    for first, _, labels in sentences(path):
        number += 1
        for line, label in enumerate(labels, first):
            if label not in counts and len(counts) == 2:
                rare = min(counts, key=counts.get)
                hint = f" (if line {where[rare]} is a header, take it out)" if counts[rare] == 1 else ""
                raise UserError(
                    f"{path}, line {line}: {label[:40]!r} is a third label after {' and '.join(counts)}; "
                    f"tags takes two{hint}"
                )
            counts[label] += 1
            where.setdefault(label, line)
    if len(counts) < 2:
        raise UserError(f"{path}: all tokens have the label {next(iter(counts))[:40]!r}; two labels are needed")
    rare = min(counts, key=counts.get)
    if counts[rare] == 1 and not rare_classes:
        raise UserError(
            f"{path}, line {where[rare]}: the only token with the label {rare[:40]!r}; mend the label, or "
            "repeat with --rare-classes if that is right"
        )
    return counts, number


def _positive(counts, given, path):
    """The label that F0.5 looks for: the user's choice, or FCE's, or the rarer one."""
    if given is not None and key_of_label(given) not in counts:
        raise UsageError(f"--positive {given}: the labels of {path} are {' and '.join(sorted(counts))}")
    if given is None and USUAL_POSITIVE in counts:
        return USUAL_POSITIVE
    return key_of_label(given) if given else min(counts, key=lambda label: (counts[label], label))


def _read(sources, seed, notes, *, files, classes, number, drawn):
    """Yield the sentences of the source, then those of the other files."""
    splits = splits_of(number, drawn, seed, files["train"])
    for split, path in files.items():
        for index, (first, tokens, labels) in enumerate(sentences(path, notes)):
            for line, label in enumerate(labels, first):
                if label not in classes:
                    raise UserError(f"{path}, line {line}: the label {label[:40]!r} is neither {' nor '.join(classes)}")
            yield Document(
                splits[index] if split == "train" else split,
                tokens,
                [classes.index(label) for label in labels],
                f"{path}, line {first}",
            )


_AS_GIVEN = "tokens as given, in Unicode's form NFC"
CORPUS = CorpusDescription(
    name="tags",
    title="tags",
    description="own sentences",
    kind="error-detection",
    module=__name__,
    classes=(),
    origin="your sentences, a line token<TAB>label for each token and a blank line between sentences",
    licence=LICENCE,
    tokeniser=f"{_AS_GIVEN}, lower-cased",
    rule=VocabularyRule(unknown="unk", splits=("train",), minimum_count=2),
    read=None,
    completed_by=_completed,
)
