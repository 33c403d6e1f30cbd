"""The text that skip-gram vectors are trained on: sentences of lower-cased words and punctuation marks, one at a time.

A corpus's own train split is always part of it; the user may add reviews and plain text.  Nothing of a dev or test
split is read.
"""

import collections
import dataclasses
import html
import re
from pathlib import Path

from data_prep import any_script
from data_prep.corpora import imdb, rotten
from data_prep.prose import lower_words_and_punctuation, sentences_of
from data_prep.readers.user_lines import lines
from data_prep.sources import open_source
from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.special_files import readable

SEPARATOR = "\t"  # which no word holds: tokens of the tagged corpora stand between tabs, all others between blanks
LONGEST = 10000  # words; gensim drops what a longer sentence has beyond them
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_CONTRACTION = re.compile(r"(.+?)(n['’]t|['’](?:s|m|d|re|ve|ll))")


@dataclasses.dataclass(frozen=True)
class TextSource:
    """A text of the user's.

    Attributes:
        kind (str): a key of :data:`KINDS`.
        path (pathlib.Path)
    """

    kind: str
    path: Path

    def record(self):
        """Kind, name and SHA-256 (dict)."""
        if self.kind == "imdb":
            return {"kind": self.kind, **open_source(self.path).record(imdb.MEMBERS)}
        return {"kind": self.kind, "file": self.path.name, "sha256": files.digest_of_file(readable(self.path))}

    def sentences(self):
        """Yield its sentences, lists of str.

        Raises:
            UserError: it cannot be read.
        """
        return KINDS[self.kind](self.path)


def _imdb(path):
    """The labelled training reviews, without those that the paper keeps for development, and the unlabelled ones."""
    for document in imdb.read([open_source(path)], 0, collections.Counter()):
        if document.split in ("train", "unlabeled"):
            yield from prose(document.content)


def _amazon(path):
    """Reviews, in either of the forms that :func:`data_prep.corpora.rotten.read_unlabeled` reads."""
    for document in rotten.read_unlabeled(path, collections.Counter()):
        yield from rotten.CORPUS.unlabeled_documents_of(document.content)


def _plain(path):
    """A text file, plain or compressed, in any script; a sentence never goes beyond the end of a line."""
    for _, line in lines(path):
        yield from prose(line, any_script.lower_words)


KINDS = {"imdb": _imdb, "amazon": _amazon, "text": _plain}


def parse_sources(given):
    """Turn ``["imdb=PATH", ...]`` into a list of :class:`TextSource`.

    Raises:
        UsageError: one is not of that form, or of no known kind.
        UserError: nothing stands at a path.
    """
    sources = []
    for argument in given:
        kind, equals, path = argument.partition("=")
        if not equals or not path:
            raise UsageError(f"--text {argument}: write --text KIND=PATH, KIND one of {', '.join(KINDS)}")
        closest(kind, KINDS, "kind of text")
        if kind != "imdb" or not Path(path).is_dir():
            try:
                readable(path)
            except UserError as error:
                raise UserError(f"--text {argument}: {error}") from None
        sources.append(TextSource(kind, Path(path)))
    return sources


def prose(content, words_of=lower_words_and_punctuation):
    """Sentences of raw English text, tags taken out and entities resolved:
    yields lists of str, as ``words_of`` makes them.
    """
    for sentence in sentences_of(html.unescape(_TAG.sub(" ", content))):
        yield words_of(sentence)


def split_contractions(tokens, known):
    """Cut ``don't`` into ``do n't`` and ``it's`` into ``it 's``, as FCE and other treebank-like text has them.

    Args:
        tokens (list of str)
        known (callable): str -> bool, whether a word stays whole because the corpus has it as one.

    Returns:
        list of str
    """
    cut = []
    for token in tokens:
        found = None if token.isalnum() or known(token) else _CONTRACTION.fullmatch(token)
        cut.extend([found[1], found[2].replace("’", "'")] if found else [token])
    return cut


def write(path, corpus, sources):
    """Write the train split of a corpus and then the user's texts, a sentence a line, words with tabs between.

    Args:
        path: file to write.
        corpus (data_prep.corpus.Corpus): its words stand as its vocabulary has them, ``<unk>`` for the others.
        sources (iterable of TextSource)

    Returns:
        list of dict: for each text ``kind``, ``file`` and ``sha256``, ``sentences`` and ``tokens`` (int).

    Raises:
        UserError: a text cannot be read or is empty.
    """

    def known(word):
        return corpus.vocabulary.id_of(word) is not None

    written = []
    with open(path, "w", encoding="utf-8", newline="\n") as opened:
        record = {"kind": "train", "file": corpus.name, "sha256": corpus.sha256}
        written.append({**record, **_write(opened, train_sentences(corpus))})
        for source in sources:
            counts = _write(opened, (split_contractions(tokens, known) for tokens in source.sentences()))
            if not counts["tokens"]:
                raise UserError(f"--text {source.kind}={source.path}: there is no text in it")
            written.append({**source.record(), **counts})
    return written


def train_sentences(corpus):
    """Yield the documents of the train split as lists of str, without the ``<eos>`` of a classification corpus."""
    words, eos = corpus.vocabulary.words, corpus.vocabulary.eos
    for ids, _ in corpus.splits["train"]:
        yield [words[number] for number in ids if number != eos]


def _write(opened, sentences):
    number = tokens = 0
    for sentence in sentences:
        for begin in range(0, len(sentence), LONGEST):
            opened.write(SEPARATOR.join(sentence[begin : begin + LONGEST]) + "\n")
        number += bool(sentence)
        tokens += len(sentence)
    return {"sentences": number, "tokens": tokens}


class Sentences:
    """What :func:`write` wrote, read from disk again and again; memory does not grow with it.

    Args:
        path: the file.

    A reading that fails ends early, without an exception: gensim reads in a thread of its own, and waits for ever for
    one that has died.  :meth:`check` raises it afterwards.
    """

    def __init__(self, path):
        self.path = path
        self._error = None

    def __iter__(self):
        try:
            with open(self.path, encoding="utf-8", newline="\n") as opened:
                for line in opened:
                    yield line[:-1].split(SEPARATOR)
        except OSError as error:
            self._error = error

    def check(self):
        """Raise the OSError that has ended a reading early, if one has."""
        if self._error is not None:
            raise self._error
