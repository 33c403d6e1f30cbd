"""The rows of Tables 3 to 6: points of one small cube, divergence x space x choice, and networks quoted from other papers."""
import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Method:
    """One way of training.

    Attributes:
        name (str): as the command line and the run folders spell it.
        title (str): as the tables print it.
        divergence (str): what the perturbation is to increase, and on which text: ``"cross_entropy"`` on labelled text
            (AdvT family, Eq. 8 and 15), ``"kl"`` on labelled and unlabelled text (VAT family, Eq. 18 and 22); None for no
            perturbation.
        space (str): ``"free"``, any vector for each word (Eq. 7-9), or ``"directions"``, a combination of the directions to
            the nearest words (Eq. 11-13).
        choice (str): how the point of the space is chosen, see :mod:`interpretable_adv.perturbation.choices`.
        layer (str or None): name of a file in ``configs/rows`` with settings of the method's own, for a network that the paper
            quotes from another paper; None for the paper's methods, which share all settings.
    """

    name: str
    title: str
    divergence: Literal["cross_entropy", "kl", None] = None
    space: Literal["free", "directions", None] = None
    choice: Literal["gradient", "random", "rand", "best", None] = None
    layer: str | None = None

    @property
    def semi_supervised(self):
        """Whether the method also learns from unlabelled text (bool)."""
        return self.divergence == "kl"

    @property
    def needs_gradient(self):
        """Whether the choice follows the gradient of the divergence (bool); the others only draw at random."""
        return self.choice in ("gradient", "best")


METHODS = {method.name: method for method in (
    Method("baseline", "Baseline"),
    Method("random", "Random Perturbation (Labeled)", "cross_entropy", "free", "random"),
    Method("iadvt-rand", "iAdvT-Rand", "cross_entropy", "directions", "rand"),
    Method("iadvt-best", "iAdvT-Best", "cross_entropy", "directions", "best"),
    Method("advt", "AdvT-Text", "cross_entropy", "free", "gradient"),
    Method("iadvt", "iAdvT-Text", "cross_entropy", "directions", "gradient"),
    Method("random-semi", "Random Perturbation (Labeled + Unlabeled)", "kl", "free", "random"),
    Method("ivat-rand", "iVAT-Rand", "kl", "directions", "rand"),
    Method("ivat-best", "iVAT-Best", "kl", "directions", "best"),
    Method("vat", "VAT-Text", "kl", "free", "gradient"),
    Method("ivat", "iVAT-Text", "kl", "directions", "gradient"),
    Method("bilstm-skipgram", "BiLSTM w/ Skipgram", layer="bilstm-skipgram"),
    Method("bilstm-gwe", "BiLSTM w/ GWE", layer="bilstm-gwe"),
)}
