"""What the default target ends with: every result on one screen, and what to open first."""

from quoted_systems.systems import SYSTEMS
from results.published import load
from results.sanity.record import read_sanity
from results.study import Study
from workflow.screen import readable

_SANITY = ("linear model", "majority class, or every word an error")


def summary(plan):
    """Each method's test result on each corpus of a plan's tables, beside a linear model and the majority class.

    Args:
        plan (workflow.plan.Plan)

    Returns:
        list of str: lines, at most 25 of the paper's tables on the samples.
    """
    study = Study(plan.out, plan.recipe, plan.scale)
    columns = [
        _Column(study, load().comparison(number), corpus)
        for number in plan.figures
        for corpus in plan.corpora_of(number)
    ]
    titles = {name: name for name in _SANITY}
    titles = {**{method: title for column in reversed(columns) for method, title in column.titles.items()}, **titles}
    order = dict.fromkeys([*(method for column in columns for method in column.titles), *_SANITY])
    quoted = [name for name in order if name in SYSTEMS and not any(column.has(name) for column in columns)]
    order = [name for name in order if name not in quoted]
    first = max(map(len, titles.values()))
    lines = [
        "".join([f"{'test results':<{first}}", *(f"  {column.corpus:>13}" for column in columns)]),
        "".join(
            [
                f"{'(mean over seeds)' if plan.seeds > 1 else '':<{first}}",
                *(f"  {column.unit:>13}" for column in columns),
            ]
        ).rstrip(),
    ]
    for name in order:
        lines.append(
            "".join([f"{titles[name]:<{first}}", *(f"  {column.value(name):>13}" for column in columns)]).rstrip()
        )
    return lines + _notes(plan, study, quoted)


def _notes(plan, study, quoted):
    samples = [
        text
        for number in plan.figures
        for dataset in load().comparison(number).datasets
        for text in study.substitution(dataset)
    ]
    notes = [f"open first: {readable(plan.out / page)}" for page in plan.pages]
    if quoted:
        notes.append(f"the {len(quoted)} systems that Table 3 quotes from other papers: ./reproduce.sh table3")
    notes.append(f"tables: {readable(study.folder('tables'))}   figures: {readable(study.folder('figures'))}")
    if samples:
        notes.append("Samples and small networks: these numbers show that every method works.  They must not")
        notes.append(
            "be compared with the paper's, nor methods with each other (one seed tells too little)."
            if plan.seeds == 1
            else "be compared with the paper's."
        )
    return notes


class _Column:
    """The results on one corpus."""

    def __init__(self, study, comparison, corpus):
        self.titles = {
            row.method: row.title.partition(" [")[0] for row in comparison.rows if row.method
        }  # without who is quoted
        runs = study.runs([corpus], list(self.titles))
        self.corpus = corpus
        self.unit = {"error_rate": "error rate %", "f05": "F0.5 %"}[comparison.measure]
        self._values = {method: group["value"].mean() for method, group in runs.groupby("method")}
        record = read_sanity(study.out, corpus)
        if record is not None:
            self._values |= {name: row.value for name, row in zip(_SANITY, record.rows, strict=True)}

    def has(self, name):
        """Whether there is a number of a method or of a row of :data:`_SANITY` (bool)."""
        return name in self._values

    def value(self, name):
        """The number of a method or of a row of :data:`_SANITY` as it is shown (str): ``-`` where it was not run,
        nothing where the table does not have it.
        """
        if name in self._values:
            return f"{self._values[name]:.2f}"
        return "-" if name in (*self.titles, *_SANITY) else ""
