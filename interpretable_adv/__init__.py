"""Adversarial training in the embedding space that can be read as words (Sato et al., IJCAI 2018).

For programs and notebooks; the commands are ``python -m interpretable_adv --help``.  A trained network of this project,
from its run folder or bundle::

    import interpretable_adv

    model = interpretable_adv.load_model("sentiment.zip")
    model.predict(["A moving film .", "Dull ."])
    model.explain("A moving film .", method="iadvt")

A Chainer model of one's own, as a function from embedded texts to logits::

    found = interpretable_adv.perturb(network, embedding, words, labels, method="iadvt")
    found.r, found.alpha, found.targets
    found.explain(vocabulary)

Everything in ``__all__`` is imported when it is asked for, so that importing the package costs nothing.  On NumPy 2 it
has to be imported before ``chainer``, which it repairs.
"""

import importlib

import iadv_foundation  # noqa: F401  (repairs Chainer for whoever imports it)
from iadv_foundation.version import __version__

TYPE_CHECKING = False  # typing's, which takes longer to import than all of this
if TYPE_CHECKING:
    from interpretable_adv.analysis.explanation import Explanation
    from interpretable_adv.links.adapters import StockEmbedding
    from interpretable_adv.links.protocols import Embedding, Network
    from interpretable_adv.methods import METHODS, Method
    from interpretable_adv.model import AdversarialText, Model, Prediction, explain, load_model, predict
    from interpretable_adv.own_model import PerturbedTexts, TextPerturber, perturb
    from interpretable_adv.perturbation.divergences import CrossEntropy, VirtualDivergence
    from interpretable_adv.perturbation.neighbour_table import NeighbourTable
    from interpretable_adv.perturbation.neighbours import nearest_neighbours
    from interpretable_adv.perturbation.perturber import Found, Perturber
    from interpretable_adv.perturbation.spaces import DirectionSpace, FreeSpace
    from interpretable_adv.perturbation.virtual import virtual_gradient

_HOMES = {
    "analysis.explanation": ("Explanation",),
    "links.adapters": ("StockEmbedding",),
    "links.protocols": ("Embedding", "Network"),
    "methods": ("METHODS", "Method"),
    "model": ("AdversarialText", "Model", "Prediction", "explain", "load_model", "predict"),
    "own_model": ("PerturbedTexts", "TextPerturber", "perturb"),
    "perturbation.divergences": ("CrossEntropy", "VirtualDivergence"),
    "perturbation.neighbour_table": ("NeighbourTable",),
    "perturbation.neighbours": ("nearest_neighbours",),
    "perturbation.perturber": ("Found", "Perturber"),
    "perturbation.spaces": ("DirectionSpace", "FreeSpace"),
    "perturbation.virtual": ("virtual_gradient",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "METHODS",
    "AdversarialText",
    "CrossEntropy",
    "DirectionSpace",
    "Embedding",
    "Explanation",
    "Found",
    "FreeSpace",
    "Method",
    "Model",
    "NeighbourTable",
    "Network",
    "PerturbedTexts",
    "Perturber",
    "Prediction",
    "StockEmbedding",
    "TextPerturber",
    "VirtualDivergence",
    "__version__",
    "explain",
    "load_model",
    "nearest_neighbours",
    "perturb",
    "predict",
    "virtual_gradient",
]


if not TYPE_CHECKING:  # to which a name that is none shall be a mistake

    def __getattr__(name):
        """The public names, each imported when it is asked for."""
        if name in _HOME:
            value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
