"""``out/sanity/<corpus>/metrics.json``: what the linear and the trivial model reached."""

from typing import Annotated, Literal

import pydantic

from ..runs import Percent, read_metrics

ROW_TITLES = {
    "error_rate": ("TF-IDF + logistic regression (sanity check)", "Majority class (sanity check)"),
    "f05": ("Word window + logistic regression (sanity check)", "Every word an error (sanity check)"),
}


class Measured(pydantic.BaseModel):
    """A number in percent with its 95 % interval, which comes from the size of the test set."""

    model_config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)

    value: Percent
    low: Percent
    high: Percent


class SanityRecord(pydantic.BaseModel):
    """The whole file.

    Attributes:
        corpus (str)
        corpus_sha256 (str): digest of the prepared corpus that it was measured on.
        corpus_complete (bool): whether that corpus has the paper's counts.
        task (str): ``"classification"`` or ``"labelling"``.
        system (str): name of the linear model.
        description (str): what it sees and what was chosen on dev, one line.
        chosen (dict of str to float): what was chosen on dev.
        test_documents (int)
        dev, test (dict of str to float): scores, named as in a run's ``metrics.json``.
        interval (str): kind of the intervals in ``rows``.
        rows (list of Measured): the linear model's and the trivial one's error rate or F0.5 on test.
    """

    model_config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False)

    corpus: str
    corpus_sha256: str
    corpus_complete: bool
    task: Literal["classification", "labelling"]
    system: str
    description: str
    chosen: dict[str, float]
    test_documents: pydantic.PositiveInt
    dev: dict[str, float]
    test: dict[str, float]
    interval: str
    rows: Annotated[list[Measured], pydantic.Field(min_length=2, max_length=2)]


def sanity_folder(out, corpus):
    """Where the sanity record of a corpus stands (pathlib.Path)."""
    return out / "sanity" / corpus


def read_sanity(out, corpus):
    """Read the :class:`SanityRecord` of a corpus; None where there is none.

    Raises:
        DamagedFileError: it cannot be read.
    """
    folder = sanity_folder(out, corpus)
    return read_metrics(folder, SanityRecord) if (folder / "metrics.json").is_file() else None
