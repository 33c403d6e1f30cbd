"""What a target needs.  All of it follows from the paper's tables (``results/published.toml``): their rows are the
methods, their columns the data sets; a scale says on which corpus a data set is measured, and only what can be
prepared is planned. The target ``compare`` has a corpus and methods of the user's choice instead.
"""

import dataclasses
import difflib
import functools
from pathlib import Path

from data_prep.corpora import CORPORA, named
from data_prep.corpus import corpora_folder
from data_prep.layers import base_scale
from data_prep.own import form_of
from iadv_foundation.console.cli import closest
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from iadv_foundation.storage.run_folder import RunFolder, differences, filled_up
from pretrain_lm.checkpoint import language_model_folder
from pretrain_lm.lm_settings import load_configuration as load_lm_settings
from quoted_systems.systems import SYSTEMS
from results.analysed import COMPARED, DATASETS
from results.published import load as load_published
from results.row_settings import settings_read, upgrade
from results.rows import ROWS
from results.setting import Setting
from word_vectors import store
from word_vectors.sentences import parse_sources
from word_vectors.vector_settings import load_gwe_settings, load_skipgram_settings

#: Targets that look at trained runs (figure4: with seed 0 alone): the data sets and the methods of those.
ANALYSES = {
    "figure4": (("imdb", "fce"), ("advt", "iadvt")),
    **dict.fromkeys(("quick", "table7", "report"), (tuple(DATASETS.values()), COMPARED)),
}
#: The tables that come from looking at runs.
ANALYSIS_TABLES = dict.fromkeys(("quick", "table7", "report"), ("table7", "interpretability"))
COMPARE = "compare"
TARGETS = {
    **{f"table{number}": (number,) for number in range(1, 7)},
    **dict.fromkeys(ANALYSES, ()),
    "quick": (1, 2, 3, 5, 6),
    "report": (1, 2, 3, 4, 5, 6),
    COMPARE: (),
}
#: Targets that end with a page, and those with Figures 4 and 1.
WITH_PAGE, WITH_FIGURES = ("quick", "report"), ("quick", "figure4")
#: Test documents that are attacked and measured at scale quick.
LOOKED_AT = 100
DOCUMENTS, HYPERPARAMETERS = 1, 2  # the two tables without results
UNLABELED = "amazon"  # reviews that are also the unlabelled text of a corpus that has none of its own
TEXTS = (UNLABELED, "imdb", "text")  # kinds of word_vectors.sentences that --source can give
_SECTIONS = {"skipgram": "vectors", "gwe": "gwe"}  # of configs/, for each kind of word vectors that a job can make


