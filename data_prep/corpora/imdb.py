"""IMDB film reviews (Maas et al. 2011): positive or negative, with 50,000 unlabelled ones."""
import re

from core.errors import UserError
from data_prep import text
from data_prep.description import CorpusDescription, Document
from data_prep.downloads import IMDB
from data_prep.writer import VocabularyRule

MEMBERS = r"(?:train|test)/\w+/\d+_\d+\.txt"
KINDS = {"train": ("pos", "neg", "unsup"), "test": ("pos", "neg")}
CLASSES = ("negative", "positive")
# The released code keeps the reviews from these ids on for development.
FIRST_DEV_ID = {"pos": 10621, "neg": 10625}


def read(sources, seed, notes):
    """Yield the reviews; they are ordered by class and id, whatever the order in the archive."""
    for name, content in sources[0].members(MEMBERS):
        place = f"{sources[0].name}: {name}"
        part, kind, number = re.search(r"(train|test)/(\w+)/(\d+)_\d+\.txt$", name).groups()
        number = int(number)
        if kind not in KINDS[part]:
            raise UserError(f"{place}: {kind} is none of the folders of {part}: {', '.join(KINDS[part])}")
        content = text.decode(content, place)
        if kind == "unsup":
            yield Document("unlabeled", content, None, place, number)
            continue
        label = CLASSES.index("positive" if kind == "pos" else "negative")
        split = "dev" if part == "train" and number >= FIRST_DEV_ID[kind] else part
        yield Document(split, content, label, place, label * 10**9 + number)


CORPUS = CorpusDescription(
    name="imdb",
    title="IMDB",
    description="IMDB film reviews, positive or negative",
    task="classification",
    classes=CLASSES,
    origin="aclImdb_v1.tar.gz of the Large Movie Review Dataset, Stanford AI Lab (or its extracted folder)",
    licence="free for research; cite Maas et al. 2011",
    tokeniser=r"re.split(r'\W+'), case kept",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=read,
    tokenise=text.split_at_non_words,
    expected={"train": 21246, "dev": 3754, "test": 25000, "unlabeled": 50000},
    downloads=(IMDB,),
    size="80 MB",
    members=MEMBERS,
)
