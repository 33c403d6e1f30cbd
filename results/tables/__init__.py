"""The paper's Tables 1 to 7, and one of our own on interpretability, each one a :class:`results.document.Document`."""
from foundation.console.cli import closest
from results.published import load
from results.tables.adversarial import adversarial_document
from results.tables.comparisons import comparison_document
from results.tables.corpora import corpora_document
from results.tables.hyperparameters import hyperparameters_document
from results.tables.interpretability import interpretability_document

NUMBERS = (*(str(number) for number in range(1, 8)), "interpretability")
#: Those that are not of the form of Tables 3 to 6.
_OTHERS = {"1": corpora_document, "2": hyperparameters_document, "7": adversarial_document,
           "interpretability": interpretability_document}


def build(number, setting):
    """Make a table from what lies under ``setting.out``.

    Args:
        number (str): one of :data:`NUMBERS`.
        setting (results.setting.Setting)

    Returns:
        results.document.Document

    Raises:
        UsageError: there is no such table.
        UserError: something the table needs was made with other weights than those that stand beside it.
        DamagedFileError: something the table needs cannot be read.
    """
    closest(number, NUMBERS, "table")
    if number in _OTHERS:
        return _OTHERS[number](setting)
    return comparison_document(load().comparison(int(number)), setting)
