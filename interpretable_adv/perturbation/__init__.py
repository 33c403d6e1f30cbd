"""Perturbations of embedded words: where they are looked for, how they are chosen, how long they are.

::

    perturber = Perturber("iadvt", neighbours=5)
    found = perturber(network, CrossEntropy(labels), ids, matrix, sentence)

``network`` is a function from embedded words to logits and the divergence one from logits to what is to grow; nothing
here knows how a network is built or trained.  The three axes of a method are independent of each other:

- the divergence (:mod:`.divergences`), whose gradient is that at r = 0, or, where it is flat there, a step away
  (:mod:`.virtual`);
- the space (:mod:`.spaces`), any vectors or directions to the nearest words (:mod:`.neighbour_table`);
- the choice (:mod:`.choices`, a file each) of a point of it, epsilon long (:mod:`.scaling`).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interpretable_adv.perturbation.divergences import CrossEntropy, VirtualDivergence
    from interpretable_adv.perturbation.neighbour_table import NeighbourTable
    from interpretable_adv.perturbation.neighbours import nearest_neighbours
    from interpretable_adv.perturbation.normalisation import Sentences
    from interpretable_adv.perturbation.perturber import Found, Perturber
    from interpretable_adv.perturbation.scaling import Scaling
    from interpretable_adv.perturbation.spaces import DirectionSpace, FreeSpace
    from interpretable_adv.perturbation.virtual import virtual_gradient

_PUBLIC = {
    "Perturber": "perturber",
    "Found": "perturber",
    "CrossEntropy": "divergences",
    "VirtualDivergence": "divergences",
    "FreeSpace": "spaces",
    "DirectionSpace": "spaces",
    "Scaling": "scaling",
    "Sentences": "normalisation",
    "NeighbourTable": "neighbour_table",
    "nearest_neighbours": "neighbours",
    "virtual_gradient": "virtual",
}
__all__ = [
    "CrossEntropy",
    "DirectionSpace",
    "Found",
    "FreeSpace",
    "NeighbourTable",
    "Perturber",
    "Scaling",
    "Sentences",
    "VirtualDivergence",
    "nearest_neighbours",
    "virtual_gradient",
]


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is asked for: settings and method names are read without Chainer."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
