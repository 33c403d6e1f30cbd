"""The runs of a setting, read once, for all that is made of them: tables, curves, orderings, the report.

Beside its runs a folder may have a ``from.toml`` with the runs of other rows, which stand elsewhere::

    [[from]]
    folder = ".."                     # relative to this file
    methods = ["baseline", "random"]
"""

import dataclasses
import functools
import tomllib
from pathlib import Path

import pandas

from iadv_foundation.console.configuration import Section
from iadv_foundation.errors import UserError

from .published import load
from .rows import ROWS
from .runs import COLUMNS, Run, find_runs
from .setting import Setting
from .significance import Column

ELSEWHERE = "from.toml"


class _Source(Section):
    folder: str
    methods: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Skipped:
    """A finished run that cannot be read.

    Attributes:
        corpus (str): whose runs it is among.
        error (iadv_foundation.errors.UserError): which file, and why.
    """

    corpus: str
    error: UserError

    def __str__(self):
        return f"Skipped: {self.error}"


@dataclasses.dataclass(frozen=True)
class Study(Setting):
    """A setting with its finished runs.  The runs on a corpus are read when they are first asked for, and never
    again; one that cannot be read is left out and named in :meth:`skipped`.
    """

    def runs(self, corpora, methods=None):
        """Finished runs.

        Args:
            corpora (iterable of str): names.
            methods (iterable of str or None): names, in the order wanted; None for all, in the registry's order.

        Returns:
            pandas.DataFrame: a line for each run, see :meth:`results.runs.Run.line`.
        """
        wanted = list(ROWS if methods is None else methods)
        return pandas.DataFrame(
            [line for corpus in corpora for method in wanted for line in self._read(corpus)[0].get(method, ())],
            columns=COLUMNS,
        )

    def column(self, corpus, methods=None):
        """The same of one corpus as a results.significance.Column, made once for each choice of methods."""
        methods = tuple(ROWS if methods is None else methods)
        if (corpus, methods) not in self._columns:
            self._columns[corpus, methods] = Column(self.runs([corpus], methods))
        return self._columns[corpus, methods]

    def methods_on(self, corpora):
        """Names of the methods that have runs on some corpora, in the registry's order (list of str)."""
        there = set().union(*(self._read(corpus)[0] for corpus in corpora))
        return [method for method in ROWS if method in there]

    def skipped(self, corpora=None):
        """The runs that cannot be read (list of Skipped).

        Args:
            corpora (iterable of str or None): whose; None for those of all that was read so far.
        """
        return [one for corpus in (list(self._seen) if corpora is None else corpora) for one in self._read(corpus)[1]]

    @functools.cached_property
    def corpora(self):
        """The corpora that have folders of runs, those of the paper's tables first (list of str)."""
        there = {
            path.parents[1].name for root, _ in self._roots for path in root.glob(f"runs/*/{self.recipe}/{self.scale}")
        }
        known = dict.fromkeys(self.corpus_for(dataset.name) for dataset in load().datasets)
        return [corpus for corpus in known if corpus in there] + sorted(there - set(known))

    @functools.cached_property
    def own_corpora(self):
        """Those of :attr:`corpora` that are no column of the paper's tables (list of str)."""
        columns = {self.corpus_for(dataset) for comparison in load().comparisons for dataset in comparison.datasets}
        return [corpus for corpus in self.corpora if corpus not in columns]

    @functools.cached_property
    def _seen(self):
        return {}

    @functools.cached_property
    def _columns(self):
        return {}

    @functools.cached_property
    def _roots(self):
        """Folders of everything made, and the methods that are taken from them, None for all (list of pairs)."""
        path = Path(self.out) / ELSEWHERE
        if not path.is_file():
            return [(Path(self.out), None)]
        try:
            sources = [_Source.model_validate(one) for one in tomllib.loads(path.read_text(encoding="utf-8"))["from"]]
        except (ValueError, KeyError, TypeError) as error:
            problem = " ".join(str(error).split())
            raise UserError(f"{path} is no list of [[from]] with folder and methods ({problem})") from None
        for source in sources:
            if not (path.parent / source.folder).is_dir():
                raise UserError(f"{path}: there is no folder {source.folder}")
        return [(path.parent, None), *((path.parent / source.folder, source.methods) for source in sources)]

    def _read(self, corpus):
        """Method -> lines of its runs, and what was skipped (pair of dict and list)."""
        if corpus not in self._seen:
            self._seen[corpus] = self._read_anew(corpus)
        return self._seen[corpus]

    def _read_anew(self, corpus):
        found, skipped = {}, []
        for (method, seed), folder in sorted(self._folders(corpus).items()):
            try:
                line = Run(folder).line((corpus, self.recipe, self.scale, method, seed))
            except UserError as error:
                skipped.append(Skipped(corpus, error))
            else:
                found.setdefault(method, []).append(line)
        return _with_predictions(*_of_one_setting(found, skipped))

    def _folders(self, corpus):
        """(Method, seed) -> folder of each finished run; what stands here comes before what stands elsewhere (dict)."""
        folders = {}
        for root, methods in self._roots:
            parent = root / "runs" / corpus / self.recipe / self.scale
            for place in sorted(parent.iterdir()) if parent.is_dir() else ():
                if methods is None or place.name in methods:
                    folders = {**{(place.name, seed): folder for seed, folder in find_runs(place).items()}, **folders}
        return folders


def _of_one_setting(found, skipped):
    """Leave out runs with other settings than the other seeds of their row: a mean over both would be of neither.

    A row has the runs with the usual settings, or, where there is none, those with the settings of its lowest seed.
    """
    kept, skipped = {}, list(skipped)
    for method, lines in found.items():
        settings = min((line["changed"] for line in lines), key=bool)
        kept[method] = [line for line in lines if line["changed"] == settings]
        skipped += [
            Skipped(
                line["corpus"],
                UserError(
                    f"{line['run'].files.path} ran with other settings than the other seeds "
                    f"({_but(line['changed'], settings)})"
                ),
            )
            for line in lines
            if line["changed"] != settings
        ]
    return kept, skipped


def _but(changed, settings):
    return "; ".join(sorted(set(changed) ^ set(settings)))


def _with_predictions(found, skipped):
    """Leave out the runs that lack the predictions which intervals and differences are made from, where those are
    needed.
    """
    several = any(len(lines) > 1 for lines in found.values())
    kept, skipped = {}, list(skipped)
    for method, lines in found.items():
        for line in lines:
            try:
                if several or line["run"].metrics.task == "labelling":
                    line["run"].predictions  # noqa: B018  (which checks the scores)
            except UserError as error:
                skipped.append(Skipped(line["corpus"], error))
            else:
                kept.setdefault(method, []).append(line)
    return kept, skipped
