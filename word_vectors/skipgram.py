"""Skip-gram vectors with negative sampling (Mikolov et al. 2013), trained by gensim: bit-identical for equal seeds."""

import contextlib
import hashlib
import importlib.metadata
import logging
import os
import time
from pathlib import Path

import numpy as np

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files, special_files
from word_vectors import sentences as text
from word_vectors import store

_LAST_LEARNING_RATE = 0.0001


def train(corpus, settings, sources, folder, seed, quiet=False):
    """Train vectors for the vocabulary of a corpus and write them.

    Args:
        corpus (data_prep.corpus.Corpus)
        settings (word_vectors.vector_settings.SkipGramSettings)
        sources (list of word_vectors.sentences.TextSource): texts besides the corpus's train split.
        folder (pathlib.Path): where they go; the text stands there too while it is read.
        seed (int)
        quiet (bool): no progress on the screen.

    Returns:
        dict: the record, see :func:`word_vectors.store.save`; the times are in ``timing.json``.

    Raises:
        UserError: a text cannot be read, or no word of the vocabulary is frequent enough.
        OSError: the text written beside the vectors cannot be read again.
    """
    start = time.monotonic()
    special_files.make_folder(folder)
    # The name is one that iadv_foundation.storage.run_folder clears away after a kill.
    path = Path(folder) / f".text.partial-{os.getpid()}"
    try:
        texts = text.write(path, corpus, sources)
        written = time.monotonic()
        trained, types = _fit(text.Sentences(path), settings, seed, quiet)
    finally:
        path.unlink(missing_ok=True)
    seconds = time.monotonic() - written
    tokens = sum(one["tokens"] for one in texts)
    vectors, found = _rows(trained, corpus.vocabulary, settings)
    store.fill_missing(vectors, found, seed)
    record = {
        "name": "skipgram",
        "corpus": corpus.name,
        "corpus_sha256": corpus.sha256,
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "seed": seed,
        "settings": settings.model_dump(),
        "size": settings.size,
        "texts": texts,
        "tokens": tokens,
        "types": types,
        "gensim": importlib.metadata.version("gensim"),
        "found": int(found.sum()),
        "coverage": store.coverage(corpus, found),
    }
    files.write_json(
        Path(folder) / "timing.json",
        {
            "text_seconds": round(written - start, 3),
            "training_seconds": round(seconds, 3),
            "words_per_second": round(tokens * settings.epochs / max(seconds, 1e-9)),
        },
    )
    store.save(folder, vectors, found, record)
    return record


def _fit(sentences, settings, seed, quiet):
    """gensim's vectors (gensim.models.KeyedVectors) and the number of words that it counted (int)."""
    # Here, because it takes a second or two to load.
    from gensim.models import Word2Vec
    from gensim.models.callbacks import CallbackAny2Vec

    class Progress(CallbackAny2Vec):
        epoch, began = 0, time.monotonic()

        def on_epoch_end(self, model):
            self.epoch += 1
            print(
                f"skip-gram: epoch {self.epoch} of {settings.epochs}, {time.monotonic() - self.began:.0f} s", flush=True
            )

    with without_advice():
        # One worker: with several, threads race for the same weights.
        model = Word2Vec(
            sg=1,
            hs=0,
            vector_size=settings.size,
            window=settings.window,
            negative=settings.negative,
            min_count=settings.minimum_count,
            sample=settings.subsampling,
            epochs=settings.epochs,
            alpha=settings.learning_rate,
            min_alpha=min(_LAST_LEARNING_RATE, settings.learning_rate),
            workers=1,
            seed=seed & 0xFFFFFFFF,
            hashfxn=stable_hash,
        )
        model.build_vocab(corpus_iterable=sentences)
        sentences.check()
        if not len(model.wv):
            raise UserError(f"no word of the text occurs {settings.minimum_count} times (vectors.minimum_count)")
        model.train(
            corpus_iterable=sentences,
            total_examples=model.corpus_count,
            epochs=model.epochs,
            callbacks=[] if quiet else [Progress()],
        )
        sentences.check()
    return model.wv, len(model.wv)


def stable_hash(word):
    """A hash of a word (int, 32 bits) that is the same in every process, whatever ``PYTHONHASHSEED`` is."""
    return int.from_bytes(hashlib.blake2b(str(word).encode(), digest_size=4).digest(), "little")


@contextlib.contextmanager
def without_advice():
    """gensim's warnings are on the speed of many workers."""
    logger = logging.getLogger("gensim")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _rows(trained, vocabulary, settings):
    """The trained vectors in the order of the vocabulary: float32 (V, D) and bool (V,)."""
    vectors, found = np.zeros((len(vocabulary), settings.size), np.float32), np.zeros(len(vocabulary), bool)
    for number, word in enumerate(vocabulary.words):
        row = trained.key_to_index.get(word)
        if row is not None:
            vectors[number], found[number] = trained.vectors[row], True
    if not found.any():
        raise UserError(
            f"no word of the corpus occurs {settings.minimum_count} times in the text (vectors.minimum_count)"
        )
    return vectors, found
