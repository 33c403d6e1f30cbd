"""DBpedia (Zhang et al. 2015): titles and abstracts of Wikipedia articles on things of 14 kinds.

``train.csv`` and ``test.csv`` hold a row a line: the class from 1 to 14, the title and the abstract, both in double quotes,
in which a double quote is written twice.
"""
import collections
import csv

from core.errors import UserError
from data_prep import text
from data_prep.corpora.elec import decoded_line, split_off_a_tenth
from data_prep.description import CorpusDescription, Document
from data_prep.downloads import DBPEDIA
from data_prep.writer import VocabularyRule

CLASSES = ("Company", "EducationalInstitution", "Artist", "Athlete", "OfficeHolder", "MeanOfTransportation", "Building",
           "NaturalPlace", "Village", "Animal", "Plant", "Album", "Film", "WrittenWork")
LABELS = {str(label + 1): label for label in range(len(CLASSES))}
MEMBERS = r"(?:train|test)\.csv"
COLUMNS = ("class", "title", "abstract")
# Characters of a row: the official ones are far shorter, and the csv module takes fields of this length without being told.
LONGEST = 1 << 17


def read(sources, seed, notes):
    """Yield title and abstract of the articles; a tenth of the training set, drawn at random, is for development.

    The files are read twice: how many articles are drawn depends on how many there are.
    """
    source = sources[0]
    splits = split_off_a_tenth(lines_of_each(source)["train"], seed, "split of dbpedia")
    for name, stream in source.streams(MEMBERS):
        part, place = _part(name), f"{source.name}: {name}"
        for number, line in enumerate(stream, 1):
            where = f"{place}, line {number}"
            label, content = article(decoded_line(line, where), where)
            yield Document(splits[number - 1] if part == "train" else part, content, label, where, number)


def lines_of_each(source):
    """How many lines ``train.csv`` and ``test.csv`` have (dict of str to int).

    Raises:
        UserError: one of them is missing or there twice.
    """
    names, lines = collections.defaultdict(list), {}
    for name, stream in source.streams(MEMBERS):
        names[_part(name)].append(name)
        lines[_part(name)] = sum(1 for _ in stream)
    for part in ("train", "test"):
        if len(names[part]) != 1:
            there = f"several found: {', '.join(names[part])}" if names[part] else "none found"
            raise UserError(f"{source.name}: one file {part}.csv expected, {there}")
    return lines


def article(line, where):
    """Class and text of one row.

    Every line is read for itself, since the official files have no line ends inside a row: so a missing quote cannot
    swallow the rows behind it.

    Args:
        line (str)
        where (str): file and line, for the message.

    Returns:
        (int, str): label from 0 on; title, blank and abstract.

    Raises:
        UserError: the line is no such row.
    """
    if len(line) > LONGEST:
        raise UserError(f"{where}: a row of {len(line):,} characters; {LONGEST:,} at most expected, so line ends are missing")
    try:
        row = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise UserError(f"{where}: not {', '.join(COLUMNS)} with double quotes around the texts ({error})") from None
    if len(row) != len(COLUMNS):
        raise UserError(f"{where}: three columns expected ({', '.join(COLUMNS)}), {len(row)} found")
    if row[0] not in LABELS:
        raise UserError(f"{where}: class {row[0][:20]!r} is not a number from 1 to {len(CLASSES)}")
    return LABELS[row[0]], f"{row[1]} {row[2]}"


def _part(name):
    return name.rpartition("/")[2].removesuffix(".csv")


CORPUS = CorpusDescription(
    name="dbpedia",
    title="DBpedia",
    description="DBpedia titles and abstracts, 14 classes",
    task="classification",
    classes=CLASSES,
    origin="dbpedia_csv.tar.gz of Zhang et al. 2015, also as dbpedia_csv.tgz of the fast.ai data sets (archive or folder)",
    licence="Creative Commons Attribution-ShareAlike 3.0 and GNU Free Documentation License",
    tokeniser=r"title and abstract; \w+(?:['’-]\w+)*|[^\w\s] (words and punctuation marks), lower-cased",
    rule=VocabularyRule(unknown="drop", splits=("train",), minimum_documents=2),
    read=read,
    tokenise=text.lower_words_and_punctuation,
    expected={"train": 504000, "dev": 56000, "test": 70000},
    downloads=(DBPEDIA,),
    size="68 MB",
    members=MEMBERS,
    seeded=True,
)
