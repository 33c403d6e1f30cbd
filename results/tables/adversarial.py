"""Table 7: adversarial texts, in the paper's form, and how often perturbations lead to any."""

import dataclasses
import re

import pandas

from interpretable_adv.analysis.records import rates
from interpretable_adv.methods import METHODS

from ..analysed import DATASETS, choose_examples, read_analyses
from ..document import MISSING, Document, escape_latex
from ..published import PAPER, load
from ..setting import MARK

SEPARATOR = "; "
_RATES = {
    "success_by_one": "Success, 1 word (%)",
    "success": "Success (%)",
    "success_of_all": "Of all (%)",
    "right": "Right (%)",
    "right_under_attack": "Right under attack (%)",
    "errors_untouched": "Error untouched (%)",
    "words_changed": "Words changed",
    "perplexity_original": "Perplexity",
    "perplexity_changed": "Perplexity, changed",
}
_ROWS = "Original Sentence", "Adversarial Example"


@dataclasses.dataclass(frozen=True)
class Example:
    """One original sentence and one adversarial text.

    Attributes:
        task (str): ``"SEC"`` or ``"GED"``.
        source (str): where it comes from.
        sentences (tuple of two lists of (str, bool)): the words of both, and whether each is one of the changed ones.
        predictions (tuple of two str): for both.
        corrections (str): of the errors.
    """

    task: str
    source: str
    sentences: tuple
    predictions: tuple
    corrections: str


@dataclasses.dataclass(frozen=True)
class AdversarialDocument(Document):
    """Table 7: the rates as a table, then the texts.

    Attributes:
        examples (list of Example): published and ours.
    """

    examples: list

    def to_markdown(self):
        """The whole document as Markdown (str)."""
        parts = [super().to_markdown()]
        for (task, source), examples in self._grouped().items():
            rows = pandas.DataFrame(_rows(task, examples, lambda text: f"**{escape_markdown(text)}**", escape_markdown))
            parts.append(
                f"## {task}: {escape_markdown(source)}\n\n{rows.to_markdown(index=False, disable_numparse=True)}\n"
            )
        return "\n".join(parts)

    def to_latex(self):
        """The rates and the texts as ``table`` environments (str)."""
        parts = [super().to_latex()]
        for (task, source), examples in self._grouped().items():
            rows = pandas.DataFrame(
                _rows(task, examples, lambda text: rf"\textbf{{{escape_latex(text)}}}", escape_latex)
            )
            widths = r"p{0.12\linewidth}p{0.5\linewidth}p{0.2\linewidth}" + (
                r"p{0.12\linewidth}" if task == "GED" else ""
            )
            parts.append(
                "\n".join(
                    [
                        r"\begin{table}",
                        r"\centering\footnotesize",
                        rf"\caption{{{escape_latex(f'{task}: {source}')}}}",
                        rows.to_latex(index=False, escape=False, column_format=widths).rstrip("\n"),
                        r"\end{table}",
                        "",
                    ]
                )
            )
        return "\n".join(parts)

    def _grouped(self):
        """The examples by (task, source): dict of tuple to list."""
        groups = {}
        for example in self.examples:
            groups.setdefault((example.task, example.source), []).append(example)
        return groups


def adversarial_document(study):
    """Make Table 7 from the attacks in the run folders.

    Args:
        study (results.study.Study)

    Returns:
        AdversarialDocument: ``raw`` has a line for each data set, method and seed.

    Raises:
        UserError: see :func:`results.analysed.read_analyses`.
    """
    analysed = read_analyses(study)
    raw = pandas.DataFrame(
        [_line(one, seed, counts) for one in analysed for seed, (counts, _) in one.attacks.items()],
        columns=[
            "table",
            "dataset",
            "corpus",
            "method",
            "seed",
            "documents",
            "attacked",
            "fooled",
            "max_words",
            *_RATES,
            "checkpoint_sha256",
            "marker",
        ],
    )
    reasons = dict.fromkeys(reason for one in analysed for reason in one.reasons if one.attacks)
    title = "Adversarial texts and how often perturbations lead to one"
    if reasons:
        title += f" - not the paper's setting: {SEPARATOR.join(reasons)}"
    examples = []
    for task, dataset in DATASETS.items():
        examples += [_published(text) for text in load().adversarial_texts if text.task == task]
        own = next(one for one in analysed if (one.dataset, one.method) == (dataset, "iadvt"))
        examples += _ours(task, own)
    cells = pandas.DataFrame([_cells(one, raw) for one in analysed])
    return AdversarialDocument(
        number=7, title=title, cells=cells, raw=raw, left=2, notes=_notes(raw, reasons, study), examples=examples
    )


def _line(one, seed, counts):
    perplexity = counts["perplexity"] or {}
    return {
        "table": 7,
        "dataset": one.dataset,
        "corpus": one.corpus,
        "method": one.method,
        "seed": seed,
        "documents": counts["documents"],
        "attacked": counts["right"],
        "fooled": counts["fooled_by_words"][-1],
        "max_words": counts["max_words"],
        **rates(counts),
        "words_changed": counts["words_changed"],
        "perplexity_original": perplexity.get("original"),
        "perplexity_changed": perplexity.get("changed"),
        "checkpoint_sha256": counts["checkpoint_sha256"],
        "marker": SEPARATOR.join(one.reasons),
    }


