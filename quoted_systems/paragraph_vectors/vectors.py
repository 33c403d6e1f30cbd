"""Paragraph vectors by gensim's Doc2Vec: bit-identical for equal seeds, and resumed after any kill.

gensim trains on the documents that are learnt from; the vector of a document of dev or test is inferred with everything
else fixed.  An epoch is one call of gensim, after which everything that it goes on from is written down.
"""

import sys
import time

import numpy as np

from iadv_foundation.arithmetic.random import generator
from iadv_foundation.errors import TimeLimitReached, UserError
from iadv_foundation.storage import files
from quoted_systems.texts import LEARNT_FROM
from word_vectors.skipgram import stable_hash, without_advice

_LAST_LEARNING_RATE = 0.0001
_KIND = {"kind": "paragraph vectors"}
#: Documents that are inferred before the clock is looked at.
_AT_ONCE = 500
INFERRED = ("dev", "test")


class Documents:
    """The documents of some splits as gensim reads them.

    Args:
        corpus (data_prep.corpus.Corpus)
        words (quoted_systems.texts.Words)
        splits (iterable of str)
    """

    def __init__(self, corpus, words, splits):
        self._splits = [corpus.splits[split] for split in splits]
        self._names, self._number_of = np.array(words.names, object), words.number_of
        self._first = np.cumsum([0, *map(len, self._splits)])

    def __len__(self):
        return int(self._first[-1])

    def __getitem__(self, index):
        """The words of a document (list of str); unknown ones are left out."""
        which = int(np.searchsorted(self._first, index, side="right")) - 1
        numbers = self._number_of[self._splits[which][int(index - self._first[which])][0]]
        return self._names[numbers[numbers >= 0]].tolist()


class _Reading:
    """Documents in an order, each with its number, as gensim wants them."""

    def __init__(self, documents, order):
        self.documents, self.order = documents, order

    def __iter__(self):
        from gensim.models.doc2vec import TaggedDocument

        return (TaggedDocument(self.documents[index], [int(index)]) for index in self.order)


class Doc2Vec:
    """One of the two models.

    Args:
        name (str): ``"dm"`` or ``"dbow"``.
        documents (Documents): that are learnt from.
        settings (quoted_systems.paragraph_vectors.settings.ParagraphVectorSettings)
        seed (int)

    Attributes:
        epoch (int): epochs that are over.
        inferred (numpy.ndarray): float32 (documents done so far, size), of dev and test in a row.
        seconds (float): so far.
    """

    def __init__(self, name, documents, settings, seed):
        from gensim.models.doc2vec import Doc2Vec as Gensim  # here, because it takes a second or two to load

        self.name, self.documents, self.settings, self.seed = name, documents, settings, seed
        self.epoch, self.seconds, self.inferred = 0, 0.0, np.zeros((0, settings.size), np.float32)
        with without_advice():
            # One worker: with several, threads race for the same weights.
            self.model = Gensim(
                dm=int(name == "dm"),
                dm_mean=1,
                dbow_words=0,
                hs=0,
                vector_size=settings.size,
                window=settings.window,
                negative=settings.negative,
                min_count=settings.minimum_count,
                sample=settings.subsampling,
                workers=1,
                seed=seed & 0xFFFFFFFF,
                hashfxn=stable_hash,
            )
            self.model.build_vocab(corpus_iterable=_Reading(documents, range(len(documents))))
        if not len(self.model.wv):
            raise UserError(f"no word occurs {settings.minimum_count} times (paragraph_vectors.minimum_count)")

    def learning_rate(self, epoch):
        """At the beginning of an epoch, counted from 0 (float)."""
        last = min(_LAST_LEARNING_RATE, self.settings.learning_rate)
        return self.settings.learning_rate + (last - self.settings.learning_rate) * epoch / self.settings.epochs

    def train(self):
        """One epoch, over the documents in an order of its own."""
        order = generator(self.seed, f"order of documents {self.name}", self.epoch).permutation(len(self.documents))
        with without_advice():
            self.model.train(
                corpus_iterable=_Reading(self.documents, order),
                total_examples=len(self.documents),
                epochs=1,
                start_alpha=self.learning_rate(self.epoch),
                end_alpha=self.learning_rate(self.epoch + 1),
            )
        self.epoch += 1

    def infer(self, documents):
        """Infer the vectors of the next documents (Documents), and put them behind :attr:`inferred`."""
        found = []
        for index in range(len(self.inferred), min(len(documents), len(self.inferred) + _AT_ONCE)):
            # A document's vector does not depend on those before it.
            self.model.random.seed(generator(self.seed, f"inference {self.name}", index).integers(1 << 32))
            found.append(
                self.model.infer_vector(
                    documents[index],
                    epochs=self.settings.inference_epochs,
                    alpha=self.settings.learning_rate,
                    min_alpha=_LAST_LEARNING_RATE,
                )
            )
        self.inferred = np.concatenate(
            [self.inferred, np.array(found, np.float32).reshape(len(found), self.settings.size)]
        )

    def save(self, path):
        """Write all that training goes on from."""
        _, keys, position, *_ = self.model.random.get_state()
        files.save_arrays(
            path,
            {
                "words": self.model.wv.vectors,
                "outputs": self.model.syn1neg,
                "documents": self.model.dv.vectors,
                "random_keys": keys,
                "random_position": position,
                "epoch": self.epoch,
                "seconds": self.seconds,
                "inferred": self.inferred,
            },
            _KIND,
        )

    def load(self, path):
        """Go on from what :meth:`save` wrote.

        Raises:
            DamagedFileError: it is truncated or altered.
        """
        arrays, _ = files.load_arrays(path)
        self.model.wv.vectors[...], self.model.syn1neg[...] = arrays["words"], arrays["outputs"]
        self.model.dv.vectors[...] = arrays["documents"]
        self.model.random.set_state(("MT19937", arrays["random_keys"], int(arrays["random_position"])))
        self.epoch, self.seconds, self.inferred = int(arrays["epoch"]), float(arrays["seconds"]), arrays["inferred"]


