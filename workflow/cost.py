"""What the jobs of a plan take: hours before anything starts, and what a cluster's queue is asked for."""

import functools
import math

from data_prep.layers import base_scale
from interpretable_adv.methods import METHODS
from workflow import cards
from workflow.cost_model import (
    Batch,
    Network,
    counts,
    disk_mb,
    gpu_seconds,
    language_model_counts,
    memory_mb,
    passes,
    prices,
    seconds,
)
from workflow.sizes import size_of

LONGEST = 24 * 60  # minutes that a job may ask for: many partitions allow no more
ROOM = 3  # times the expected time and 1.5 times the memory: another machine, a busy node
_LEAST = 10  # minutes
_MEMORY_ROOM = 1.5
_GPU_RULES = ("lm", "train", "train_quoted", "attack", "interpretability")
_SPREAD = 3.6  # the longest of 32 documents, in means: IMDB's, benchmarks/README.md


class Cost:
    """The jobs of a plan.

    Args:
        plan (workflow.plan.Plan)
        device (str or int): ``--device``.
        cluster (workflow.cluster.Cluster or None)
    """

    def __init__(self, plan, device="-1", cluster=None):
        self.plan, self.cluster = plan, cluster
        self._on_gpu = bool(cards.numbers(device))
        self._size = functools.cache(lambda corpus: size_of(plan, corpus))

    def uses_gpu(self, rule):
        """Whether jobs of a rule (str) run on a GPU (bool)."""
        return self._on_gpu and rule in _GPU_RULES

    def seconds(self, rule, wildcards):
        """How long a job runs (float): on one core, or on a GPU.

        Args:
            rule (str): of ``workflow/Snakefile``.
            wildcards (dict, or Snakemake's): its ``corpus``, ``method``, ...
        """
        values = _values(wildcards)
        estimate = getattr(self, f"_{rule}", None)
        return estimate(**values) if estimate else prices()["jobs"].get(rule, prices()["jobs"]["other"])

    def minutes(self, rule, wildcards):
        """Minutes that a queue is asked for (int)."""
        wanted = _LEAST + ROOM * self.seconds(rule, wildcards) / 60
        return min(LONGEST, math.ceil(wanted))

    def memory_mb(self, rule, wildcards):
        """Memory that a queue is asked for (int): MB."""
        values = _values(wildcards)
        corpus = values.get("corpus") or next(iter(self.plan.corpora), None)
        if corpus is None or rule == "prepare":
            return prices()["memory"]["prepare"]
        size = self._size(corpus)
        network, tokens = self._network(corpus, values.get("method", "baseline")), self._most_words(corpus, size)
        if rule == "lm":
            lm = self.plan.lm_settings(corpus)
            network = Network(lm["hidden_size"], lm["embedding_size"], size.vocabulary)
            tokens = lm["batch_size"] * lm["bptt_length"]
        text = prices()["memory"]["a_word"] * sum(size.tokens.values()) / 1e6
        around = prices()["memory"]["snakemake"]
        return math.ceil(_MEMORY_ROOM * (memory_mb(network, tokens) + text + around) / 100) * 100

    def disk_mb(self, jobs):
        """Disk of what finished jobs leave (float): MB.

        Args:
            jobs (iterable of (str, dict)): rules and wildcards.
        """
        return sum(
            disk_mb(self._network(values["corpus"], values["method"]))[1] for rule, values in jobs if rule == "train"
        )

    def told(self, jobs):
        """What a dry run says of the hours (list of str).

        Args:
            jobs (list of (str, dict)): rules and wildcards of the jobs that would run.
        """
        if not jobs:
            return []
        times = [(self.seconds(rule, values), self.uses_gpu(rule)) for rule, values in jobs]
        cores, gpus = (sum(time for time, on_gpu in times if on_gpu is kind) for kind in (False, True))
        longest = max(time for time, _ in times)
        hours = [f"{_hours(cores)} on cores"] + [f"{_hours(gpus)} on GPUs, which nobody has measured"] * (gpus > 0)
        lines = [f"estimated: {', '.join(hours)}; the longest job {_hours(longest)} (docs/scaling.md says from what)"]
        slices = math.ceil(longest / (LONGEST * 60))
        if self.cluster is not None and slices > self.cluster.retries + 1:
            lines.append(
                f"the longest job needs {slices} times 24 hours, and the profile tries {self.cluster.retries + 1} "
                f"times: add -- --retries {slices}"
            )
        guessed = sorted(
            {values["corpus"] for _, values in jobs if "corpus" in values and not self._size(values["corpus"]).is_known}
        )
        return lines + [f"{corpus}: its size is a guess until it is prepared" for corpus in guessed]

    # ---- rules ---------------------------------------------------------------------------------------------------

    def _prepare(self, corpus):
        return (
            prices()["jobs"]["prepare"]
            + sum(self._size(corpus).tokens.values()) / prices()["words_a_second"]["prepare"]
        )

    def _sanity(self, corpus):
        return sum(self._size(corpus).tokens.values()) / prices()["words_a_second"]["sanity"]

    def _skipgram(self, corpus):
        settings = self.plan.vectors_settings(corpus, "skipgram")
        given = sum(size_in_words(path) for path in self.plan.texts.values())
        words = self._size(corpus).tokens["train"] + given
        return settings["epochs"] * words / prices()["words_a_second"]["skipgram"]

    def _gwe(self, corpus):
        settings = self.plan.vectors_settings(corpus, "gwe")
        return settings["epochs"] * self._size(corpus).tokens["train"] / prices()["words_a_second"]["gwe"]

    def _lm(self, corpus):
        lm, size = self.plan.lm_settings(corpus), self._size(corpus)
        tokens = sum(size.tokens.get(split, 0.0) for split in ("train", "unlabeled"))
        updates = tokens / (lm["batch_size"] * lm["bptt_length"])
        return self._epochs(lm) * updates * self._time(language_model_counts(lm, size.vocabulary))

    def _train(self, corpus, method, seed=None):
        settings, size = self.plan.settings(corpus, method), self._size(corpus)
        training = settings["training"]
        found = self._update(corpus, method, settings, size)
        updates = math.ceil(size.documents["train"] / training["batch_size"])
        dev = counts(
            self._network(corpus, method), [(Batch(size.tokens.get("dev", 0.0), size.mean * _SPREAD), 1 / 3, 0.0)]
        )
        epoch = updates * self._time(found) + self._time(dev) + self._neighbours(corpus, method)
        return self._epochs(training) * epoch

    def _train_quoted(self, corpus, method, seed=None):
        words = sum(self._size(corpus).tokens.get(split, 0.0) for split in ("train", "unlabeled"))
        rate = prices()["quoted"].get(f"{method}-{base_scale(self.plan.scale)}") or prices()["quoted"][method]
        return words / rate

    def _attack(self, corpus, method, seed=None):
        return prices()["jobs"]["other"] + prices()["jobs"]["passes"] * self._forward_of_test(corpus, method)

    _interpretability = _attack

    # ---- parts ---------------------------------------------------------------------------------------------------

    def _forward_of_test(self, corpus, method):
        """Seconds of reading the test documents that are looked at (float)."""
        size = self._size(corpus)
        documents = min(self.plan.limit or math.inf, size.documents.get("test", 0))
        batch = Batch(documents * size.mean, documents / 32 * size.mean * _SPREAD)
        return self._time(counts(self._network(corpus, method), [(batch, 1 / 3, 0.0)]))

    def _network(self, corpus, method):
        settings = self.plan.settings(corpus, method).get("model", {})
        directions = 2 if "vectors" in self.plan.settings(corpus, method).get("training", {}) else 1
        return Network(
            settings.get("hidden_size", 512),
            settings.get("embedding_size", 512),
            self._size(corpus).vocabulary,
            directions,
        )

    def _most_words(self, corpus, size):
        training = self.plan.settings(corpus).get("training", {})
        mean = min(max(size.mean, size.pool_mean), training.get("max_words") or math.inf)
        return (training["batch_size"] + 2 * training.get("unlabeled_batch_size", 96)) * mean

    def _update(self, corpus, method, settings, size):
        method, training = METHODS[method], settings["training"]
        has_pool = size.has_pool and method.semi_supervised
        labelled, pool, perturbed = passes(method, has_pool)
        cut = training.get("max_words") or math.inf

        def batch(documents, mean):
            return Batch(documents * min(mean, cut), min(mean * _SPREAD, cut))

        directed = settings.get("perturbation", {}).get("neighbours", 0) if method.space == "directions" else 0
        batches = [(batch(training["batch_size"], size.mean), labelled, 0.0 if has_pool else perturbed)]
        if has_pool:
            batches.append((batch(training["unlabeled_batch_size"], size.pool_mean), pool, perturbed))
        return counts(self._network(corpus, method.name), batches, directed)

    def _neighbours(self, corpus, method):
        """Seconds of finding the nearest words of each word, once an epoch (float)."""
        if METHODS[method].space != "directions":
            return 0.0
        network = self._network(corpus, method)
        products = network.vocabulary**2 * network.embedding / 1e12
        price = prices()["neighbours"]["table"]
        return products * price if not self._on_gpu else gpu_seconds({"product": 1000 * products, "step": 0.0})

    def _time(self, found):
        return gpu_seconds(found) if self._on_gpu else seconds(found)

    def _epochs(self, settings):
        """Epochs until patience runs out, as measured runs had: a share of the most."""
        return settings["max_epochs"] * prices()["epochs"]["share"]


def size_in_words(path):
    """About how many words a text has (float): from its bytes; packed text has three times as many."""
    from pathlib import Path

    path = Path(path)
    count = path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.rglob("*"))
    packed = 3 if path.suffix in (".gz", ".xz", ".bz2", ".zip") else 1
    return packed * count / prices()["corpora"]["imdb"]["bytes_a_word"]


def _values(wildcards):
    return dict(wildcards.items()) if hasattr(wildcards, "items") else dict(wildcards)


def _hours(time):
    """Seconds as hours: ``0.2 h``, ``31 h`` (str)."""
    hours = time / 3600
    return f"{hours:.1f} h" if hours < 10 else f"{hours:,.0f} h"
