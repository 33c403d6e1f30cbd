"""What the default target ends with: every result on one screen, and what to open first."""
from results.published import load
from results.sanity.record import read_sanity
from results.study import Study
from workflow.screen import readable

WIDTH = 78
_SANITY = ("linear model", "majority class")


def summary(plan):
    """Each method's test result on each corpus of a plan's tables, beside a linear model and the majority class.

    Args:
        plan (workflow.plan.Plan)

    Returns:
        list of str: lines, at most 25 of the paper's tables on the samples.
    """
    study = Study(plan.out, plan.recipe, plan.scale)
    columns = [_Column(study, load().comparison(number), corpus) for number in plan.figures for corpus in plan.corpora_of(number)]
    titles = list(dict.fromkeys(title for column in columns for title in column.titles))
    first = max(map(len, (*titles, *_SANITY)), default=0)
    lines = ["".join([f"{'test results':<{first}}", *(f"  {column.corpus:>13}" for column in columns)]),
             "".join([f"{'(mean over seeds)' if plan.seeds > 1 else '':<{first}}",
                      *(f"  {column.unit:>13}" for column in columns)]).rstrip()]
    for title in (*titles, *_SANITY):
        lines.append("".join([f"{title:<{first}}", *(f"  {column.value(title):>13}" for column in columns)]).rstrip())
    return lines + _notes(plan, study)


def _notes(plan, study):
    samples = [text for number in plan.figures for dataset in load().comparison(number).datasets for text in study.substitution(dataset)]
    notes = [f"open first: {readable(plan.out / page)}" for page in plan.pages]
    notes.append(f"tables: {readable(study.folder('tables'))}   figures: {readable(study.folder('figures'))}")
    if samples:
        notes.append("Samples and small networks: these numbers show that every method works.  They must not")
        notes.append("be compared with the paper's, nor methods with each other (one seed tells too little)."
                     if plan.seeds == 1 else "be compared with the paper's.")
    return notes


class _Column:
    """The results on one corpus."""

    def __init__(self, study, comparison, corpus):
        rows = {row.method: row.title for row in comparison.rows if row.method}
        runs = study.runs([corpus], list(rows))
        self.corpus = corpus
        self.unit = {"error_rate": "error rate %", "f05": "F0.5 %"}[comparison.measure]
        self.titles = list(rows.values())
        self._values = {rows[method]: group["value"].mean() for method, group in runs.groupby("method")}
        record = read_sanity(study.out, corpus)
        if record is not None:
            self._values |= {name: row.value for name, row in zip(_SANITY, record.rows)}

    def value(self, title):
        """The number of a row as it is shown (str): ``-`` where it was not run, nothing where the table does not have it."""
        if title in self._values:
            return f"{self._values[title]:.2f}"
        return "-" if title in (*self.titles, *_SANITY) else ""
