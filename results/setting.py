"""Which runs a table asks for, and in what their numbers are not the paper's."""
import dataclasses
from pathlib import Path

from foundation.console.configuration import read_layer
from results.published import load

STAND_INS = {"imdb": "sample-sec", "dbpedia": "sample-cac", "fce": "sample-ged"}
MARK = "‡"


@dataclasses.dataclass(frozen=True)
class Setting:
    """One choice of runs.

    Attributes:
        out (pathlib.Path): the folder of everything made.
        recipe (str): name of a file in ``configs/recipes``.
        scale (str): name of a file in ``configs/scales``.
    """

    out: Path
    recipe: str = "paper"
    scale: str = "quick"

    def __post_init__(self):
        read_layer("recipes", self.recipe)  # raises UsageError for an unknown name
        read_layer("scales", self.scale)

    def folder(self, kind):
        """Where what is made of this choice of runs stands (pathlib.Path): ``out/<kind>/<recipe>/<scale>``.

        Args:
            kind (str): ``"tables"``, ``"figures"`` or ``"report"``.
        """
        return Path(self.out) / kind / self.recipe / self.scale

    def corpus_for(self, dataset):
        """The corpus on which the paper's data set is measured: at scale quick a sample stands in where there is one."""
        return STAND_INS.get(dataset, dataset) if self.scale == "quick" else dataset

    def substitution(self, dataset):
        """Says that a sample stands in for the paper's data set: list of at most one str."""
        corpus = self.corpus_for(dataset)
        return [] if corpus == dataset else [f"{corpus} stands in for {load().dataset(dataset).title}"]

    def reduction(self):
        """Says that the networks are smaller or trained less than the paper's: list of at most one str."""
        return [] if self.scale == "paper" else [f"scale {self.scale}, smaller than the paper's"]

    def comparable(self, dataset):
        """Whether numbers on the paper's data set can be held against the published ones (bool): not a sample's, not a
        smaller network's.
        """
        return not self.substitution(dataset) and not self.reduction()
