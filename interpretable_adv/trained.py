"""A finished run, opened: its configuration, what it knows of its corpus, and the network with its best weights.

It is opened from its run folder, which stands beside its corpus, or from its bundle, a single file that needs nothing
else (:mod:`interpretable_adv.bundle`).
"""

import dataclasses
import functools
import importlib.util
import os
from pathlib import Path

import chainer

from data_prep.corpus import Corpus, corpora_folder
from iadv_foundation.arithmetic.device import select_device
from iadv_foundation.console.configuration import CONFIGS
from iadv_foundation.errors import DamagedFileError, UsageError, UserError
from iadv_foundation.storage import files, seal
from iadv_foundation.storage.run_folder import RunFolder
from iadv_foundation.training import load_weights
from interpretable_adv.documents import Documents
from interpretable_adv.links.making import make_network
from interpretable_adv.methods import METHODS
from interpretable_adv.run_format import outdated
from interpretable_adv.settings import Config, of_run
from interpretable_adv.traits import CorpusTraits

#: Folders that an error names where there is no run.
NAMED = 3
_RUN = "*/*/*/*/seed-*"  # below OUT/runs: corpus, recipe, scale, method


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedRun:
    """What :func:`open_run` gives.

    Attributes:
        folder (pathlib.Path): of the run; of a bundle, the file.
        out (pathlib.Path or None): the folder of everything made, with the corpus it was trained on; None where that
            corpus is not at hand.
        stored (dict): ``config.json``.
        config (interpretable_adv.settings.Config)
        traits (interpretable_adv.traits.CorpusTraits): what it knows of its corpus.
        network (chainer.Chain): see :mod:`interpretable_adv.links`; with the best weights.
        checkpoint_sha256 (str): SHA-256 of the file of weights: a result that holds for these weights alone carries it.
        opened (data_prep.corpus.Corpus or None): its corpus, where that is open already.
        about (interpretable_adv.bundle.contents.Contents or None): of a bundle, what it holds.
        looked_in (pathlib.Path or None): of a bundle, the folder of everything made that its corpus was looked for in.
    """

    folder: Path
    out: Path | None
    stored: dict
    config: Config
    traits: CorpusTraits
    network: chainer.Chain
    checkpoint_sha256: str
    opened: Corpus | None = None
    about: object = None
    looked_in: Path | None = None

    @property
    def method(self):
        """How it was trained (interpretable_adv.methods.Method)."""
        return METHODS[self.stored["method"]]

    @property
    def title(self):
        """``CORPUS METHOD seed N``, for messages."""
        return f"{self.stored['corpus']} {self.stored['method']} seed {self.stored['seed']}"

    @property
    def is_bundle(self):
        """Whether it was opened from a bundle (bool)."""
        return self.about is not None

    @functools.cached_property
    def corpus(self):
        """The corpus it was trained on (data_prep.corpus.Corpus).

        Raises:
            UserError: it is a bundle, and the corpus is not at hand.
            DamagedFileError: a file of the corpus is damaged.
        """
        if self.opened is not None:
            return self.opened
        if self.out is None:
            raise UserError(
                f"{self.folder} holds no documents, and the corpus it was trained on ({self.traits.name}, SHA-256 "
                f"{self.traits.sha256[:12]}) is not in {corpora_folder(self.looked_in)}: prepare it with the same "
                "source and options, or name another folder by --out"
            )
        return Corpus.open(corpora_folder(self.out) / self.traits.name)

    def documents(self, split):
        """The documents of a split as training saw them (interpretable_adv.documents.Documents)."""
        return Documents([self.corpus.splits[split]], self.traits.per_word, self.config.training.max_words)


def open_run(path, device=-1, out="out", unfinished=False):
    """Open a run and the network with its best weights.

    Args:
        path: a run folder, or a bundle.
        device (int): number of a GPU, or -1 for the CPU.
        out: the folder of everything made that the corpus of a bundle may stand in, and that of a run folder must which
            was moved away from where ``train`` put it.
        unfinished (bool): a run folder whose training has not come to its end is opened, too, with its best weights so
            far.

    Returns:
        TrainedRun

    Raises:
        UserError: this is no run, it is not finished, its weights are missing, or its corpus is not the one it was
            trained on.
        DamagedFileError: configuration or weights are damaged, or are not those of its result.
    """
    path = Path(path)
    if path.is_file():
        from interpretable_adv.bundle.opening import open_bundle

        return open_bundle(path, device, out)
    return _open_folder(path, device, out, unfinished)


