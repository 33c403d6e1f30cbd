"""Which runs a table asks for, and in what their numbers are not the paper's."""

import dataclasses
from pathlib import Path

from data_prep.layers import base_scale, read_scale
from iadv_foundation.console.configuration import read_layer

from .published import load

STAND_INS = {"imdb": "sample-sec", "dbpedia": "sample-cac", "fce": "sample-ged"}
MARK = "‡"


@dataclasses.dataclass(frozen=True)
class Setting:
    """One choice of runs.

    Attributes:
        out (pathlib.Path): the folder of everything made.
        recipe (str): name of a file in ``configs/recipes``.
        scale (str): name of a file in ``configs/scales``, with variants or not (:mod:`data_prep.layers`).
        write (pathlib.Path or None): the folder that tables, figures and pages are written into; None for ``out``.
        stand_ins (bool): whether at scale quick samples stand in for data sets of the paper.
    """

    out: Path
    recipe: str = "paper"
    scale: str = "quick"
    write: Path | None = None
    stand_ins: bool = True

    def __post_init__(self):
        read_layer("recipes", self.recipe)  # raises UsageError for an unknown name
        read_scale(self.scale)

    @property
    def is_quick(self):
        """Whether its scale is quick, with variants or not (bool)."""
        return base_scale(self.scale) == "quick"

    def folder(self, kind):
        """Where what is made of this choice of runs stands (pathlib.Path): ``<kind>/<recipe>/<scale>`` below
        ``write``, or else below ``out``.

        Args:
            kind (str): ``"tables"``, ``"figures"`` or ``"report"``.
        """
        return Path(self.write or self.out) / kind / self.recipe / self.scale

    def corpus_for(self, dataset):
        """The corpus on which the paper's data set is measured: at scale quick a sample stands in where there is
        one.
        """
        return STAND_INS.get(dataset, dataset) if self.stand_ins and self.is_quick else dataset

    def substitution(self, dataset):
        """Says that a sample stands in for the paper's data set: list of at most one str."""
        corpus = self.corpus_for(dataset)
        return [] if corpus == dataset else [f"{corpus} stands in for {load().dataset(dataset).title}"]

    def reduction(self):
        """Says that the networks are smaller or trained less than the paper's: list of at most one str."""
        return [] if base_scale(self.scale) == "paper" else [f"scale {self.scale}, smaller than the paper's"]

    def departures(self, dataset):
        """In what all numbers on a data set are not the paper's (list of str); on one that the paper does not have,
        nothing.
        """
        return [*self.substitution(dataset), *self.reduction()] if load().has(dataset) else []

    def comparable(self, dataset):
        """Whether numbers on a data set can be held against the published ones (bool): the paper has it, and they are
        not a sample's, nor a smaller network's.
        """
        return load().has(dataset) and not self.departures(dataset)
