"""Perturbations of embedded words: where they are looked for, how they are chosen, how long they are.

What increases the loss, the space and the choice are independent of each other::

    space         FreeSpace or DirectionSpace
    scaling       Scaling(space, ...)
    slope         scaling.slope(gradient of the clean loss) (AdvT family), or virtual_gradient(...) (VAT family)
    r             perturb(choice, scaling, epsilon, slope, generator)
"""
from interpretable_adv.perturbation.choices import Scaling, perturb
from interpretable_adv.methods import METHODS, Method
from interpretable_adv.perturbation.neighbours import nearest_neighbours
from interpretable_adv.perturbation.neighbour_table import NeighbourTable
from interpretable_adv.perturbation.normalisation import Sentences
from interpretable_adv.perturbation.spaces import DirectionSpace, FreeSpace
from interpretable_adv.perturbation.virtual import virtual_gradient

__all__ = ["METHODS", "DirectionSpace", "FreeSpace", "Method", "NeighbourTable", "Scaling", "Sentences", "nearest_neighbours",
           "perturb", "virtual_gradient"]
