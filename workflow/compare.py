"""What the target ``compare`` is asked for: a corpus, and the methods that stand in its table."""

from data_prep.corpora import CORPORA, named
from iadv_foundation.errors import UsageError
from results.cli import method_names
from results.published import load
from results.rows import ROWS
from workflow.plan import COMPARE


def compared(arguments):
    """Corpus and methods of the target ``compare`` (dict), for :class:`workflow.plan.Plan`; of others none.

    Raises:
        UsageError: it has no corpus, an unknown one or unknown methods, or another target has any.
    """
    if arguments.target != COMPARE:
        if arguments.corpus is not None or arguments.methods is not None:
            raise UsageError(
                f"{arguments.target} takes no corpus and no --methods: ./reproduce.sh {COMPARE} CORPUS --methods M,M"
            )
        return {}
    if arguments.corpus is None:
        raise UsageError(
            f"{COMPARE} needs a corpus: ./reproduce.sh {COMPARE} CORPUS; choose from: "
            f"{', '.join(CORPORA)}, text-NAME, tags-NAME"
        )
    return {"corpus": named(arguments.corpus).name, "methods": chosen_methods(arguments.methods)}


def chosen_methods(text):
    """The methods of the target ``compare`` (tuple of str).

    Args:
        text (str or None): names with commas between; None for those that are rows of all of the paper's tables.

    Raises:
        UsageError: there is none, or one that does not exist.
    """
    if text is not None:
        return tuple(method_names(text))
    rows = [set(comparison.methods) for comparison in load().comparisons]
    return tuple(method for method in ROWS if all(method in methods for methods in rows))
