"""The systems there are.  A system is a line here and a folder of this package."""

import dataclasses
import importlib


@dataclasses.dataclass(frozen=True)
class System:
    """One system of another paper.

    What tables and charts ask of a row, it answers as :class:`interpretable_adv.methods.Method` does.

    Attributes:
        name (str): as the command line, the run folders and ``configs/systems`` spell it; with ``_`` for ``-`` its
            folder of this package, which has two modules: ``settings`` (a ``Configuration``) and ``training`` (a
            function ``train``).
        title (str): as the tables print it.
        paper (str): that describes it.
        passes (int): how long a run takes, as the number of passes of a method does: long runs are best started first.
        colour (str): of its curves and bars, of Okabe and Ito's palette.
    """

    name: str
    title: str
    paper: str
    passes: int
    colour: str
    in_paper = True
    semi_supervised = True  # all of them learn from unlabelled text

    def module(self, name):
        """A module of the system's folder; Chainer, gensim or scikit-learn are not imported before somebody asks for
        it.
        """
        return importlib.import_module(f"quoted_systems.{self.name.replace('-', '_')}.{name}")


SYSTEMS = {
    system.name: system
    for system in (
        System("bow-unlabeled", "Full+Unlabeled+BoW", "Maas et al., 2011", 2, "#E69F00"),
        System("paragraph-vectors", "Paragraph Vectors", "Le and Mikolov, 2014", 3, "#56B4E9"),
        System("sa-lstm", "SA-LSTM", "Dai and Le, 2015", 5, "#009E73"),
        System("onehot-bilstm", "One-hot bi-LSTM", "Johnson and Zhang, 2016", 6, "#CC79A7"),
    )
}
