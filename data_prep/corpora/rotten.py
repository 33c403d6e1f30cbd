"""Rotten Tomatoes review sentences (Pang & Lee 2005), with Amazon reviews as unlabelled text where the user has them.

The paper takes unlabelled examples from SNAP's Amazon reviews and counts 7,911,684 of them in Table 1.  That is the
number of reviews in SNAP's ``movies.txt.gz``; but as the labelled text is sentences, it is read here as a number of
sentences: reviews are split into sentences, and so many are taken at most, which a part of the file has already.
"""

import html
import re

from data_prep import prose
from data_prep import sources as sources_module
from data_prep.description import CorpusDescription, Document
from data_prep.downloads import Download
from data_prep.readers.decoding import decode, lines_of
from data_prep.splitting import split_exactly
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

# Hugging Face datasets, rotten_tomatoes/dataset_infos.json, for the second address.
ARCHIVE = Download(
    "rt-polaritydata.tar.gz",
    (
        "https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz",
        "https://storage.googleapis.com/seldon-datasets/sentence_polarity_v1/rt-polaritydata.tar.gz",
    ),
    "a05befe52aafda71d458d188a1c54506a998b1308613ba76bbda2e5029409ce9",
    487770,
    "fetch it by hand from https://www.cs.cornell.edu/people/pabo/movie-review-data and give it as --source",
)
# No SHA-256 is published; the size stands in programs that read the file.
SNAP_MOVIES = Download(
    "movies.txt.gz",
    ("https://snap.stanford.edu/data/movies.txt.gz",),
    None,
    3321791660,
    "fetch it by hand from https://snap.stanford.edu/data/web-Movies.html and give it as --unlabeled",
)
CLASSES = ("negative", "positive")
MEMBERS = {"negative": r"rt-polarity\.neg", "positive": r"rt-polarity\.pos"}
SIZES = {"train": 8636, "dev": 960, "test": 1066}
PER_CLASS = 5331
UNLABELED = 7911684
SNAP_FIELD = b"review/text:"
# In a review that was tokenised before, marks stand by themselves.
_MARK = re.compile(r"(?<=\s[.!?])\s+(?![.!?])")


def read(sources, seed, notes):
    """Yield the sentences: negative ones first, each class in the order of its file."""
    found = sources[0].one_of_each(MEMBERS)
    rows = []
    for label, name in enumerate(CLASSES):
        place, content = found[name]
        lines = lines_of(decode(content, place, ("utf-8", "cp1252")))
        if not lines:
            raise UserError(f"{place}, line 1: no sentence; the file is empty")
        if len(lines) > PER_CLASS:
            raise UserError(f"{place}: {PER_CLASS:,} sentences at most expected, {len(lines):,} found")
        rows.extend((line, label, f"{place}, line {number}") for number, line in enumerate(lines, 1))
    splits = split_exactly(len(rows), sizes_of(len(rows)), seed, "split of rotten")
    for split, (line, label, place) in zip(splits, rows, strict=True):
        yield Document(split, line, label, place)


def sizes_of(number):
    """Sentences of each split among ``number`` (dict of str to int): those of Table 1, or in proportion to them."""
    dev, test = (round(number * SIZES[split] / sum(SIZES.values())) for split in ("dev", "test"))
    return {"train": number - dev - test, "dev": dev, "test": test}


def tokenise(sentence):
    """Tokens of a labelled sentence, which is distributed with blanks between them."""
    return sentence.lower().split()


def read_unlabeled(path, notes):
    """Yield reviews from SNAP's ``review/text:`` blocks or from lines ``domain<TAB>split<TAB>label<TAB>text``.

    SNAP's file is Latin-1 in places, so a line that is not UTF-8 is read as that.

    Raises:
        UserError: neither form, a malformed line, or no review at all; names the file and the line.
    """
    is_table, reviews = None, 0
    for number, line in sources_module.text_lines(path):
        if not line.strip():
            continue
        if is_table is None:
            is_table = line.count(b"\t") == 3
            if not is_table and b": " not in line:
                raise UserError(
                    f"{path}, line {number}: neither a SNAP review block (review/text: ...) nor four columns"
                )
        if is_table:
            if line.count(b"\t") != 3:
                raise UserError(f"{path}, line {number}: four columns expected, {line.count(bytes([9])) + 1} found")
            review = line.rpartition(b"\t")[2]
        elif line.startswith(SNAP_FIELD):
            review = line[len(SNAP_FIELD) :]
        else:
            continue
        reviews += 1
        yield Document("unlabeled", _decoded(review), None, f"{path}, line {number}")
    if not reviews:
        raise UserError(f"{path}: no review in it (no line begins with review/text:)")


def _decoded(review):
    try:
        return review.decode("utf-8")
    except UnicodeDecodeError:
        return review.decode("latin-1")


def tokenise_unlabeled(review):
    """Tokens of each sentence of a review, like those of the labelled sentences:
    lower case, punctuation apart, no mark-up.

    Args:
        review (str): as distributed, with ``<br />`` and entities.

    Returns:
        list of list of str: one for each sentence; of an empty review, one without tokens.
    """
    plain = html.unescape(review).replace("<br />", " ").strip()
    sentences = _MARK.split(plain) if plain == plain.lower() else prose.sentences_of(plain)
    return [prose.lower_words_and_punctuation(sentence) for sentence in sentences]


CORPUS = CorpusDescription(
    name="rotten",
    title="Rotten Tomatoes",
    description="Rotten Tomatoes review sentences, positive or negative",
    kind="sentiment",
    module=__name__,
    in_paper=True,
    classes=CLASSES,
    origin="rt-polaritydata.tar.gz of Cornell's movie review data, sentence polarity v1.0 (archive or folder)",
    licence="free for research; cite Pang & Lee 2005",
    tokeniser="at white space, as distributed; lower-cased; unlabelled: sentences, words and punctuation marks",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=read,
    tokenise=tokenise,
    expected={**SIZES, "unlabeled": UNLABELED},
    downloads=(ARCHIVE,),
    size="0.5 MB; unlabelled: 3.3 GB",
    members="|".join(MEMBERS.values()),
    seeded=True,
    read_unlabeled=read_unlabeled,
    unlabeled_download=SNAP_MOVIES,
    tokenise_unlabeled=tokenise_unlabeled,
)
