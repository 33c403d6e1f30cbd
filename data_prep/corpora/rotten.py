"""Rotten Tomatoes review sentences (Pang & Lee 2005), with Amazon reviews as unlabelled text where the user has them."""
import html

from core.errors import UserError
from data_prep import sources as sources_module
from data_prep import text
from data_prep.description import CorpusDescription, Document
from data_prep.splitting import split_exactly
from data_prep.writer import VocabularyRule

CLASSES = ("negative", "positive")
MEMBERS = {"negative": r"rt-polarity\.neg", "positive": r"rt-polarity\.pos"}
SIZES = {"train": 8636, "dev": 960, "test": 1066}
PER_CLASS = 5331
SNAP_FIELD = b"review/text:"


def read(sources, seed, notes):
    """Yield the sentences: negative ones first, each class in the order of its file."""
    found = sources[0].one_of_each(MEMBERS)
    rows = []
    for label, name in enumerate(CLASSES):
        place, content = found[name]
        lines = text.lines_of(text.decode(content, place, ("utf-8", "cp1252")))
        if len(lines) != PER_CLASS:
            raise UserError(f"{place}: {PER_CLASS:,} sentences expected, {len(lines):,} found")
        rows.extend((line, label, f"{place}, line {number}") for number, line in enumerate(lines, 1))
    for split, (line, label, place) in zip(split_exactly(len(rows), SIZES, seed, "split of rotten"), rows, strict=True):
        yield Document(split, line.lower().split(), label, place)


def read_unlabeled(path, notes):
    """Yield reviews from SNAP's ``review/text:`` blocks or from lines ``domain<TAB>split<TAB>label<TAB>text``.

    SNAP's file is Latin-1 in places, so a line that is not UTF-8 is read as that.

    Raises:
        UserError: neither form, or a malformed line; names it.
    """
    is_table = None
    for number, line in sources_module.text_lines(path):
        if not line.strip():
            continue
        if is_table is None:
            is_table = line.count(b"\t") == 3
            if not is_table and b": " not in line:
                raise UserError(f"{path}, line {number}: neither a SNAP review block (review/text: ...) nor four columns")
        if is_table:
            if line.count(b"\t") != 3:
                raise UserError(f"{path}, line {number}: four columns expected, {line.count(bytes([9])) + 1} found")
            review = line.rpartition(b"\t")[2]
        elif line.startswith(SNAP_FIELD):
            review = line[len(SNAP_FIELD):]
        else:
            continue
        yield Document("unlabeled", _review_tokens(review), None, f"{path}, line {number}")


def _review_tokens(review):
    """Raw review to tokens like those of the labelled sentences: lower case, punctuation apart, no mark-up."""
    try:
        content = review.decode("utf-8")
    except UnicodeDecodeError:
        content = review.decode("latin-1")
    return text.words_and_punctuation(html.unescape(content).replace("<br />", " ").lower())


CORPUS = CorpusDescription(
    name="rotten",
    title="Rotten Tomatoes",
    description="Rotten Tomatoes review sentences, positive or negative",
    task="classification",
    classes=CLASSES,
    origin="rt-polaritydata.tar.gz of Cornell's movie review data, sentence polarity v1.0 (archive or folder)",
    licence="free for research; cite Pang & Lee 2005",
    tokeniser="at white space, as distributed; lower-cased; unlabelled: words and punctuation marks",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=read,
    expected={**SIZES, "unlabeled": 7911684},
    members="|".join(MEMBERS.values()),
    seeded=True,
    read_unlabeled=read_unlabeled,
)
