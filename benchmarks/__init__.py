"""How fast this project is: against stock Chainer, PyTorch and the machine's own matrix-product rate."""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
