"""A miniature of Zhang et al.'s dbpedia_csv.tar.gz: the class without quotes, title and abstract in them,
LF at the ends.
"""

COUNTS = {"train": 38, "dev": 4, "test": 14}
NAMES = [
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
]


def row(number, title, abstract):
    """A line; the official abstracts begin with a blank."""
    quoted = (text.replace('"', '""') for text in (title, f" {abstract}"))
    return '{},"{}","{}"\n'.format(number, *quoted).encode()


TITLE, ABSTRACT = 'TY KU "Sake"', 'TY KU /ta\u026aku\u02d0/ isn\'t C:\\new, "caf\u00e9" it\u2014is \u5c71\u6771.'
TOKENS = [
    "ty",
    "ku",
    '"',
    "sake",
    '"',
    "ty",
    "ku",
    "/",
    "taɪkuː",
    "/",
    "isn't",
    "c",
    ":",
    "\\",
    "new",
    ",",
    '"',
    "café",
    '"',
    "it",
    "—",
    "is",
    "山東",
    ".",
]


def dbpedia(each=3):
    """File name -> content: ``each`` training rows and one test row of every class, all of the same words."""
    numbers = range(1, len(NAMES) + 1)
    return {
        "dbpedia_csv/classes.txt": "".join(f"{name}\n" for name in NAMES).encode(),
        "dbpedia_csv/readme.txt": b"DBPedia Ontology Classification Dataset",
        "dbpedia_csv/train.csv": b"".join(row(number, TITLE, ABSTRACT) for number in numbers for _ in range(each)),
        "dbpedia_csv/test.csv": b"".join(row(number, TITLE, ABSTRACT) for number in numbers),
    }
