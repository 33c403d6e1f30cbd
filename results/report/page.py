"""The page: everything collected, put into one HTML file that needs no other."""
import base64
import dataclasses
import hashlib
import json
from pathlib import Path

import jinja2
import markupsafe

from foundation.storage import files
from interpretable_adv.methods import METHODS
from results.published import PAPER, load
from results.report import charts, explorer, perturbations, runs, tables
from results.setting import MARK

FILE = "report.html"
LIMIT = 5_000_000  # bytes
_HERE = Path(__file__).parent
_MAIN_LINES = ("baseline", "advt", "iadvt", "vat", "ivat")
# Hue and chroma (OKLCH) of each method, one accent all over the page; the baseline is grey.
COLOURS = {
    "baseline": (80, 0.01), "random": (95, 0.11), "iadvt-rand": (185, 0.10), "iadvt-best": (205, 0.11), "advt": (255, 0.17),
    "iadvt": (150, 0.15), "random-semi": (70, 0.12), "ivat-rand": (345, 0.13), "ivat-best": (10, 0.15), "vat": (300, 0.17),
    "ivat": (40, 0.17), "bilstm-skipgram": (110, 0.10), "bilstm-gwe": (125, 0.11)}
# What could end the script element, open a comment in it, or end a line of JavaScript.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def write_report(setting):
    """Make the report of a setting's runs: ``report/<recipe>/<scale>/report.html`` below ``setting.out``.

    Args:
        setting (results.setting.Setting)

    Returns:
        pathlib.Path: the file, under :data:`LIMIT` bytes.

    Raises:
        UserError: a finished run lacks a file, or its corpus is not the one it was trained on.
        DamagedFileError: something that it is made from cannot be read.
    """
    path = setting.folder("report") / FILE
    files.write_text(path, render(setting))
    return path


def render(setting):
    """The page as HTML (str), see :func:`write_report`."""
    found = runs.find_runs(setting)
    explored = explorer.explore(found, setting.out)
    sentences = explorer.SENTENCES
    while True:
        page = _page(setting, found, explored.first(sentences))
        if len(page.encode()) < LIMIT or not sentences:
            return page
        sentences //= 2  # many runs on long sentences


def _page(setting, found, explored):
    comparisons = [table for comparison in load().comparisons
                   for table in tables.comparison_tables(comparison.number, setting)]
    measured = [table for table in comparisons if _lines(table)["mean"].notna().any()]
    script = (_HERE / "script.js").read_text(encoding="utf-8")
    return _environment().get_template("template.html").render(
        paper=PAPER, mark=MARK, setting=setting, style=(_HERE / "style.css").read_text(encoding="utf-8"), script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(), colours=COLOURS,
        headline=headline(setting, found), facts=[fact for table in measured if (fact := _fact(table))],
        measured=measured, missing=[table for table in comparisons if table not in measured], runs=runs.by_corpus(found),
        titles=runs.titles(found["method"]), explorer=explored, curves=charts.learning_curves(found, setting.out),
        size=charts, plain=[tables.plain_table(number, setting) for number in (1, 2)],
        figure4=perturbations.figure4(setting), attacks=perturbations.attacked(found),
        interpretability=perturbations.interpretability(found), cosines=perturbations)


def _environment():
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE), autoescape=True, undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True)
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


def headline(setting, found):
    """The page's first words (:class:`Headline`) on the runs ``found`` of a setting."""
    where = f"recipe {setting.recipe}, scale {setting.scale}"
    if found.empty:
        return Headline(f"No finished run of {where} yet: every cell of ours says “-”.", [])
    corpora, methods = list(found["corpus"].unique()), found["method"].nunique()
    measured = (f"{len(found)} finished {_plural(len(found), 'run')} of {methods} {_plural(methods, 'method')} on "
                f"{_enumerate(corpora)}: {where}, {runs.seeds_of(found)}.")
    datasets = [dataset.name for dataset in load().datasets if setting.corpus_for(dataset.name) in corpora]
    stand_ins = [reason for name in datasets for reason in setting.substitution(name)]
    incomplete = sorted(set(found.loc[~found["complete"], "corpus"]) - {setting.corpus_for(name) for name in datasets
                                                                        if setting.substitution(name)})
    departures = [*stand_ins, *setting.reduction(), *(f"{corpus} has not the paper's documents" for corpus in incomplete)]
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
    rows = list(dict.fromkeys([best_first["method"].iloc[0], *(name for name in _MAIN_LINES if name in set(lines["method"]))]))
    by_method = lines.set_index("method")
    shown = [{"method": name, "title": METHODS[name].title, "value": f"{by_method.at[name, 'mean']:.2f}",
              "mark": MARK if by_method.at[name, "marker"] else ""} for name in rows]
    return {"what": f"{table.corpus}, test {'F0.5' if larger == 'f05' else 'error rate'} in percent, "
                    f"{'larger' if larger == 'f05' else 'lower'} is better", "number": table.document.number, "rows": shown,
            "apart": _apart(by_method, larger == "f05")}


def _apart(lines, larger_is_better):
    """How many methods' intervals lie clear of the baseline's, on the better side (str, "" without a baseline)."""
    others = lines.drop(index="baseline", errors="ignore")
    if "baseline" not in lines.index or others.empty:
        return ""
    base = lines.loc["baseline"]
    clear = others["low"] > base["high"] if larger_is_better else others["high"] < base["low"]
    number = int(clear.sum())
    if not number:
        return "No method's 95 % interval lies clear of the baseline's: this does not rank them."
    return (f"{_enumerate([METHODS[name].title for name in others.index[clear]])}: 95 % "
            f"{_plural(number, 'interval')} clear of the baseline's, on the better side.")
