"""The methods: points of one small cube, divergence x space x choice, and networks quoted from other papers.

The rows of Tables 3 to 6, and ideas beyond the paper.  A method is a line here; what it does follows from its place in
the cube.
"""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class Method:
    """One way of training.

    Attributes:
        name (str): as the command line and the run folders spell it.
        title (str): as the tables print it.
        divergence (str): what the perturbation is to increase, and on which text: ``"cross_entropy"`` on labelled text
            (AdvT family, Eq. 8 and 15), ``"kl"`` on labelled and unlabelled text (VAT family, Eq. 18 and 22); None for
            no perturbation.
        space (str): ``"free"``, any vector for each word (Eq. 7-9), or ``"directions"``, a combination of the
            directions to the nearest words (Eq. 11-13).
        choice (str): how the point of the space is chosen, a file of :mod:`interpretable_adv.perturbation.choices`.
        layer (str or None): name of a file in ``configs/rows`` with settings of the method's own, for a network that
            the paper quotes from another paper; None for methods that share all settings.
        colour (str): of its curves and bars, of Okabe and Ito's palette, which any kind of colour vision tells apart.
        in_paper (bool): whether the paper has it; tables mark the others.

    Examples:
        >>> from interpretable_adv import METHODS, Method
        >>> METHODS["iadvt"].title, METHODS["iadvt"].space, METHODS["ivat"].semi_supervised
        ('iAdvT-Text', 'directions', True)
        >>> own = Method("advt-best", "AdvT at the nearest word", "cross_entropy", "directions", "best")
        >>> own.needs_gradient
        True
    """

    name: str
    title: str
    divergence: Literal["cross_entropy", "kl", None] = None
    space: Literal["free", "directions", None] = None
    choice: str | None = None
    layer: str | None = None
    colour: str = "#888888"
    in_paper: bool = True

    @property
    def semi_supervised(self) -> bool:
        """Whether the method also learns from unlabelled text (bool)."""
        return self.divergence == "kl"

    @property
    def perturbs(self) -> bool:
        """Whether the method has a perturbation (bool)."""
        return self.divergence is not None

    @property
    def needs_gradient(self) -> bool:
        """Whether the choice follows the gradient of the divergence (bool); the others only draw at random."""
        from interpretable_adv.perturbation.choices import choice_named  # here, because it takes Chainer

        return self.choice is not None and bool(choice_named(self.choice).needs_gradient)

    @property
    def passes(self) -> int:
        """How often an update goes through the network, about (int): long runs are best started first."""
        return 1 + 2 * self.perturbs + 3 * self.semi_supervised


_BLACK, _ORANGE, _SKY, _GREEN, _BLUE, _RED, _PURPLE, _GREY = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#888888",
)

#: All methods by name.
METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("baseline", "Baseline", colour=_BLACK),
        Method("random", "Random Perturbation (Labeled)", "cross_entropy", "free", "random", colour=_GREY),
        Method("iadvt-rand", "iAdvT-Rand", "cross_entropy", "directions", "rand", colour=_SKY),
        Method("iadvt-best", "iAdvT-Best", "cross_entropy", "directions", "best", colour=_PURPLE),
        Method("advt", "AdvT-Text", "cross_entropy", "free", "gradient", colour=_ORANGE),
        Method("iadvt", "iAdvT-Text", "cross_entropy", "directions", "gradient", colour=_RED),
        Method("random-semi", "Random Perturbation (Labeled + Unlabeled)", "kl", "free", "random", colour=_GREY),
        Method("ivat-rand", "iVAT-Rand", "kl", "directions", "rand", colour=_SKY),
        Method("ivat-best", "iVAT-Best", "kl", "directions", "best", colour=_PURPLE),
        Method("vat", "VAT-Text", "kl", "free", "gradient", colour=_GREEN),
        Method("ivat", "iVAT-Text", "kl", "directions", "gradient", colour=_BLUE),
        Method("bilstm-skipgram", "BiLSTM w/ Skipgram", layer="bilstm-skipgram", colour=_SKY),
        Method("bilstm-gwe", "BiLSTM w/ GWE", layer="bilstm-gwe", colour=_PURPLE),
        Method("advt-pgd", "AdvT-PGD", "cross_entropy", "free", "pgd", colour=_ORANGE, in_paper=False),
        Method("iadvt-pgd", "iAdvT-PGD", "cross_entropy", "directions", "pgd", colour=_RED, in_paper=False),
        Method("iadvt-sparse", "iAdvT-Sparse", "cross_entropy", "directions", "sparse", colour=_SKY, in_paper=False),
    )
}
