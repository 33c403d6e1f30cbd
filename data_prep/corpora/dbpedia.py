"""DBpedia (Zhang et al. 2015): titles and abstracts of Wikipedia articles on things of 14 kinds."""

import functools

from data_prep import prose
from data_prep.description import CorpusDescription
from data_prep.downloads import Download
from data_prep.readers import csv_rows
from data_prep.writer import VocabularyRule

# Hugging Face datasets, dbpedia_14/dataset_infos.json.  Both addresses are the same file in the same store.
ARCHIVE = Download(
    "dbpedia_csv.tgz",
    ("https://s3.amazonaws.com/fast-ai-nlp/dbpedia_csv.tgz", "https://fast-ai-nlp.s3.amazonaws.com/dbpedia_csv.tgz"),
    "42db5221ddedddb673a4cabcc5f3a7d869714c878bcfe4ba94b29d14aa38e417",
    68341743,
    "fetch it by hand from https://course.fast.ai/datasets (or dbpedia_csv.tar.gz, to which "
    "https://github.com/zhangxiangxiao/Crepe leads) and give it as --source",
)
CLASSES = (
    "Company",
    "EducationalInstitution",
    "Artist",
    "Athlete",
    "OfficeHolder",
    "MeanOfTransportation",
    "Building",
    "NaturalPlace",
    "Village",
    "Animal",
    "Plant",
    "Album",
    "Film",
    "WrittenWork",
)

CORPUS = CorpusDescription(
    name="dbpedia",
    title="DBpedia",
    description="DBpedia titles and abstracts, 14 classes",
    kind="category",
    module=__name__,
    in_paper=True,
    classes=CLASSES,
    origin=(
        "dbpedia_csv.tar.gz of Zhang et al. 2015, also as dbpedia_csv.tgz of the fast.ai data sets (archive or folder)"
    ),
    licence="Creative Commons Attribution-ShareAlike 3.0 and GNU Free Documentation License",
    tokeniser=r"title and abstract; \w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=functools.partial(
        csv_rows.read, corpus="dbpedia", classes=len(CLASSES), columns=("class", "title", "abstract")
    ),
    tokenise=prose.lower_words_and_punctuation,
    expected={"train": 504000, "dev": 56000, "test": 70000},
    downloads=(ARCHIVE,),
    size="68 MB",
    members=csv_rows.MEMBERS,
    seeded=True,
)
