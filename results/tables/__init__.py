"""The paper's Tables 1 to 7, one of our own on interpretability, and those of any corpus:
:class:`results.document.Document`.
"""

import dataclasses
import shlex
from pathlib import Path

from iadv_foundation.console.cli import closest

from .. import WHERE_TO_REPRODUCE
from ..comparison import table_of_corpus, table_of_paper
from ..numbers import INTERPRETABILITY, TABLES
from ..study import Study
from .adversarial import adversarial_document
from .corpora import corpora_document
from .hyperparameters import hyperparameters_document
from .methods_table import comparison_document
from .pointing_table import interpretability_document

#: Those that are not of the form of Tables 3 to 6.
_OTHERS = {
    "1": corpora_document,
    "2": hyperparameters_document,
    "7": adversarial_document,
    INTERPRETABILITY: interpretability_document,
}

#: Column of a table's unrounded numbers that says what was measured, where it is not ``n``, the number of runs.
_MEASURED = {"1": "found", "2": "runs", "7": "documents", INTERPRETABILITY: "words"}


def build(number, study):
    """Make a table from what lies under ``study.out``.

    Args:
        number (str): one of :data:`results.numbers.TABLES`.
        study (results.study.Study)

    Returns:
        results.document.Document: where nothing of it has been run, it begins with the command that does.

    Raises:
        UsageError: there is no such table.
        UserError: none of its runs can be read, or something the table needs was made with other weights than those
        that stand
            beside it.
        DamagedFileError: something the table needs cannot be read.
    """
    closest(number, TABLES, "table")
    document = (
        _OTHERS[number](study) if number in _OTHERS else comparison_document(table_of_paper(int(number), study), study)
    )
    if document.raw[_MEASURED.get(number, "n")].fillna(0).any():
        return document
    return dataclasses.replace(document, lead=_how_to_make(number, study))


def _how_to_make(number, study):
    """The command that makes what a table without any number of ours asks for, a sentence (str)."""
    target = "table7" if number == INTERPRETABILITY else f"table{number}"
    options = [
        f"--scale {study.scale}",
        f"--recipe {study.recipe}" if study.recipe != Study.recipe else "",
        f"--out {shlex.quote(str(study.out))}" if study.out != Path("out") else "",
    ]
    command = " ".join(filter(None, ["./reproduce.sh", target, *options]))
    return f"Nothing of this has been run yet. To do so: `{command}`{WHERE_TO_REPRODUCE}"


def build_for(corpus, study, methods=None):
    """Make the table of one corpus, in the form of Tables 3 to 6 (results.document.Document).

    Args, Raises: see :func:`results.comparison.table_of_corpus`.
    """
    return comparison_document(table_of_corpus(corpus, study, methods), study)
