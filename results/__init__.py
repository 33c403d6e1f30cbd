"""Stage 4: from finished runs to the paper's tables and figures, with the published numbers beside the measured ones.

Everything here reads what the earlier stages left on disk; nothing is trained, but for the linear models of
:mod:`results.sanity`.
"""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)

#: How this package is called: ``results`` in a checkout, ``interpretable_adv.results`` where installed.  Its
#: modules import each other relatively, so that both work.
COMMAND = f"python -m {__name__}"
#: Behind the name of ``reproduce.sh``, which is not installed.
WHERE_TO_REPRODUCE = "" if __name__ == "results" else ", in a clone of the repository (the job graph is not installed)"
