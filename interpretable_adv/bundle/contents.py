"""What stands in a bundle, as Python objects."""

import dataclasses
import json
from typing import Literal

import numpy as np
import pydantic

from data_prep.corpus import SPECIALS, Vocabulary
from iadv_foundation.errors import UserError
from interpretable_adv.bundle.archive import Members, write_members
from interpretable_adv.traits import CorpusTraits

FORMAT = 1
KIND = "interpretable_adv bundle"
NAMES = "MODEL_CARD.md", "bundle.json", "config.json", "metrics.json", "vocabulary.json", "weights.npz"
CARD, ABOUT, CONFIG, METRICS, VOCABULARY, WEIGHTS = NAMES


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Measured(_Strict):
    """A result with its 95 % interval, in percent."""

    name: str
    value: float
    low: float
    high: float


class Rounding(_Strict):
    """What rounding the weights to half precision did to the first test documents: predictions, those changed."""

    predictions: int
    changed: int


class About(_Strict):
    """``bundle.json``.

    Attributes:
        format (int), kind (str): of the bundle.
        weights (str): how they are stored.
        corpus (dict): what JSON can hold of :class:`interpretable_adv.traits.CorpusTraits`.
        licence, origin (str or None): of the corpus, as ``data_prep`` knows them.
        made_by (dict): commit, versions and device of the training.
        interval (Measured or None): the test result with the interval of one run, which the size of the test set gives.
        interval_kind (str or None): how that was found.
        sanity (list of Measured): a linear and a trivial model on the same test set, where they were measured.
        rounding (Rounding or None): of half-precision weights.
    """

    format: Literal[1]
    kind: Literal["interpretable_adv bundle"]
    weights: Literal["float32", "float16"]
    corpus: dict
    licence: str | None
    origin: str | None
    made_by: dict
    interval: Measured | None
    interval_kind: str | None
    sanity: list[Measured]
    rounding: Rounding | None


@dataclasses.dataclass(frozen=True, eq=False)
class Contents:
    """What :func:`read_bundle` gives.

    Attributes:
        about (About)
        card (str): the model card, Markdown.
        stored, metrics (dict): ``config.json`` and ``metrics.json``.
        traits (interpretable_adv.traits.CorpusTraits)
        weights (bytes): an ``.npz`` file.
    """

    about: About
    card: str
    stored: dict
    metrics: dict
    traits: CorpusTraits
    weights: bytes


class _Words(_Strict):
    words: list[str]
    counts: list[pydantic.NonNegativeInt]
    not_in_train: list[pydantic.NonNegativeInt]


def write_bundle(path, contents):
    """Write a bundle (:class:`Contents`), wholly or not at all; equal contents give equal bytes."""
    traits = contents.traits
    words = {
        "words": traits.vocabulary.words,
        "counts": traits.vocabulary.counts.tolist(),
        "not_in_train": np.flatnonzero(~traits.occurring).tolist(),
    }
    write_members(
        path,
        {
            CARD: contents.card.encode(),
            ABOUT: _json(contents.about.model_dump()),
            CONFIG: _json(contents.stored),
            METRICS: _json(contents.metrics),
            VOCABULARY: _json(words, indent=None),
            WEIGHTS: contents.weights,
        },
    )


def _json(value, indent=1):
    return (json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_bundle(path):
    """Read a bundle after checking that every member is as it was written.

    Returns:
        Contents

    Raises:
        UserError: it is missing, no bundle, or of a later version.
        DamagedFileError: it is truncated, altered, or does not fit together; the message names what does not.
    """
    with Members(path) as members:
        found = _parsed(members, ABOUT)
        if not isinstance(found, dict) or found.get("kind") != KIND:
            raise members.damaged(f"{ABOUT} does not describe a bundle")
        if found.get("format") != FORMAT:
            raise UserError(
                f"{path} has format {str(found.get('format'))[:20]!r}, and this version reads format {FORMAT}: "
                "get the version of this program that made it, or a later one"
            )
        members.require(NAMES)
        about = _checked(members, ABOUT, About, found)
        stored, metrics = (_parsed(members, name) for name in (CONFIG, METRICS))
        if not isinstance(metrics, dict):
            raise members.damaged(f"{METRICS} holds no results")
        card = members.read(CARD).decode("utf-8", "replace")
        return Contents(about, card, stored, metrics, _traits(members, about), members.read(WEIGHTS))


def _traits(members, about):
    found = _checked(members, VOCABULARY, _Words, _parsed(members, VOCABULARY))
    size = len(found.words)
    if (
        size != len(found.counts)
        or tuple(found.words[: len(SPECIALS)]) != SPECIALS
        or len(set(found.words)) < size
        or max(found.not_in_train, default=0) >= size
        or max(found.counts, default=0) >= 1 << 62
    ):
        raise members.damaged(f"{VOCABULARY} does not fit together")
    vocabulary = Vocabulary(found.words, found.counts)
    try:
        vocabulary.sha256  # noqa: B018  (encodes them)
    except UnicodeEncodeError:
        raise members.damaged(f"{VOCABULARY} holds half a character") from None
    occurring = np.ones(size, bool)
    occurring[found.not_in_train] = False
    traits = _checked(members, ABOUT, CorpusTraits, {**about.corpus, "vocabulary": vocabulary, "occurring": occurring})
    if traits.task not in ("classification", "labelling") or not traits.majority < len(traits.classes):
        raise members.damaged(f"{ABOUT} does not fit together")
    return traits


def _parsed(members, name):
    if not members.has(name):
        raise members.damaged(f"{name} is missing")
    try:
        return json.loads(members.read(name))
    except (ValueError, RecursionError) as error:
        raise members.damaged(f"{name} is not JSON: {error}") from None


def _checked(members, name, model, value):
    try:
        return model.model_validate(value)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise members.damaged(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
