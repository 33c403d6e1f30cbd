"""What a language model hands to a classifier: its weights, which fit one vocabulary only."""

from pathlib import Path

from data_prep.layers import base_scale
from iadv_foundation.errors import UserError
from iadv_foundation.storage import files

KIND = "language model"


def language_model_folder(out, corpus, recipe, scale, seed=0):
    """The run folder of a language model (pathlib.Path) below ``out``, the folder of everything made;
    variants of a scale share one.
    """
    return Path(out) / "lm" / corpus / recipe / base_scale(scale) / f"seed-{seed}"


def metadata_of(vocabulary, embedding_size, hidden_size):
    """What is stored beside the weights (dict)."""
    return {
        "kind": KIND,
        "vocabulary_sha256": vocabulary.sha256,
        "embedding_size": embedding_size,
        "hidden_size": hidden_size,
    }


def load_language_model_weights(path, vocabulary):
    """Read the weights of a language model.

    Args:
        path: ``best.npz`` of its run.
        vocabulary (data_prep.corpus.Vocabulary): of the corpus they are to be used with.

    Returns:
        dict of str to numpy.ndarray: ``embedding/W`` (V, E); ``lstm/w_x`` (E, 4H), ``lstm/w_h`` (H, 4H) and ``lstm/b``
        (4H,) with the gates in the order i, f, o, g; and those of the output layer.

    Raises:
        UserError: the file is missing, is not a language model, or was made with another vocabulary.
        DamagedFileError: it is truncated or altered.
    """
    arrays, metadata = files.load_arrays(path)
    kind = metadata.get("kind") if isinstance(metadata, dict) else None
    if kind != KIND:
        raise UserError(
            f"{path} does not hold a language model (but: {kind}); give best.npz of a run of python -m pretrain_lm"
        )
    if metadata["vocabulary_sha256"] != vocabulary.sha256:
        raise UserError(
            f"{path} was made with another vocabulary (SHA-256 {metadata['vocabulary_sha256'][:12]}, the corpus "
            f"has {vocabulary.sha256[:12]}); pretrain a language model on this corpus"
        )
    return arrays
