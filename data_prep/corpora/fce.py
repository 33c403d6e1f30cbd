"""FCE-public (Yannakoudakis et al. 2011) as Rei & Yannakoudakis 2016 distribute it: which words are wrong."""

from data_prep.description import CorpusDescription, Document
from data_prep.downloads import Download
from data_prep.readers import token_lines
from data_prep.readers.decoding import decode, lines_of
from data_prep.writer import VocabularyRule
from iadv_foundation.errors import UserError

# No SHA-256 is published.  Both addresses are the same file in the same store.
ARCHIVE = Download(
    "fce-error-detection.tar.gz",
    (
        "https://s3-eu-west-1.amazonaws.com/ilexir-website-media/fce-error-detection.tar.gz",
        "https://ilexir-website-media.s3.eu-west-1.amazonaws.com/fce-error-detection.tar.gz",
    ),
    by_hand="fetch it by hand from https://www.ilexir.co.uk/datasets/index.html and give it as --source",
)
CLASSES = ("c", "i")
MEMBERS = {split: rf"fce-public\.{split}\.original\.tsv" for split in ("train", "dev", "test")}


def read(sources, seed, notes):
    """Yield the sentences, lower-cased; label 1 (``i``) is an incorrect token."""
    found = sources[0].one_of_each(MEMBERS)
    for split, (place, content) in found.items():
        if not content.strip():
            raise UserError(f"{place}, line 1: no sentence; the file is empty")
        for first_line, tokens, labels in sentences(decode(content, place), place):
            yield Document(split, tokens, labels, f"{place}, line {first_line}")


def sentences(content, place):
    """Yield (number of the first line, tokens, labels) from ``token<TAB>c|i`` lines with blank lines between sentences.

    Raises:
        UserError: a line is not of that form; names it.
    """

    def parse(number, line):
        if not line.strip():
            return None
        token, _, label = line.partition("\t")
        if label not in CLASSES or not token.strip():
            raise UserError(f"{place}, line {number}: {line[:60]!r} is not token<TAB>c or token<TAB>i")
        return token.lower(), CLASSES.index(label)

    return token_lines.sentences(enumerate(lines_of(content), 1), parse)


CORPUS = CorpusDescription(
    name="fce",
    title="FCE-public",
    description="First Certificate in English, which words are wrong",
    kind="error-detection",
    module=__name__,
    in_paper=True,
    classes=CLASSES,
    origin="fce-public.{train,dev,test}.original.tsv of the FCE error detection dataset, iLexIR (archive or folder)",
    licence="non-commercial research and education only",
    tokeniser="tokens as distributed, lower-cased",
    rule=VocabularyRule(unknown="unk", splits=("train",), minimum_count=2),
    read=read,
    expected={"train": 28731, "dev": 2222, "test": 2720},
    downloads=(ARCHIVE,),
    size="under 1 MB",
    members="|".join(MEMBERS.values()),
)
