"""FCE-public (Yannakoudakis et al. 2011) as Rei & Yannakoudakis 2016 distribute it: which words of learners are wrong."""
from core.errors import UserError
from data_prep import text
from data_prep.description import CorpusDescription, Document
from data_prep.downloads import FCE
from data_prep.writer import VocabularyRule

CLASSES = ("c", "i")
MEMBERS = {split: rf"fce-public\.{split}\.original\.tsv" for split in ("train", "dev", "test")}


def read(sources, seed, notes):
    """Yield the sentences, lower-cased; label 1 (``i``) is an incorrect token."""
    found = sources[0].one_of_each(MEMBERS)
    for split, (place, content) in found.items():
        if not content.strip():
            raise UserError(f"{place}, line 1: no sentence; the file is empty")
        for first_line, tokens, labels in sentences(text.decode(content, place), place):
            yield Document(split, tokens, labels, f"{place}, line {first_line}")


def sentences(content, place):
    """Yield (number of the first line, tokens, labels) from ``token<TAB>c|i`` lines with blank lines between sentences.

    Raises:
        UserError: a line is not of that form; names it.
    """
    first_line, tokens, labels = 1, [], []
    for number, line in enumerate([*text.lines_of(content), ""], 1):
        if line.strip():
            token, _, label = line.partition("\t")
            if label not in CLASSES or not token.strip():
                raise UserError(f"{place}, line {number}: {line[:60]!r} is not token<TAB>c or token<TAB>i")
            tokens.append(token.lower())
            labels.append(CLASSES.index(label))
        else:
            if tokens:
                yield first_line, tokens, labels
            first_line, tokens, labels = number + 1, [], []


CORPUS = CorpusDescription(
    name="fce",
    title="FCE-public",
    description="First Certificate in English, which words are wrong",
    task="labelling",
    classes=CLASSES,
    origin="fce-public.{train,dev,test}.original.tsv of the FCE error detection dataset, iLexIR (archive or folder)",
    licence="non-commercial research and education only",
    tokeniser="tokens as distributed, lower-cased",
    rule=VocabularyRule(unknown="unk", splits=("train",), minimum_count=2),
    read=read,
    expected={"train": 28731, "dev": 2222, "test": 2720},
    downloads=(FCE,),
    size="under 1 MB",
    members="|".join(MEMBERS.values()),
)