def _open_folder(folder, device, out, unfinished):
    run = RunFolder(folder)
    if not run.config.is_file():
        raise UserError(f"{folder} is not a run: it has no config.json{_nearby(folder)}")
    other = _other_kind(files.read_json(run.config))
    if other:
        raise UserError(f"{folder} {other}")
    if not run.best.is_file():
        raise UserError(
            f"{folder} has no best weights yet: repeat the command that trained it (config.json names its settings)"
        )
    if not (run.has_result or unfinished):
        raise UserError(
            f"{folder} is not finished, so its weights are half-trained: repeat the command that trained it "
            "(environment.json has it); --unfinished looks at them as they are, export-model never does"
        )
    if run.has_result:
        seal.check(run.metrics, run.config.name, run.best.name)
    stored, config = read_configuration(
        files.read_json(run.config), run.config, folder, "train it again with --overwrite"
    )
    out = _out_of(folder, stored["corpus"], Path(out))
    corpus = Corpus.open(corpora_folder(out) / stored["corpus"])
    if corpus.sha256 != stored["corpus_sha256"]:
        raise UserError(
            f"{corpus.folder} is not the corpus that {folder} was trained on: prepare it again with the same "
            "source and options"
        )
    traits = CorpusTraits.of(corpus)
    network = make_network(traits, config, stored["seed"])
    load_weights(run.best, network, {"kind": "classifier", "vocabulary_sha256": corpus.vocabulary.sha256})
    network.to_device(select_device(device))
    return TrainedRun(run.path, out, stored, config, traits, network, files.digest_of_file(run.best), corpus)


def _other_kind(stored):
    """What a folder with this ``config.json`` holds in place of a classifier's run, and what that is good for (str
    or None).
    """
    if not isinstance(stored, dict):
        return None
    if (CONFIGS / "systems" / f"{stored.get('method')}.toml").is_file():
        return (
            f"is a run of {stored['method']}, a system that Table 3 quotes, which has no perturbations to look at: its "
            f"result is in metrics.json, what it predicts in predictions.npz, and python -m {_results()} runs, table 3 "
            "and compare show it"
        )
    if "lm" in stored:
        return "holds a language model: train starts from it (python -m interpretable_adv train --help)"
    if "name" in stored and "method" not in stored:
        return "holds word vectors: train starts from them (python -m interpretable_adv train --help)"
    return None


def _out_of(folder, corpus, otherwise):
    """The folder of everything made with a run folder's corpus:
    the one it stands in, or ``otherwise`` where it was moved.
    """
    for place in (Path(os.path.abspath(folder)), Path(folder).resolve()):  # the run's folder may be a symbolic link
        if len(place.parents) >= 6 and place.parents[4].name == "runs":
            return place.parents[5]
    if not (corpora_folder(otherwise) / corpus).is_dir():
        raise UserError(
            f"{folder} does not stand where train put it, below OUT/runs, beside OUT/corpora: move it back, or "
            "name the folder with its corpus by --out"
        )
    return otherwise


def _nearby(folder):
    """For an error: the runs that there are near a folder that is none, and how to list them (str)."""
    lists = f"python -m {_results()} runs --out OUT lists"
    for place in dict.fromkeys([Path(folder), *Path(folder).parents, Path("out")]):
        found = sorted(path.parent for path in place.glob(f"{_pattern(place)}/config.json"))
        if found:
            more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
            return f"; near it: {', '.join(map(str, found[:NAMED]))}{more} ({lists} them)"
    return f"; {lists} the runs of a folder"


def _results():
    """What the stage that reads runs is called here (str): it is below this package, in a checkout beside it."""
    name = f"{__package__}.results"
    return name if importlib.util.find_spec(name) else "results"


def _pattern(place):
    """Where runs lie below a folder (str)."""
    parts = place.resolve().parts
    if "runs" not in parts:
        return "runs/" + _RUN
    below = parts[::-1].index("runs")
    return "/".join(_RUN.split("/")[below:]) or "."


def read_configuration(stored, path, run, remedy):
    """Check the stored configuration of a run.

    Args:
        stored: what ``config.json`` holds.
        path: of the file, for messages.
        run: what it belongs to, for messages.
        remedy (str): what to do where it is of no use.

    Returns:
        (dict, interpretable_adv.settings.Config): as it was stored, and what it stands for.

    Raises:
        DamagedFileError: it is no configuration.
        UserError: it is one that this version does not have, or gives other numbers by.
    """
    if not isinstance(stored, dict) or not {"corpus", "corpus_sha256", "method", "recipe", "scale", "seed"} <= set(
        stored
    ):
        raise DamagedFileError(
            f"{path} does not describe a run of this version (it is not one of a classifier): {remedy}"
        )
    if stored["method"] not in METHODS:
        raise UserError(f"{run} is a run of the method {stored['method']!r}, which this version does not have")
    reason = outdated(stored)
    if reason:
        raise UserError(f"{run} cannot be used by this version ({reason}): {remedy}")
    try:
        return stored, of_run(stored)
    except UsageError as error:
        raise DamagedFileError(f"{path} does not describe a run of this version ({error}): {remedy}") from None
