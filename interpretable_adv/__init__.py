"""Stage 3, the method: models trained with adversarial perturbations in the embedding space, and what they tell."""

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