@dataclasses.dataclass(frozen=True)
class Plan:
    """The jobs of one target.

    Attributes:
        target (str): a key of :data:`TARGETS`.
        scale, recipe (str): names of files in ``configs/``; the scale with variants or not.
        seeds (int): number of runs of each method.
        sources (dict of str to str): corpus -> absolute path of its archive or folder; one of :data:`TEXTS` -> that
            of a text that skip-gram vectors are to be trained on as well.
        out (pathlib.Path): the folder of everything made.
        corpus (str or None): of the target ``compare``.
        methods (tuple of str): the rows of its table.
        subset (bool): whether sources may have other numbers of documents than the corpora have.
    """

    target: str
    scale: str
    recipe: str
    seeds: int
    sources: dict
    out: Path
    corpus: str | None = None
    methods: tuple = ()
    subset: bool = False

    @property
    def tables(self):
        """Numbers of the tables to make (tuple of int)."""
        return TARGETS[self.target]

    @property
    def documents(self):
        """Names of the files of all tables to make, without endings (tuple of str)."""
        own = (f"compare-{self.corpus}",) if self.corpus else ()
        return (*(f"table{number}" for number in self.tables), *ANALYSIS_TABLES.get(self.target, ()), *own)

    @property
    def pages(self):
        """The pages to make, as paths below ``out`` (tuple of str)."""
        name = f"compare-{self.corpus}" if self.corpus else "report" if self.target in WITH_PAGE else None
        return (f"report/{self.recipe}/{self.scale}/{name}.html",) if name else ()

    @property
    def figures(self):
        """Numbers of the tables to draw: those with results (tuple of int)."""
        return tuple(number for number in self.tables if number not in (DOCUMENTS, HYPERPARAMETERS))

    @property
    def wanted(self):
        """The corpora of the target's tables, whether they can be prepared or not (list of str)."""
        tables = [corpus for number in self.tables for corpus in self._columns(number)]
        return list(dict.fromkeys(tables + self._analysed() + ([self.corpus] if self.corpus else [])))

    @property
    def limit(self):
        """How many test documents of a run are attacked and measured (int); None for all."""
        return LOOKED_AT if base_scale(self.scale) == "quick" else None

    def _analysed(self):
        """The corpora whose runs an analysis looks at (list of str)."""
        datasets, _ = ANALYSES.get(self.target, ((), ()))
        return [Setting(self.out, self.recipe, self.scale).corpus_for(dataset) for dataset in datasets]

    @property
    def analysed_runs(self):
        """The runs that an analysis looks at; none for a target without one (list of (corpus, method, seed))."""
        _, methods = ANALYSES.get(self.target, ((), ()))
        seeds = range(1 if self.target == "figure4" else self.seeds)
        corpora = [corpus for corpus in self._analysed() if corpus in self.corpora]
        return [(corpus, method, seed) for corpus in corpora for method in methods for seed in seeds]

    @property
    def runs(self):
        """All runs that the target needs (list of (corpus, method, seed))."""
        tables = [run for number in self.figures for run in self.runs_of(number)]
        return list(dict.fromkeys(tables + self.analysed_runs + self.compared_runs))

    @property
    def compared_runs(self):
        """The runs that the target ``compare`` puts side by side; none for others (list of (corpus, method, seed))."""
        corpora = [self.corpus] if self.corpus in self.corpora else []
        return [(corpus, method, seed) for corpus in corpora for method in self.methods for seed in range(self.seeds)]

    @property
    def corpora(self):
        """Those of :attr:`wanted` that are prepared, or can be (list of str)."""
        return [corpus for corpus in self.wanted if self.is_prepared(corpus) or self.can_prepare(corpus)]

    def _columns(self, number):
        published, setting = load_published(), Setting(self.out, self.recipe, self.scale)
        if number == HYPERPARAMETERS:
            return []
        if number == DOCUMENTS:
            datasets = [dataset.name for dataset in published.datasets]
        else:
            datasets = published.comparison(number).datasets
        return [setting.corpus_for(dataset) for dataset in datasets]

    def is_prepared(self, corpus):
        """Whether the corpus stands under ``out``."""
        return (corpora_folder(self.out) / corpus / "corpus.json").is_file()

    def can_prepare(self, corpus):
        """Whether its text is at hand: in a source the user gave, or in published packages."""
        return corpus in self.sources or bool(named(corpus).packages)

    def prepare_options(self, corpus):
        """What the user gave for the preparation of a corpus, as options of ``python -m data_prep`` (list of str)."""
        given = [f"--source={self.sources[corpus]}"] if corpus in self.sources else []
        if named(corpus).read_unlabeled and UNLABELED in self.sources:
            given.append(f"--unlabeled={self.sources[UNLABELED]}")
        return given + ["--subset"] * (self.subset and corpus in self.sources)

    def corpora_of(self, number):
        """The corpora that Table ``number`` is made from (list of str)."""
        return [corpus for corpus in self._columns(number) if corpus in self.corpora]

    def runs_of(self, number):
        """The runs that Table ``number`` is made from; Table 2: those of all other tables (list of (corpus, method,
        seed)).
        """
        if number == DOCUMENTS:
            return []
        if number == HYPERPARAMETERS:
            return list(dict.fromkeys(run for other in self.figures for run in self.runs_of(other)))
        methods = [row.method for row in load_published().comparison(number).rows if row.method]
        if self.target == "quick":  # minutes, to see the paper's own methods
            methods = [method for method in methods if method not in SYSTEMS]
        corpora, seeds = self.corpora_of(number), range(self.seeds)
        return [(corpus, method, seed) for corpus in corpora for method in methods for seed in seeds]

    def sanity_of(self, number):
        """The corpora whose sanity check Table ``number`` shows (list of str)."""
        return self.corpora_of(number) if number in self.figures else []

    def lm_settings(self, corpus):
        """What a language model depends on besides its text (dict)."""
        return load_lm_settings(corpus, self.recipe, self.scale, []).model_dump()

    def settings(self, corpus, method="baseline"):
        """What a training run depends on besides corpus, method, seed and start weights (dict)."""
        return settings_read(method, corpus, self.recipe, self.scale)

    def needs_language_model(self, corpus, method="baseline"):
        """Whether training starts from one."""
        return self.settings(corpus, method).get("training", {}).get("initialise") == "lm"

    def vectors_of(self, corpus, method="baseline"):
        """Name of the word vectors that training starts from (str), or None."""
        return self.settings(corpus, method).get("training", {}).get("vectors")

    def vectors(self, corpus):
        """Names of the word vectors that the target's runs on a corpus start from, and of what those need (set of
        str).
        """
        runs = {run[:2] for run in self.runs if run[0] == corpus}
        names = {self.vectors_of(*run) for run in runs} - {None}
        return names | ({"skipgram"} if "gwe" in names else set())

    def vectors_settings(self, corpus, name):
        """What vectors called ``skipgram`` or ``gwe`` depend on besides text and seed (dict)."""
        load = {"skipgram": load_skipgram_settings, "gwe": load_gwe_settings}[name]
        return load(corpus, self.scale).model_dump()

    @property
    def texts(self):
        """Those of :attr:`sources` that skip-gram vectors are trained on: kind -> path (dict of str to str)."""
        return {kind: path for kind, path in self.sources.items() if kind in TEXTS}

    def text_names(self, corpus):
        """The texts, besides the corpus's own, behind the skip-gram vectors: ``KIND=NAME`` of each (list of str).

        Where the user gives none, those of the vectors that stand there: more seeds must not mean other vectors.
        """
        given = [f"{kind}={Path(path).name}" for kind, path in sorted(self.texts.items())]
        return given or store.texts_of(store.vectors_folder(self.out, corpus, "skipgram"))

    @property
    def stale(self):
        """The results of the target's jobs that were made with other settings than ``configs/`` has, as paths below
        ``out`` (list of str).  Snakemake is told to make them again.
        """
        return [
            *self.stale_vectors,
            *(
                str(folder / "metrics.json")
                for folder, is_stale in self._made_with_settings()
                if is_stale(self.out / folder)
            ),
        ]

    def _made_with_settings(self):
        """Yield the folder below ``out`` of each language model and run, and a function of its path: is it stale?"""
        for corpus in self.corpora:
            wanted = self.lm_settings(corpus)
            yield (
                language_model_folder("", corpus, self.recipe, self.scale),
                lambda path, wanted=wanted: _differs(path, {"lm": wanted}, filled_up("lm", wanted)),
            )
        for corpus, method, seed in self.runs:
            wanted = self.settings(corpus, method)
            yield (
                Path("runs", corpus, self.recipe, self.scale, method, f"seed-{seed}"),
                lambda path, wanted=wanted: _differs(path, wanted, upgrade),
            )

    @property
    def stale_vectors(self):
        """Those of the target's finished word vectors that were made with other settings than ``configs/`` has,
        another seed or start than the Snakefile gives, or from other text than the user gives now under the same
        name, as paths below ``out`` (list of str).  Snakemake knows neither of what was made by hand nor of what is
        in a text.
        """
        return [
            str(store.vectors_folder("", corpus, name) / "metrics.json")
            for corpus in self.corpora
            for name in sorted(self.vectors(corpus))
            if self._is_stale(corpus, name)
        ]

    def _is_stale(self, corpus, name):
        folder = store.vectors_folder(self.out, corpus, name)
        if name not in _SECTIONS or not store.is_finished(folder) or not RunFolder(folder).config.is_file():
            return False
        settings = self.vectors_settings(corpus, name)
        made = filled_up(_SECTIONS[name], settings)(files.read_json(RunFolder(folder).config))
        wanted = {_SECTIONS[name]: settings, "seed": 0}
        if name == "gwe":
            start = store.vectors_folder(self.out, corpus, "skipgram")
            wanted |= {"start": "skipgram", "start_sha256": store.digest(start) if store.is_finished(start) else None}
        elif self.texts and _in_order(made["texts"]) != self._text_records:
            return True
        return any(made.get(key) != value for key, value in wanted.items())

    @functools.cached_property
    def _text_records(self):
        """Kind, name and SHA-256 of each of :attr:`texts` (list of dict)."""
        return _in_order(
            source.record() for source in parse_sources(f"{kind}={path}" for kind, path in self.texts.items())
        )

    def check(self):
        """Refuse what cannot work, before any job starts.

        Returns:
            list of str: one line for each corpus without results, and for each with word vectors from its own text
            alone.

        Raises:
            UsageError: a source that no job needs, a mistake in the configuration files, no corpus of the target can be
                prepared for want of a source, or training starts from vectors that only the user can import.
        """
        with_skipgram = [corpus for corpus in self.corpora if "skipgram" in self.vectors(corpus)]
        for corpus in self.sources:
            if (
                corpus not in self.wanted
                and not (with_skipgram and corpus in TEXTS)
                and not (corpus == UNLABELED and any(named(other).read_unlabeled for other in self.wanted))
            ):
                raise UsageError(
                    f"--source {corpus}=...: {self.target} at scale {self.scale} does not use it"
                    + (f", but {', '.join(self.wanted)}" if self.wanted else "")
                )
        missing = [corpus for corpus in self.wanted if corpus not in self.corpora]
        if missing and not self.corpora:
            source = "PATH" if len(missing) == 1 else f"{missing[0]}=PATH"
            fetched = next((corpus for corpus in missing if named(corpus).downloads), None)
            raise UsageError(
                f"{self.target} at scale {self.scale} needs the text of {' or '.join(missing)}"
                f"{self._nearest()}: give --source {source}, an archive or a folder"
                + (f", or fetch public text first by python -m data_prep {fetched}" if fetched else "")
            )
        for corpus in self.corpora:
            self.lm_settings(corpus)
            for method in self.methods or ROWS:
                self.settings(corpus, method)
            self._check_vectors(corpus)
        shown = dict.fromkeys(
            [corpus for number in self.figures for corpus in self._columns(number)] + self._analysed()
        )
        return [
            f"{corpus}: no --source given, its results will be '-'" for corpus in shown if corpus not in self.corpora
        ] + [
            f"{corpus}: word vectors from its own text alone; --source imdb=PATH, amazon=PATH and text=PATH give them "
            "more"
            for corpus in with_skipgram
            if base_scale(self.scale) != "quick" and not self.text_names(corpus)
        ]

    def _nearest(self):
        """Which prepared corpus may have been meant, where one of the user's own is not there (str)."""
        if not self.corpus or not form_of(self.corpus):
            return ""
        prepared = [path.parent.name for path in corpora_folder(self.out).glob("*/corpus.json")]
        near = difflib.get_close_matches(self.corpus, prepared, n=1)
        return f" (did you mean {near[0]}?)" if near else ""

    def _check_vectors(self, corpus):
        for name in self.vectors(corpus):
            folder = store.vectors_folder(self.out, corpus, name)
            if name in _SECTIONS:
                self.vectors_settings(corpus, name)
                self._check_texts(corpus, name)
            elif not store.is_finished(folder):
                raise UsageError(
                    f"{corpus} starts from imported vectors, and there are none at {folder}: first run "
                    f"python -m word_vectors import {corpus} FILE --out {self.out}"
                )

    def _check_texts(self, corpus, name):
        """Vectors that must be made again must not lose a text that nobody gives this time."""
        if name == "skipgram" and not self.texts and self._is_stale(corpus, name) and self.text_names(corpus):
            folder = store.vectors_folder(self.out, corpus, name)
            raise UsageError(
                f"{folder} was made from {', '.join(self.text_names(corpus))} too, with other settings than now: "
                "give --source KIND=PATH of these again, or remove that folder to do without"
            )


