"""The paper's Tables 1 to 6, each one a :class:`results.document.Document`."""
from core.cli import closest
from results.published import load
from results.tables.comparisons import comparison_document
from results.tables.corpora import corpora_document
from results.tables.hyperparameters import hyperparameters_document

NUMBERS = tuple(str(number) for number in range(1, 7))


def build(number, setting):
    """Make a table from what lies under ``setting.out``.

    Args:
        number (str): one of :data:`NUMBERS`.
        setting (results.setting.Setting)

    Returns:
        results.document.Document

    Raises:
        UsageError: there is no such table.
        DamagedFileError: something the table needs cannot be read.
    """
    closest(number, NUMBERS, "table")
    if number == "1":
        return corpora_document(setting)
    if number == "2":
        return hyperparameters_document(setting)
    return comparison_document(load().comparison(int(number)), setting)
