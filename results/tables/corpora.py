"""Table 1: the data sets, expected against found, and what each prepared corpus looks like."""

import pandas

from data_prep.corpus import SPLITS, corpora_folder, read_record
from data_prep.overlap import overlap_lines

from ..document import MISSING, Document
from ..published import PAPER, load
from ..setting import MARK, STAND_INS

_MANY_CLASSES = 5


def corpora_document(setting):
    """Make Table 1: the paper's data sets, and at scale quick the samples that stand in for some of them.

    Args:
        setting (results.setting.Setting)

    Returns:
        results.document.Document: ``raw`` has a line for each corpus and split.
    """
    datasets = load().datasets
    corpora = [(dataset.task, dataset.title, dataset.name, dataset.documents) for dataset in datasets]
    if setting.is_quick:
        corpora += [
            (load().dataset(dataset).task, f"{corpus} (for {load().dataset(dataset).title})", corpus, {})
            for dataset, corpus in STAND_INS.items()
        ]
    records = {name: _read(setting, name) for _, _, name, _ in corpora}
    cells = pandas.DataFrame(
        [_cells(task, title, published, records[name]) for task, title, name, published in corpora]
    )
    raw = pandas.DataFrame(
        [
            line
            for task, title, name, published in corpora
            for line in _lines(task, title, name, published, records[name])
        ]
    )
    samples = " - with the samples of scale quick, which are not the paper's" if setting.is_quick else ""
    return Document(
        number=1,
        title=f"Summary of data sets{samples}",
        cells=cells,
        raw=raw.astype({"expected": "Int64", "found": "Int64"}),
        left=2,
        notes=_notes(records),
    )


def _read(setting, name):
    folder = corpora_folder(setting.out) / name
    return read_record(folder) if (folder / "corpus.json").is_file() else None


def _marker(published, record):
    """In what the found numbers are not the paper's (str, empty where they are)."""
    if record is None or record["complete"]:
        return ""
    return "not complete: counts differ from the paper's" if published else "a sample, not a corpus of the paper"


def _cells(task, title, published, record):
    mark = MARK if _marker(published, record) else ""
    cells = {"Task": task, "Data set": title}
    for split in SPLITS:
        found = record["splits"].get(split, {}).get("documents") if record else None
        both = f"{_count(published.get(split))} / {_count(found, mark)}"
        cells[split.capitalize()] = MISSING if found is None and split not in published else both
    if record is None:
        return {**cells, **dict.fromkeys(("Average", "Longest", "Vocabulary", "OOV (%)", "Classes (%)"), MISSING)}
    statistics = record["statistics"]
    train, test = statistics["splits"]["train"], statistics["splits"]["test"]
    return {
        **cells,
        "Average": f"{train['average_length']:.2f}{mark}",
        "Longest": _count(train["maximum_length"], mark),
        "Vocabulary": _count(statistics["vocabulary"], mark),
        "OOV (%)": f"{test['out_of_vocabulary_percent']:.2f}{mark}",
        "Classes (%)": _balance(train["class_balance"]) + mark,
    }


def _count(number, mark=""):
    return MISSING if number is None else f"{number:,}{mark}"


def _balance(counts):
    """Share of each class in percent; of many classes their number and the extremes (str)."""
    shares = [100 * count / sum(counts.values()) for count in counts.values()]
    if len(shares) > _MANY_CLASSES:
        return f"{len(shares)}: {min(shares):.2f} to {max(shares):.2f}"
    return " / ".join(f"{share:.2f}" for share in shares)


def _lines(task, title, name, published, record):
    lines = []
    for split in SPLITS:
        line = {
            "table": 1,
            "task": task,
            "title": title,
            "corpus": name,
            "split": split,
            "expected": published.get(split),
        }
        if record and split in record["splits"]:
            statistics = record["statistics"]["splits"][split]
            balance = statistics["class_balance"] or {}
            line.update(
                found=record["splits"][split]["documents"],
                tokens=record["splits"][split]["tokens"],
                average_length=statistics["average_length"],
                maximum_length=statistics["maximum_length"],
                vocabulary=record["statistics"]["vocabulary"],
                out_of_vocabulary_percent=statistics["out_of_vocabulary_percent"],
                class_balance=" ".join(f"{label}={count}" for label, count in balance.items()),
                complete=record["complete"],
                marker=_marker(published, record),
            )
        lines.append(line)
    columns = [
        "table",
        "task",
        "title",
        "corpus",
        "split",
        "expected",
        "found",
        "tokens",
        "average_length",
        "maximum_length",
        "vocabulary",
        "out_of_vocabulary_percent",
        "class_balance",
        "complete",
        "marker",
    ]
    return [{column: line.get(column) for column in columns} for line in lines]


def _notes(records):
    found = {name: record for name, record in records.items() if record}
    notes = [
        f"Number of documents (GED: sentences), expected / found; expected: {PAPER}; {MISSING} where the paper has "
        "none or the corpus is not prepared",
        "Average and longest: tokens of a prepared train document, with the end sign; OOV: words of the test "
        "split that are not in the vocabulary; classes: shares in the train split (GED: of its tokens)",
    ]
    if any(not record["complete"] for record in found.values()):
        notes.append(f"{MARK} a sample or an incomplete corpus: not the paper's data")
    for name, record in found.items():
        notes.append(f"{name} - {record['description']}")
        notes += [f"{name}: {line}" for line in overlap_lines(record["statistics"]["duplicates"])]
    return notes
