"""A user's text as a network reads it: by its corpus's own tokeniser and vocabulary."""

import dataclasses
import sys
from pathlib import Path

import numpy as np

from data_prep import any_script, prose
from data_prep.invisible import cleaned
from data_prep.own import SEGMENT
from data_prep.readers.decoding import decode
from iadv_foundation.arithmetic.packing import Layout
from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage.special_files import readable
from interpretable_adv.documents import Batch

#: Of a text that nobody has cut into words, see :func:`data_prep.any_script.lacks_blanks`.
IN_ONE_PIECE = (
    "in a script that writes no blanks between words: all that stands between two punctuation marks is read as one "
    f"word; {SEGMENT}"
)
#: Words of a message that lists them.
LISTED = 8
#: Words of a text where every word has a label: it is read as one sentence, whose perturbation takes memory for every
#: word.
MOST_WORDS = 10_000


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """A text in the vocabulary of a corpus; N words.

    Attributes:
        source (str): where it comes from.
        ids: int32 (N,), ``<eos>`` at the end for classification.
        written (list of str): the N words as they stand in the text, as far as the tokeniser leaves them.
        dropped (list of str): words without an id, left out as the corpus leaves them out, in order.
        cut (int): words left out since the run reads no more than ``training.max_words``.
        unknown (list of str): words that the vocabulary does not have: those dropped, or for labelling those read as
            ``<unk>``.
        total (int): words of the text, known or not.
        lacks_blanks (bool): whether nobody has cut it into words, see :data:`IN_ONE_PIECE`.
    """

    source: str
    ids: np.ndarray
    written: list
    dropped: list
    cut: int
    unknown: list
    total: int
    lacks_blanks: bool = False

    def batch(self, xp=np):
        """The text as a batch of one document without labels (interpretable_adv.documents.Batch)."""
        layout = Layout.of([len(self.ids)])
        return Batch(xp.asarray(self.ids), layout, None, xp.asarray(layout.sentence))


def read_text(content, run, source="text"):
    """Read a text as a run's network would.

    Args:
        content (str)
        run (interpretable_adv.trained.TrainedRun)
        source (str): where the text comes from.

    Returns:
        Reading

    Raises:
        UsageError: the text holds bytes that are no text.
        UserError: it is empty, or (for classification, where unknown words are left out) no word of it is known; or
            (for labelling, where nothing is cut) it has more than :data:`MOST_WORDS` words.
    """
    try:
        content.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{source}: not UTF-8") from None
    vocabulary, in_one_piece = run.traits.vocabulary, any_script.lacks_blanks(content)
    tokens = tokenise(content, run.traits)
    if not tokens:
        raise UserError(f"{source}: there is no word in it")
    ids = [_id_of(token, vocabulary) for token in tokens]
    missing = [token for token, number in zip(tokens, ids, strict=True) if number is None]
    if run.traits.per_word:
        if len(tokens) > MOST_WORDS:
            raise UserError(
                f"{source}: {len(tokens):,} words, and no sentence has more than {MOST_WORDS:,}: give a table "
                "(.csv, .tsv, .jsonl) with a sentence in each row"
            )
        ids = [vocabulary.unk if number is None else number for number in ids]
        return Reading(source, np.array(ids, np.int32), tokens, [], 0, missing, len(tokens), in_one_piece)
    known = [(token, number) for token, number in zip(tokens, ids, strict=True) if number is not None]
    if not known:
        raise UserError(
            f"{source}: no word of it is in the vocabulary of {run.traits.name}; left out: {listed(missing)}"
            + (f"; it is {IN_ONE_PIECE}" if in_one_piece else "")
        )
    limit = run.config.training.max_words
    kept = known[: limit - 1] if limit else known
    written, numbers = [
        list(column) for column in zip(*kept, (vocabulary.words[vocabulary.eos], vocabulary.eos), strict=True)
    ]
    cut = len(known) - len(kept)
    return Reading(
        source, np.array(numbers, np.int32), written, missing, cut, missing, len(tokens), lacks_blanks=in_one_piece
    )


def read_file(path, run):
    """Read the text in a file (``-``: standard input); see :func:`read_text`.

    Raises:
        UserError: there is no such file, or it is not UTF-8; names line and byte.
    """
    if str(path) == "-":
        if sys.stdin is None:
            raise UserError("standard input is closed")
        return read_text(decode(sys.stdin.buffer.read(), "standard input"), run, "standard input")
    return read_text(decode(readable(path).read_bytes(), str(path)), run, Path(path).name)


def tokenise(content, traits):
    """The words of a text (list of str) as a corpus's record says that its own text was split.

    Corpora that are distributed as tokens are split at white space; a piece that the vocabulary does not have is then
    split once more, into words and punctuation marks, so that ``it.`` need not be written ``it .``

    Args:
        content (str)
        traits (interpretable_adv.traits.CorpusTraits): its ``tokeniser`` and ``vocabulary`` are used.
    """
    rule = traits.tokeniser
    content = content.lower() if "lower-cased" in rule else content
    content = prose.digits_to_zero(content) if "digits to 0" in rule else content
    if "re.split" in rule:
        return prose.split_at_non_words(content)
    if rule.startswith(any_script.RULE):
        return any_script.words(content)
    if "NFC" in rule:
        content = cleaned(content)
    if "white space" in rule or rule.startswith("tokens as"):
        return [
            token
            for piece in content.split()
            for token in (
                [piece] if _id_of(piece, traits.vocabulary) is not None else prose.words_and_punctuation(piece)
            )
        ]
    return prose.words_and_punctuation(content)


def _id_of(token, vocabulary):
    """The id of an ordinary word, or None: whoever writes ``<eos>`` does not mean the end of the text."""
    number = vocabulary.id_of(token)
    return None if number is None or number < vocabulary.specials else number


def listed(words):
    """Words in one line for a message (str): the first few, each once, what does not print written as its code."""
    distinct = list(dict.fromkeys(words))
    more = len(distinct) - LISTED
    return ", ".join(map(printable, distinct[:LISTED])) + (f" and {more:,} more" if more > 0 else "")
