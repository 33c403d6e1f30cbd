"""The paper's Tables 1 to 7, one of our own on interpretability, and those of any corpus:
:class:`results.document.Document`.
"""
from foundation.console.cli import closest
from results.comparison import table_of_corpus, table_of_paper
from results.tables.adversarial import adversarial_document
from results.tables.methods_table import comparison_document
from results.tables.corpora import corpora_document
from results.tables.hyperparameters import hyperparameters_document
from results.tables.pointing_table import interpretability_document

NUMBERS = (*(str(number) for number in range(1, 8)), "interpretability")
#: Those that are not of the form of Tables 3 to 6.
_OTHERS = {"1": corpora_document, "2": hyperparameters_document, "7": adversarial_document,
           "interpretability": interpretability_document}


def build(number, study):
    """Make a table from what lies under ``study.out``.

    Args:
        number (str): one of :data:`NUMBERS`.
        study (results.study.Study)

    Returns:
        results.document.Document

    Raises:
        UsageError: there is no such table.
        UserError: none of its runs can be read, or something the table needs was made with other weights than those
        that stand
            beside it.
        DamagedFileError: something the table needs cannot be read.
    """
    closest(number, NUMBERS, "table")
    if number in _OTHERS:
        return _OTHERS[number](study)
    return comparison_document(table_of_paper(int(number), study), study)


def build_for(corpus, study, methods=None):
    """Make the table of one corpus, in the form of Tables 3 to 6 (results.document.Document).

    Args, Raises: see :func:`results.comparison.table_of_corpus`.
    """
    return comparison_document(table_of_corpus(corpus, study, methods), study)