def _cells(one, raw):
    """One line as shown: dict of heading to str."""
    lines, mark = raw[(raw["dataset"] == one.dataset) & (raw["method"] == one.method)], MARK if one.reasons else ""
    cells = {
        "Data set": f"{load().dataset(one.dataset).title}",
        "Method": METHODS[one.method].title,
        "n": str(len(lines)) if len(lines) else MISSING,
    }
    for name, heading in _RATES.items():
        cells[heading] = show(lines[name], mark)
    return cells


def show(values, mark, digits=2):
    """Mean and, of several, standard deviation of what was measured (str); ``-`` where nothing was.

    Args:
        values (pandas.Series): one number for each run; missing ones are left out.
        mark (str): to stand behind the number.
        digits (int): behind the point.
    """
    values = values.dropna().astype(float)
    if values.empty:
        return MISSING
    deviation = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{deviation}{mark}"


def _published(text):
    return Example(
        text.task,
        f"published ({PAPER})",
        (_marked(text.original), _marked(text.adversarial)),
        (text.before, text.after),
        SEPARATOR.join(text.corrections),
    )


def _marked(sentence):
    """The words of a published sentence: list of (str, bool)."""
    return [(word, bool(place % 2)) for place, part in enumerate(sentence.split("*")) for word in part.split()]


def _ours(task, one):
    """The texts of the run with the lowest seed that are shown (list of Example)."""
    for seed, (counts, texts) in sorted(one.attacks.items())[:1]:
        source = (
            f"ours, {one.corpus}, {METHODS[one.method].title}, seed {seed}, weights {counts['checkpoint_sha256'][:12]}"
        )
        for text in choose_examples(texts, counts["task"]):
            changed = {replacement["position"] for replacement in text["replacements"]}
            sentences = tuple(
                [(word, place in changed) for place, word in enumerate(text[name])] for name in ("original", "changed")
            )
            predictions = tuple(
                " ".join(map(str, value)) if isinstance(value, list) else value.capitalize()
                for value in (text["before"], text["after"])
            )
            corrections = SEPARATOR.join(
                f"{error['written']} → {error['correct'] or '(nothing)'}" for error in text["corrections"]
            )
            yield Example(task, source, sentences, predictions, corrections or MISSING)


def _rows(task, examples, bold, plain):
    """The paper's rows: list of dict of heading to str; ``bold`` and ``plain`` make text of one kind to be shown."""
    rows = []
    for example in examples:
        for place, name in enumerate(_ROWS):
            row = {
                "": name,
                f"Sentence ({task})": _sentence(example.sentences[place], bold, plain),
                "Prediction": plain(example.predictions[place]),
            }
            if task == "GED":
                row["Correct replacement"] = plain(f"({example.corrections})") if place else ""
            rows.append(row)
    return rows


def _sentence(words, bold, plain):
    """A sentence with neighbouring changed words in one piece of bold (str)."""
    parts = []
    for word, changed in words:
        if parts and parts[-1][1] == changed:
            parts[-1][0].append(word)
        else:
            parts.append(([word], changed))
    return " ".join((bold if changed else plain)(" ".join(some)) for some, changed in parts)


def escape_markdown(text):
    """Text as Markdown shows it (str): in a table, without markup of its own."""
    return re.sub(r"([\\`*_\[\]<>|~&])", r"\\\1", text)


def _notes(raw, reasons, study):
    notes = [
        f"Ours: recipe {study.recipe}, scale {study.scale}, mean and standard deviation over n seeds; {MISSING} where "
        "nobody trained and attacked; the paper prints texts and no rates",
        "A text is attacked where the network gets it right (GED: a sentence with an error, every word's prediction "
        "right). The words with the strongest perturbation are replaced, one after the other, by the words that they "
        "point to, until another class is predicted (GED: no word is marked any more)",
        "Success: share of the attacked texts. Of all: share of all texts of the test split (GED: of all with an "
        "error). Perplexity: of the texts that fooled the network, before and after, under our language model",
        "GED: a word labelled as an error is never replaced by its correction, where the data has one; error "
        "untouched: of the successes, those in which all such words stand as they did. Another word in the place of an "
        "error, or other words around it, may have made the sentence right: nobody checked. Corrections come from the "
        "data, not from the network",
        "Texts of ours: iAdvT, lowest seed; fewest words changed, then least rise of perplexity (without a language "
        "model the shortest); of two classes where there are. They are good for the weights named, and no others",
    ]
    if len(raw):
        most = ", ".join(str(number) for number in sorted(set(raw["max_words"])))
        notes.insert(1, f"At most {most} words of a text are replaced")
    if reasons:
        notes.append(f"{MARK} not the paper's setting: {SEPARATOR.join(reasons)}")
    return notes
