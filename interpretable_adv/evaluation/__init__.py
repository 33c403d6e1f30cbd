"""What the tables report, as pure functions of arrays."""

from interpretable_adv.evaluation.metrics import (
    error_rate,
    majority_class,
    majority_error_rate,
    precision_recall_f_beta,
)

__all__ = ["error_rate", "majority_class", "majority_error_rate", "precision_recall_f_beta"]
