"""Where a network's weights start from: a language model, word vectors, or chance alone."""

import dataclasses
from pathlib import Path

from iadv_foundation.errors import DamagedFileError, UserError
from iadv_foundation.storage import files
from pretrain_lm.checkpoint import language_model_folder, load_language_model_weights
from word_vectors import store

_COMMANDS = {"skipgram": "skipgram {corpus}", "word2vec": "import {corpus} FILE", "gwe": "gwe {corpus}"}


@dataclasses.dataclass(frozen=True)
class Start:
    """What a network starts from.

    Attributes:
        kind (str): ``"lm"``, ``"vectors"`` or ``"random"``, as ``training.initialise`` says.
        path (pathlib.Path or None): the file with the weights; None for chance.
    """

    kind: str
    path: Path | None = None

    def identity(self):
        """What the start adds to a run's identity: SHA-256 of the file, under the key of its kind (dict)."""
        digest = files.digest_of_file(self.path) if self.path else None
        return {
            "language_model_sha256": digest if self.kind == "lm" else None,
            "vectors_sha256": digest if self.kind == "vectors" else None,
        }

    def apply(self, network, vocabulary):
        """Set the start weights of ``network`` (chainer.Chain); what is not among them stays as it was drawn.

        Args:
            network (chainer.Chain): is changed in place.
            vocabulary (data_prep.corpus.Vocabulary): of its corpus.

        Raises:
            UserError: the file is damaged, belongs to another vocabulary, or does not fit the network.
        """
        if self.kind == "lm":
            _set(
                network,
                _weights_of_language_model(network, load_language_model_weights(self.path, vocabulary)),
                self.path,
            )
        elif self.kind == "vectors":
            _set(network, {"embedding/W": store.load(self.path, vocabulary)[0]}, self.path)


def find_start(training, corpus, recipe, scale, out):
    """Find what a run is to start from.

    Args:
        training (interpretable_adv.settings.TrainingConfig)
        corpus, recipe, scale (str): names.
        out: the folder of everything made.

    Returns:
        Start

    Raises:
        UserError: it has not been made yet; says by which command it is.
    """
    otherwise = "or train with --set training.initialise=random"
    if training.initialise == "lm":
        path = language_model_folder(out, corpus, recipe, scale) / "best.npz"
        if not path.is_file():
            raise UserError(
                f"{path} is missing: run python -m pretrain_lm {corpus} --recipe {recipe} --scale {scale} "
                f"--out {out}, {otherwise}"
            )
        return Start("lm", path)
    if training.initialise == "vectors":
        folder = store.vectors_folder(out, corpus, training.vectors)
        if not store.is_finished(folder):
            command = _COMMANDS[training.vectors].format(corpus=corpus)
            settings = "" if training.vectors == "word2vec" else f" --scale {scale}"
            raise UserError(
                f"{folder / store.FILE} is missing: run python -m word_vectors {command}{settings} --out {out}, "
                f"{otherwise}"
            )
        return Start("vectors", folder / store.FILE)
    return Start("random")


def _weights_of_language_model(network, weights):
    """Of a language model's weights those that ``network`` takes over: embeddings, and its LSTM where it has one
    direction (section 6.2): dict of str to numpy.ndarray.
    """
    names = ["embedding/W"] + [f"lstm/{name}" for name in network.encoder.from_language_model]
    return {name: weights[name] for name in names}


def _set(network, weights, path):
    """Copy weights into the network.

    Raises:
        DamagedFileError: the sizes differ.
    """
    for name in sorted(weights):
        link = network.embedding if name.startswith("embedding") else network.encoder
        parameter = getattr(link, name.split("/")[1])
        if parameter.shape != weights[name].shape:
            raise DamagedFileError(
                f"{path} does not fit the network: its {name} has shape {weights[name].shape}, needed is "
                f"{parameter.shape}; make it again with --overwrite, at the network's scale and sizes"
            )
        parameter.array[...] = weights[name]
