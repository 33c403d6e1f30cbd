"""AG News (Zhang et al. 2015): titles and descriptions of news articles, four topics.  The paper does not use it."""

import functools

from data_prep import prose
from data_prep.description import CorpusDescription
from data_prep.readers import csv_rows
from data_prep.writer import VocabularyRule

CLASSES = ("World", "Sports", "Business", "Sci/Tech")

CORPUS = CorpusDescription(
    name="agnews",
    title="AG News",
    description="AG News titles and descriptions, 4 classes",
    kind="category",
    module=__name__,
    classes=CLASSES,
    origin="ag_news_csv.tar.gz of Zhang et al. 2015 (archive or folder), to which "
    "https://github.com/zhangxiangxiao/Crepe leads; it is not fetched, since no address of the file itself was tested",
    licence="for research and other non-commercial use; cite Zhang et al. 2015",
    tokeniser=r"title and description; \w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=functools.partial(
        csv_rows.read, corpus="agnews", classes=len(CLASSES), columns=("class", "title", "description")
    ),
    tokenise=prose.lower_words_and_punctuation,
    expected={"train": 108000, "dev": 12000, "test": 7600},
    members=csv_rows.MEMBERS,
    seeded=True,
)
