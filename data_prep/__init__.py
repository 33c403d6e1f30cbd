"""Stage 1: from published text to ids on disk.

:mod:`data_prep.corpus` reads a prepared corpus and is all that the later stages need from here.
"""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
