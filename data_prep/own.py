"""What the two forms of a user's own corpora share: their names, what the user may choose, the drawn splits.

They are ``text``, documents with one label each (:mod:`data_prep.corpora.user_text`), and ``tags``, sentences with a
label for each token (:mod:`data_prep.corpora.user_tags`).  A corpus is called that or, as there may be several,
``text-NAME``.
"""

import dataclasses
import re

from data_prep.splitting import split_exactly
from iadv_foundation.errors import UsageError, UserError

FORMS = ("text", "tags")
LICENCE = "your own text"
SHARE = 0.1
FEWEST_TO_SPLIT = 10
#: What to do about text of which :func:`data_prep.any_script.lacks_blanks` is true.
SEGMENT = "put blanks between the words first, with a program that segments such text"
#: What the readers count -> the line in which the user is told (``{}``: how many).
NOTES = {
    "empty_rows": "{} empty rows were left out",
    "repeated_headers": "{} rows that repeat the header were left out",
    "ends_of_rows": "{} rows have more delimiters at their end than the first row, with nothing behind them: left out",
    "headers": "{} header lines were left out",
    "document_starts": "{} lines -DOCSTART- were left out",
    "tokens_cleaned": "{} tokens had white space around them, invisible characters in them, or marks apart from their "
    "letters (not Unicode's NFC): all this was mended",
    "labels_spelt_otherwise": "{} labels differ from the name of their class in invisible characters, Unicode's form, "
    "or as 1 and 1.0 do: they were read as that class",
    "documents_with_html": (
        "{} documents hold tags or entities of HTML, which were read as they stand; --html takes them out"
    ),
    "documents_without_blanks": "{} documents are in a script that writes no blanks between words (Chinese, Japanese, "
    f"Thai): all that stands between two punctuation marks was read as one word; {SEGMENT}",
    "rare_labels_moved_to_train": "{} documents whose label train would not have had were moved there",
}
#: The words in which some programs write the labels 0 and 1.
_TRUTH = {"false": "0", "true": "1"}
#: A class with such a name is likely to be a value that was missing.
_MISSING = {"nan", "null", "none", "na", "n/a", "#n/a", "nil", "inf", "-inf", "infinity", "-infinity", "undefined", "?"}
_NAME = r"[a-z0-9]+(?:-[a-z0-9]+)*"


@dataclasses.dataclass(frozen=True)
class Choices:
    """What a user may say of a corpus besides its source.

    Attributes:
        dev, test (path or None): files of their own; without them, a seeded tenth of the source each.
        unlabeled (path or None): unlabelled documents, a table or one in each line (``text``).
        text_column, label_column (str or None): names, or numbers from 1 where the tables have no header (``text``).
        minimum_documents (int): of the training and unlabelled text, in which a word must occur (``text``).
        minimum_count (int): how often a word must occur in the training sentences (``tags``).
        positive (str or None): the label that is to be found (``tags``).
        digits_to_zero (bool): every digit becomes a 0 (``tags``).
        keep_case (bool): tell upper from lower case.
        delimiter (str or None): what separates the columns of CSV; None to find it out (``text``).
        html (bool): take tags out of the texts and resolve their entities (``text``).
        rare_classes (bool): take a class of a single document, or a label of a single token.
    """

    dev: str | None = None
    test: str | None = None
    unlabeled: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    minimum_documents: int = 2
    minimum_count: int = 2
    positive: str | None = None
    digits_to_zero: bool = False
    keep_case: bool = False
    delimiter: str | None = None
    html: bool = False
    rare_classes: bool = False

    def files(self, source):
        """Split -> path, of the files that are given; ``train`` is the source (dict)."""
        given = {"train": source, "dev": self.dev, "test": self.test, "unlabeled": self.unlabeled}
        return {split: path for split, path in given.items() if path is not None}

    @property
    def drawn(self):
        """The splits that the seed takes out of the source (tuple of str)."""
        return tuple(split for split in ("test", "dev") if getattr(self, split) is None)


def suspicious(classes):
    """Yield lines on classes (sequence of str) that may not be meant: names of missing values, what differs in case,
    and truth values that are words here and numbers there.
    """
    for name in classes:
        if name.casefold() in _MISSING:
            yield f"the class {name!r} looks like a missing label"
    by_letters = {}
    for name in classes:
        by_letters.setdefault(name.casefold(), []).append(name)
    for names in by_letters.values():
        if len(names) > 1:
            yield f"classes that differ only in upper and lower case: {', '.join(map(repr, names))}"
    for word, number in _TRUTH.items():
        if word in by_letters and number in by_letters:
            same = f"{number!r} and {by_letters[word][0]!r}"
            yield f"the classes {same} may mean the same: write one of them in every row"


def form_of(corpus):
    """``"text"`` or ``"tags"``, of :data:`FORMS`, for the name of a user's own corpus, else None."""
    found = re.fullmatch(rf"({'|'.join(FORMS)})(?:-{_NAME})?", corpus)
    return found[1] if found else None


def full_name(corpus, name):
    """Name of the corpus for ``text --name reviews``: ``text-reviews``.

    Args:
        corpus (str): ``text``, ``tags`` or a full name.
        name (str or None): what ``--name`` says.

    Raises:
        UsageError: a name of other characters, or two names.
    """
    if name is None:
        return corpus
    if corpus not in FORMS:
        raise UsageError(f"--name {name}: {corpus} has a name already")
    if not re.fullmatch(_NAME, name):
        raise UsageError(f"--name {name!r}: write lower-case letters, digits, and hyphens between them")
    return f"{corpus}-{name}"


def splits_of(number, drawn, seed, path):
    """Split of each document of the source: a tenth of them to each of ``drawn``, the others train (list of str).

    Raises:
        UserError: there are too few to be split.
    """
    if drawn and number < FEWEST_TO_SPLIT:
        raise UserError(
            f"{path}: {number} documents are too few to be split; {FEWEST_TO_SPLIT} are needed, or --dev and --test"
        )
    sizes = {split: round(SHARE * number) for split in drawn}
    return split_exactly(number, {**sizes, "train": number - sum(sizes.values())}, seed, "split of a user's corpus")
