"""IMDB film reviews (Maas et al. 2011): positive or negative, with 50,000 unlabelled ones."""

import re

from data_prep import prose
from data_prep.description import CorpusDescription, Document
from data_prep.downloads import Download
from data_prep.readers.decoding import decode
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

# The SHA-256 and the size: TensorFlow Datasets, imdb_reviews/checksums.tsv; Hugging Face datasets,
# imdb/dataset_infos.json.  The mirror is that of "Dive into Deep Learning", which states one SHA-1 for both addresses.
ARCHIVE = Download(
    "aclImdb_v1.tar.gz",
    (
        "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        "http://d2l-data.s3-accelerate.amazonaws.com/aclImdb_v1.tar.gz",
    ),
    "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    84125825,
    "fetch it by hand from https://ai.stanford.edu/~amaas/data/sentiment and give it as --source",
)
MEMBERS = r"(?:train|test)/\w+/\d+_\d+\.txt"
FOLDERS = {"train": ("pos", "neg", "unsup"), "test": ("pos", "neg")}
CLASSES = ("negative", "positive")
# The released code keeps the reviews from these ids on for development.
FIRST_DEV_ID = {"pos": 10621, "neg": 10625}


def read(sources, seed, notes):
    """Yield the reviews; they are ordered by class and id, whatever the order in the archive."""
    for name, content in sources[0].members(MEMBERS):
        place = f"{sources[0].name}: {name}"
        part, folder, number = re.search(r"(train|test)/(\w+)/(\d+)_\d+\.txt$", name).groups()
        number = int(number)
        if folder not in FOLDERS[part]:
            raise UserError(f"{place}: {folder} is none of the folders of {part}: {', '.join(FOLDERS[part])}")
        text = decode(content, place)
        if folder == "unsup":
            yield Document("unlabeled", text, None, place, number)
            continue
        label = CLASSES.index("positive" if folder == "pos" else "negative")
        split = "dev" if part == "train" and number >= FIRST_DEV_ID[folder] else part
        yield Document(split, text, label, place, label * 10**9 + number)


CORPUS = CorpusDescription(
    name="imdb",
    title="IMDB",
    description="IMDB film reviews, positive or negative",
    kind="sentiment",
    module=__name__,
    in_paper=True,
    classes=CLASSES,
    origin="aclImdb_v1.tar.gz of the Large Movie Review Dataset, Stanford AI Lab (or its extracted folder)",
    licence="free for research; cite Maas et al. 2011",
    tokeniser=r"re.split(r'\W+'), case kept",
    rule=VocabularyRule(unknown="drop", splits=("train", "unlabeled"), minimum_documents=2),
    read=read,
    tokenise=prose.split_at_non_words,
    expected={"train": 21246, "dev": 3754, "test": 25000, "unlabeled": 50000},
    downloads=(ARCHIVE,),
    size="80 MB",
    members=MEMBERS,
)
