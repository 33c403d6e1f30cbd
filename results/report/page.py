"""The page: everything collected, put into one HTML file that needs no other."""

import base64
import dataclasses
import hashlib
import json
from pathlib import Path

import jinja2
import markupsafe

from iadv_foundation.errors import UserError
from iadv_foundation.storage import files

from .. import COMMAND
from ..analysed import COMPARED
from ..comparison import table_of_corpus, table_of_paper
from ..published import PAPER, load
from ..rows import ROWS
from ..setting import MARK
from . import charts, explorer, record_sections, run_cards, table_rows

FILE = "report.html"
LIMIT = 5_000_000  # bytes
_HERE = Path(__file__).parent
# What could end the script element, open a comment in it, or end a line of JavaScript.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def write_report(study, corpus=None, methods=None):
    """Make a page of runs, below ``report/<recipe>/<scale>``: ``report.html`` of all, ``compare-<corpus>.html`` of
    one corpus.

    What cannot be read is left out, and the page says so.

    Args:
        study (results.study.Study)
        corpus (str or None): name of the only one; None for all.
        methods (iterable of str or None): names, with a corpus; None for all that have runs.

    Returns:
        pathlib.Path: the file, under :data:`LIMIT` bytes.

    Raises:
        UserError: there is a ``corpus``, and no run on it that can be read.
    """
    path = study.folder("report") / (FILE if corpus is None else f"compare-{corpus}.html")
    files.write_text(path, render(study, corpus, methods))
    return path


def render(study, corpus=None, methods=None):
    """The page as HTML (str), see :func:`write_report`."""
    asked = None if corpus is None else table_of_corpus(corpus, study, methods)
    found = run_cards.find_runs(study) if asked is None else run_cards.find_runs(study, [corpus], asked.methods)
    explored = explorer.explore(found, study.out)
    sentences = explorer.SENTENCES
    while True:
        page = _page(study, asked, found, explored.first(sentences))
        if len(page.encode(errors="backslashreplace")) < LIMIT or not sentences:
            return page
        sentences //= 2  # many runs on long sentences


def _page(study, asked, found, explored):
    problems = []
    tables = _comparison_tables(study, asked, problems)
    measured = [table for table in tables if _lines(table)["mean"].notna().any()]
    script = (_HERE / "script.js").read_text(encoding="utf-8")
    sections = {
        "figure4": [] if asked else record_sections.figure4(study, problems),
        "plain": []
        if asked
        else [
            table
            for number in (1, 2)
            for table in _attempt(problems, lambda number=number: [table_rows.plain_table(number, study)])
        ],
        "attacks": record_sections.attacked(found, problems),
        "interpretability": record_sections.interpretability(found, problems),
        "curves": _attempt(problems, lambda: charts.learning_curves(found, study.out)),
    }
    skipped = [str(one.error) for one in study.skipped(study.corpora if asked is None else asked.datasets)]
    return (
        _environment()
        .get_template("template.html")
        .render(
            paper=PAPER,
            mark=MARK,
            command=COMMAND,
            setting=study,
            style=(_HERE / "style.css").read_text(encoding="utf-8"),
            script=script,
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            colours={name: method.colour for name, method in ROWS.items()},
            headline=headline(study, found),
            facts=[fact for table in measured if (fact := _fact(table))],
            measured=measured,
            missing=[table for table in tables if table not in measured],
            runs=run_cards.by_corpus(found),
            titles=run_cards.titles(found["method"]),
            explorer=explored,
            size=charts,
            cosines=record_sections,
            left_out=list(dict.fromkeys([*skipped, *problems])),
            **sections,
        )
    )


def _comparison_tables(study, asked, problems):
    """The tables with results: of the one corpus asked for; else Tables 3 to 6, then one for each other corpus
    (list).
    """
    if asked is not None:
        return table_rows.comparison_tables(asked, study)
    makers = [lambda number=one.number: table_of_paper(number, study) for one in load().comparisons]
    makers += [lambda corpus=corpus: table_of_corpus(corpus, study) for corpus in study.own_corpora]
    return [
        table
        for make in makers
        for table in _attempt(problems, lambda make=make: table_rows.comparison_tables(make(), study))
    ]


