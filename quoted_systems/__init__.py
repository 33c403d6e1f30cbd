"""Stage 3b: the systems whose numbers Table 3 quotes from other papers, trained here on the same splits.

They are no methods of the paper: they share neither its network nor its perturbation, only its corpora and what is
counted.  A run of one is a run folder like any other, so that tables, differences and the report read it as they read a
method's.
"""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
