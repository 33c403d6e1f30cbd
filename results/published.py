"""The numbers that the paper prints (``published.toml``), as typed records.

Numbers are :class:`decimal.Decimal`, so that a table shows exactly the digits of the paper.
"""

import functools
import math
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pydantic

from data_prep.corpus import SPLITS
from iadv_foundation.console.configuration import Section
from iadv_foundation.errors import UserError

from .rows import ROWS

PAPER = "Sato et al., IJCAI 2018"
FAMILIES = ("SEC", "CAC", "GED")
Family = Literal[FAMILIES]


class Dataset(Section):
    """A row of Table 1: a data set of the paper.

    Attributes:
        name (str): its corpus here.
        title (str): its name in the paper.
        task (str): sentiment classification, category classification or grammatical error detection.
        documents (dict of str to int): split -> number of documents; a split that the data set does not have is left
            out.
        own_split (bool): the paper does not say which documents are its test set, so that ours has others.
    """

    name: str
    title: str
    task: Family
    documents: dict[Literal[SPLITS], pydantic.PositiveInt]
    own_split: bool = False


class Hyperparameter(Section):
    """A row of Table 2.

    Attributes:
        group (str): the part of the model.
        name (str)
        setting (str or None): where a run's ``config.json`` holds the value, as ``"section.key"``; None for a value
            that is built into the networks here and cannot be set.
        published (dict of str to str): task -> value as printed.
    """

    group: str
    name: str
    setting: str | None = None
    published: dict[Family, str]


class PerturbationSetting(Section):
    """A hyper-parameter of the perturbations, which stands in the paper's text and not in Table 2.

    Attributes:
        name (str): its symbol; K is the number of neighbours of a word.
        of (str): the methods it holds for, in words.
        space (str or None): space of the perturbations it holds for, see interpretable_adv.methods.Method; None for
            all.
        setting (str): where a run's ``config.json`` holds the value, as ``"section.key"``.
        published (str): value as printed.
        place (str): the paper's section.
    """

    name: str
    of: str
    space: Literal["free", "directions", None] = None
    setting: str
    published: str
    place: str


class Footnote(Section):
    """A footnote of the paper.

    Attributes:
        number (int)
        text (str): as printed.
    """

    number: int
    text: str


class Start(Section):
    """What the embeddings behind a published number start from.

    Attributes:
        vectors (str)
        said_by (str): whose statement that is.
    """

    vectors: str
    said_by: str


class Row(Section):
    """A row of Tables 3 to 6.

    Attributes:
        title (str): the method's name.
        method (str or None): the method's name here; None for one that is not implemented here.
        quoted (str or None): the paper that the number is quoted from; None for the paper's own.
        note (str or None): what is known of the published number from elsewhere.
        dagger (bool): marked in the paper as semi-supervised.
        bold (bool): the paper prints the numbers in bold face.
        published (tuple of decimal.Decimal): percent, one for each data set of the table; empty for a row of ours.
    """

    title: str
    method: str | None = None
    quoted: str | None = None
    note: str | None = None
    dagger: bool = False
    bold: bool = False
    published: tuple[Decimal, ...] = ()


class Comparison(Section):
    """One of Tables 3 to 6, or a table of ours in their form.

    Attributes:
        number (int or str): the table's number; a name, for one of ours.
        measure (str): ``"error_rate"`` or ``"f05"``: the key of the measured value in a run's ``metrics.json``.
        datasets (tuple of str): names of data sets, the columns of the paper's table; in a table of ours, of any
            corpus.
        rows (tuple of Row): in the paper's order, then those that the paper's table does not have.
        starts (dict of str to Start): method -> what the embeddings behind the published number start from, where that
            is known.
        footnotes (tuple of Footnote): of the paper, on this table.
    """

    number: int | str
    measure: Literal["error_rate", "f05"]
    datasets: tuple[str, ...]
    rows: tuple[Row, ...]
    starts: dict[str, Start] = {}
    footnotes: tuple[Footnote, ...] = ()

    @pydantic.model_validator(mode="after")
    def _one_number_for_each_dataset(self):
        for row in self.rows:
            if len(row.published) not in (0, len(self.datasets)):
                raise ValueError(
                    f"row {row.title!r} has {len(row.published)} numbers for {len(self.datasets)} data sets"
                )
            if row.method is None and row.quoted is None:
                raise ValueError(f"row {row.title!r} has neither a method nor a paper that it is quoted from")
        return self

    @property
    def methods(self):
        """The methods of its rows (list of str)."""
        return [row.method for row in self.rows if row.method]

    @property
    def in_paper(self):
        """Whether it is a table of the paper (bool)."""
        return isinstance(self.number, int)

    def published_of(self, row, dataset):
        """The number of a row on a data set (decimal.Decimal), or None."""
        return row.published[self.datasets.index(dataset)] if row.published else None

    def published(self, dataset):
        """The numbers of one column: method -> :class:`decimal.Decimal` (dict); rows without a method or number are
        left out.
        """
        return {row.method: self.published_of(row, dataset) for row in self.rows if row.method and row.published}

    def extended(self, methods):
        """The same with a row for each of these methods (iterable of str) that has none yet (Comparison)."""
        return self.model_copy(
            update={"rows": (*self.rows, *(row_of(method) for method in methods if method not in self.methods))}
        )

    def is_new(self, method, published):
        """Whether a row is marked as ours alone (bool).

        Args:
            method (str or None)
            published (decimal.Decimal, None or NaN): its number.
        """
        if not isinstance(method, str):
            return False
        return (published is None or math.isnan(published)) if self.in_paper else not ROWS[method].in_paper


def row_of(method):
    """A row without published numbers (Row) for the name of a method."""
    return Row(title=ROWS[method].title, method=method, dagger=ROWS[method].semi_supervised)


class AdversarialText(Section):
    """An example of Table 7.

    Attributes:
        task (str): sentiment classification or grammatical error detection.
        original, adversarial (str): the two sentences; ``*changed words*`` stand between asterisks.
        before, after (str): what the trained model predicts for them.
        corrections (tuple of str): of the errors in the original.
    """

    task: Family
    original: str
    adversarial: str
    before: str
    after: str
    corrections: tuple[str, ...] = ()


class Published(Section):
    """All of ``published.toml``."""

    datasets: tuple[Dataset, ...]
    hyperparameters: tuple[Hyperparameter, ...]
    perturbation: tuple[PerturbationSetting, ...]
    comparisons: tuple[Comparison, ...]
    adversarial_texts: tuple[AdversarialText, ...]

    def dataset(self, name):
        """The :class:`Dataset` called ``name``."""
        return next(dataset for dataset in self.datasets if dataset.name == name)

    def has(self, name):
        """Whether the paper has a data set called ``name`` (bool)."""
        return any(dataset.name == name for dataset in self.datasets)

    def title(self, name):
        """Title of a data set in the paper, or of another corpus its name (str)."""
        return self.dataset(name).title if self.has(name) else name

    def comparison(self, number):
        """The :class:`Comparison` that is Table ``number`` (3 to 6)."""
        return next(comparison for comparison in self.comparisons if comparison.number == number)


@functools.cache
def load():
    """Read the numbers (:class:`Published`).

    Raises:
        UserError: the file was edited, and is not what it should be.
    """
    path = Path(__file__).with_name("published.toml")
    try:
        return Published.model_validate(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place, problem = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        raise UserError(f"{path}: {place}: {problem}") from None
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