def _differs(folder, wanted, upgrade):
    """Whether what stands in a folder (pathlib.Path) was finished with other settings than are wanted (dict)."""
    run = RunFolder(folder)
    if not run.has_result or not run.config.is_file():
        return False
    try:
        made = upgrade(files.read_json(run.config))
    except UserError:  # damaged, or a repair since gives other numbers
        return True
    return bool(differences({name: made.get(name) for name in wanted}, wanted))


def _in_order(texts):
    return sorted(texts, key=lambda text: sorted(text.items()))


def read_sources(given, plan):
    """Assign what the user gave as ``--source`` to corpora.

    Args:
        given (list of str): ``NAME=PATH``, or ``PATH`` where the target needs one corpus.
        plan (Plan): its target, scale and recipe count.

    Returns:
        dict of str to str: corpus -> absolute path.

    Raises:
        UsageError: it is not clear which corpus is meant, or one is given twice.
        UserError: nothing stands at the path.
    """
    sources = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not (name in {*CORPORA, *TEXTS} or form_of(name)):
            if equals and "/" not in name and not Path(text).exists():
                closest(name, dict.fromkeys((*CORPORA, *TEXTS)), "--source")
            name, path = _only_corpus(text, plan), text
        if name in sources:
            raise UsageError(f"--source {text}: {name} has a source already")
        if not Path(path).exists():
            raise UserError(f"--source {text}: there is no file or folder {path}")
        sources[name] = str(Path(path).resolve())
    return sources


def _only_corpus(text, plan):
    wanted = plan.wanted
    if wanted and all(named(corpus).packages for corpus in wanted):
        raise UsageError(
            f"--source {text}: {plan.target} at scale {plan.scale} is made from {', '.join(wanted)}, which "
            f"published packages hold; add --scale reduced or paper for the paper's corpus, or write "
            f"{wanted[0]}=PATH"
        )
    if len(wanted) != 1:
        raise UsageError(
            f"--source {text}: write --source NAME=PATH, NAME one of {', '.join(wanted)}"
            if wanted
            else f"--source {text}: {plan.target} at scale {plan.scale} reads no text"
        )
    return wanted[0]