def make(name, job, words):
    """The vectors of one model, made or, where they stand in the run's folder, read.

    Args:
        name (str): ``"dm"`` or ``"dbow"``.
        job (quoted_systems.run.Job)
        words (quoted_systems.texts.Words)

    Returns:
        dict of str to numpy.ndarray: ``train``, ``dev`` and ``test``, float32 (documents, size); and the seconds it
        took.

    Raises:
        UserError: no word is frequent enough.
        TimeLimitReached: the time limit is over; a snapshot holds all of it.
    """
    part = job.part(name, "paragraph_vectors")
    if not part.is_finished:
        model = Doc2Vec(name, Documents(job.corpus, words, LEARNT_FROM), job.settings.paragraph_vectors, job.seed)
        if part.snapshot.is_file():
            model.load(part.snapshot)
        _run(model, job, Documents(job.corpus, words, INFERRED), part)
        dev = len(job.corpus.splits["dev"])
        files.save_arrays(
            part.best,
            {
                "train": model.model.dv.vectors[: len(job.corpus.splits["train"])],
                "dev": model.inferred[:dev],
                "test": model.inferred[dev:],
            },
            _KIND,
        )
        files.write_json(part.timing, {"training_seconds": round(model.seconds, 3)})
        part.finish({"words": len(model.model.wv), "documents": len(model.documents)})
    return files.load_arrays(part.best)[0], files.read_json(part.timing)["training_seconds"]


def _run(model, job, inferred, part):
    """Train and infer to the end, with a snapshot after each epoch and whenever time is over."""
    epochs = model.settings.epochs
    while model.epoch < epochs or len(model.inferred) < len(inferred):
        started, training = time.perf_counter(), model.epoch < epochs
        if training:
            model.train()
        else:
            model.infer(inferred)
        model.seconds += time.perf_counter() - started
        is_over = job.deadline.is_over
        if training or is_over:
            model.save(part.snapshot)
        if is_over:
            raise TimeLimitReached(
                f"stopped at the time limit of {job.deadline.seconds:g} s, {model.name.upper()} vectors "
                f"after epoch {model.epoch} of {epochs}; repeat the command to go on"
            )
        if not job.quiet and (training or len(model.inferred) == len(inferred)):
            what = f"epoch {model.epoch} of {epochs}" if training else f"{len(inferred):,} documents inferred"
            print(
                f"{job.label}: {model.name.upper()} vectors, {what}, {model.seconds:.0f} s", file=sys.stderr, flush=True
            )