def _attempt(problems, make):
    """What ``make`` returns (list); empty where it cannot be read, and ``problems`` says why."""
    try:
        return make()
    except UserError as error:
        problems.append(str(error))
        return []


def _environment():
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(embedded=embedded, marked=marked)
    return environment


def embedded(value):
    """A value as JSON that can stand in a ``script`` element (markupsafe.Markup)."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return markupsafe.Markup(text.translate(_UNSAFE))


def marked(text):
    """A cell's text with its mark set apart, so that digits stand below digits (markupsafe.Markup)."""
    if not text.endswith(MARK):
        return markupsafe.escape(text)
    return markupsafe.escape(text.removesuffix(MARK)) + markupsafe.Markup('<span class="mark">{}</span>').format(MARK)


@dataclasses.dataclass(frozen=True)
class Headline:
    """What the page says first.

    Attributes:
        measured (str): what was measured, a sentence.
        departures (list of str): in what that is not the paper's setting.
    """

    measured: str
    departures: list


def headline(study, found):
    """The page's first words (:class:`Headline`) on the runs ``found`` of a study."""
    where = f"recipe {study.recipe}, scale {study.scale}"
    if found.empty:
        return Headline(f"No finished run of {where} yet: every cell of ours says “-”.", [])
    corpora, methods = list(found["corpus"].unique()), found["method"].nunique()
    measured = (
        f"{len(found)} finished {_plural(len(found), 'run')} of {methods} {_plural(methods, 'method')} on "
        f"{_enumerate(corpora)}: {where}, {run_cards.seeds_of(found)}."
    )
    datasets = [dataset.name for dataset in load().datasets if study.corpus_for(dataset.name) in corpora]
    departures = dict.fromkeys(
        [reason for name in datasets for reason in study.substitution(name)]
        + [reason for name in datasets for reason in study.departures(name)]
    )
    incomplete = sorted(set(found.loc[~found["complete"], "corpus"]).intersection(datasets))
    departures = [*departures, *(f"{corpus} does not have the paper's documents" for corpus in incomplete)]
    return Headline(measured, departures)


def _plural(number, noun):
    return noun if number == 1 else f"{noun}s"


def _enumerate(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _lines(table):
    raw = table.document.raw
    return raw[(raw["corpus"] == table.corpus) & raw["method"].notna()]


def _fact(table):
    """One measured table in a few numbers (dict)."""
    lines = _lines(table)
    lines = lines[lines["mean"].notna()]
    larger = "f05" if "F0.5" in table.document.title else "error_rate"
    best_first = lines.sort_values("mean", ascending=larger == "error_rate", kind="stable")
    main = [name for name in ("baseline", *COMPARED) if name in set(lines["method"])]
    rows = list(dict.fromkeys([best_first["method"].iloc[0], *main]))
    by_method = lines.set_index("method")
    shown = [
        {
            "method": name,
            "title": ROWS[name].title,
            "value": f"{by_method.at[name, 'mean']:.2f}",
            "mark": MARK if by_method.at[name, "marker"] else "",
        }
        for name in rows
    ]
    return {
        "what": f"{table.corpus}, test {'F0.5' if larger == 'f05' else 'error rate'} in percent, "
        f"{'larger' if larger == 'f05' else 'lower'} is better",
        "number": table.document.number,
        "rows": shown,
        "several_seeds": bool((by_method.loc[rows, "n"] > 1).all()),  # one run does not tell which is best
        "apart": _apart(by_method, larger == "f05", rows),
    }


def _apart(lines, larger_is_better, shown):
    """How many methods' intervals lie clear of the baseline's, on the better side (str, "" without a baseline)."""
    if len(shown) > 1 and not (lines.loc[shown, "n"] > 1).all():
        return "One seed a row tells no order: another seed gives another."
    others = lines.drop(index="baseline", errors="ignore")
    if "baseline" not in lines.index or others.empty:
        return ""
    base = lines.loc["baseline"]
    clear = others["low"] > base["high"] if larger_is_better else others["high"] < base["low"]
    number = int(clear.sum())
    if not number:
        return "No method's 95 % interval lies clear of the baseline's: this does not rank them."
    return (
        f"{_enumerate([ROWS[name].title for name in others.index[clear]])}: 95 % "
        f"{_plural(number, 'interval')} clear of the baseline's, on the better side."
    )
