"""The command line of ``data_prep``."""

import dataclasses

from data_prep import corpora
from data_prep.corpus import SPLITS, check_files, corpora_folder, read_record
from data_prep.overlap import overlap_lines
from data_prep.own import FORMS, NOTES, Choices, form_of, full_name, suspicious
from data_prep.prepare import other_code, prepare, standing_state
from iadv_foundation.console.cli import program_name
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program, whole_number
from iadv_foundation.errors import UsageError, UserError

#: Options of a user's own corpora, and for which forms.
_OWN = {
    "name": FORMS,
    "dev": FORMS,
    "test": FORMS,
    "keep_case": FORMS,
    "text_column": ("text",),
    "label_column": ("text",),
    "delimiter": ("text",),
    "html": ("text",),
    "rare_classes": FORMS,
    "minimum_documents": ("text",),
    "minimum_count": ("tags",),
    "digits_to_zero": ("tags",),
    "positive": ("tags",),
}
_SHOWN_CLASSES = 30


def parser():
    """The arguments of ``python -m data_prep`` (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog=program_name("data_prep"),
        description="Turn a corpus into numbers on disk, which every later stage reads: "
        "fetch or read its text, cut it into words, count them, and check the numbers of documents. With list, show "
        "all corpora, where they come from, and which are prepared.",
        examples=(
            "sample-sec",
            "imdb --source aclImdb_v1.tar.gz",
            "list",
            "text --source reviews.csv --text-column review --label-column stars --name shop",
        ),
    )
    add = program.add_argument
    add(
        "corpus",
        metavar="CORPUS",
        values=(*corpora.CORPORA, *FORMS, "list"),
        help=f"{', '.join(corpora.CORPORA)}; text or tags: your own; or list, to show them all",
    )
    add(
        "--source",
        metavar="PATH",
        help="archive or folder with the corpus (a sample: with its packages; your own: the file)",
    )
    add(
        "--unlabeled",
        "--unlabelled",
        metavar="FILE",
        help="unlabelled text, for a corpus without its own (rotten; text: a table, or one document in each line)",
    )
    add(
        "--unlabeled-limit",
        "--unlabelled-limit",
        metavar="N",
        type=whole_number(1),
        help="take at most N unlabelled documents",
    )
    add("--subset", action="store_true", help="take a source that is not the complete corpus, and say so")
    add_options(program, "out", "seed")
    add("--workers", metavar="N", type=whole_number(1), help="processes that tokenise (default: one for each core)")
    add_options(program, "quiet")
    _add_own(
        program.add_argument_group(
            "your own corpus",
            "text: documents with a label each, from --source FILE (.csv, .tsv, .jsonl, also compressed); "
            "tags: sentences with one of two labels for each token, a line token<TAB>label for each, a blank "
            "line between them",
        )
    )
    return program


def _add_own(group):
    add = group.add_argument
    add("--name", metavar="NAME", help="to tell several apart: the corpus is then called text-NAME or tags-NAME")
    add("--dev", metavar="FILE", help="development documents (default: a tenth of the source)")
    add("--test", metavar="FILE", help="test documents (default: a tenth of the source)")
    add("--keep-case", action="store_true", default=None, help="tell upper from lower case")
    add(
        "--text-column",
        metavar="COLUMN",
        help="text: name of the column, or its number where there is no header (default: text)",
    )
    add("--label-column", metavar="COLUMN", help="text: name of the column, or its number (default: label)")
    add(
        "--delimiter",
        metavar="CHARACTER",
        help="text: the character between the columns of CSV, or tab (default: it is found out)",
    )
    add("--html", action="store_true", default=None, help="text: take HTML's tags out and resolve its entities")
    add(
        "--rare-classes",
        action="store_true",
        default=None,
        help="go on though a class has a single document (tags: a label a single token), as a mistyped one would",
    )
    add(
        "--minimum-documents",
        metavar="N",
        type=whole_number(1),
        help="text: a word must occur in so many training and unlabelled documents (default: 2)",
    )
    add(
        "--minimum-count",
        metavar="N",
        type=whole_number(1),
        help="tags: a rarer word of the training sentences becomes <unk> (default: 2)",
    )
    add("--digits-to-zero", action="store_true", default=None, help="tags: write every digit as 0")
    add("--positive", metavar="LABEL", help="tags: the label that F0.5 looks for (default: i, or else the rarer one)")


def main(argv):
    """Prepare one corpus or list all; the last line printed is a summary.

    Args:
        argv (list of str)
    """
    given = parser().parse_args(argv)
    if given.corpus == "list":
        print(listing(given.out))
        return
    before, was_damaged = _what_stands(given)
    record, was_there = _prepare_own(given) if form_of(given.corpus) else _prepare_known(given)
    for line in (*remarks(record), *_on_other_code(before, record)):
        print(line)
    folder = corpora_folder(given.out) / record["name"]
    if was_damaged and not was_there:
        print("prepared again, since what stood there was damaged")
    print(f"{summary(record)}, {'already prepared' if was_there else 'prepared'} in {folder}")


def _what_stands(given):
    """``corpus.json`` as it stands before anything is prepared (dict or None), and whether it is damaged (bool)."""
    folder = corpora_folder(given.out) / (given.corpus if given.name is None else f"{given.corpus}-{given.name}")
    if not (folder / "corpus.json").is_file():
        return None, False
    try:
        record = read_record(folder)
        check_files(folder, record)
    except UserError:
        return None, True
    return record, False


def _on_other_code(before, record):
    """Yield a line where a corpus was prepared again for no other reason than that its code has changed."""
    outcome = other_code(before, record) if before else None
    if outcome:
        yield (
            "prepared again, since the code that prepares it has changed: "
            + {
                "same": "ids and vocabulary are the same as before",
                "other": (
                    "ids or vocabulary differ from those before, so what was trained on them has to be trained again"
                ),
            }[outcome]
        )


def _prepare_known(given):
    description = corpora.named(given.corpus)
    _refuse(given, [option for option in _OWN if getattr(given, option) is not None])
    if description.expected is None and given.subset:
        _refuse(given, ["subset"])
    has_unlabeled = (
        "unlabeled" in (*description.rule.splits, *(description.expected or ())) or description.read_unlabeled
    )
    if given.unlabeled_limit is not None and not has_unlabeled:
        _refuse(given, ["unlabeled_limit"])
    return prepare(
        description,
        given.out,
        given.source,
        given.unlabeled,
        given.seed,
        given.quiet,
        subset=given.subset,
        limit=given.unlabeled_limit,
        workers=given.workers,
    )


def _prepare_own(given):
    corpus, form = full_name(given.corpus, given.name), form_of(given.corpus)
    chosen = [option for option in _OWN if getattr(given, option) is not None]
    _refuse(given, [option for option in chosen if form not in _OWN[option]])
    if given.subset:
        _refuse(given, ["subset"])
    if form == "tags" and given.unlabeled is not None:
        _refuse(given, ["unlabeled"])
    if given.unlabeled_limit is not None and given.unlabeled is None:
        raise UsageError(f"{given.corpus} takes no --unlabeled-limit without --unlabeled")
    if given.source is None:
        return _own_as_it_stands(corpus, given, set(chosen) - {"name"})
    names = [field.name for field in dataclasses.fields(Choices)]
    choices = Choices(**{name: getattr(given, name) for name in names if getattr(given, name) is not None})
    return prepare(
        corpora.named(corpus).completed(given.source, choices),
        given.out,
        given.source,
        None,
        given.seed,
        given.quiet,
        limit=given.unlabeled_limit,
        workers=given.workers,
    )


def _own_as_it_stands(corpus, given, chosen):
    """What is prepared of a user's own corpus whose source was not given, if no option asks for something else."""
    placeholder = corpora.named(corpus)
    record, state = standing_state(placeholder, given.out)
    if record is None or chosen or given.unlabeled is not None or record["options"]["seed"] not in (None, given.seed):
        damaged = "is damaged and " if state == "damaged" else ""
        raise UsageError(f"{corpus} {damaged}needs --source FILE: {placeholder.origin}")
    return record, True


def _refuse(given, options):
    if options:
        raise UsageError(f"{given.corpus} takes no {_spelt(options[0])}")


def _spelt(option):
    return f"--{option.replace('_', '-')}"


def summary(record):
    """Counts of a corpus in one line, without its folder."""
    counts = " / ".join(f"{split} {numbers['documents']:,}" for split, numbers in record["splits"].items())
    words = f"{record['statistics']['vocabulary']:,} words"
    return f"{record['name']}{_mark(record)}: {counts}, vocabulary of {words}"


def _mark(record):
    return " (subset)" if record["expected"] and not record["complete"] else ""


def remarks(record):
    """Yield lines on what a reader of the numbers should know: kept, dropped and repeated documents, missing text."""
    statistics = record["statistics"]
    if form_of(record["name"]):
        yield from _own_remarks(record)
    for split, numbers in statistics["splits"].items():
        kept = numbers["documents_without_known_word"] - numbers["documents_left_out"]
        if kept:
            yield f"{split}: {kept:,} documents hold no word of the vocabulary and were kept"
        if numbers["documents_left_out"] or numbers["empty_documents_left_out"]:
            yield (
                f"{split}: {numbers['documents_left_out']:,} documents without a word of the vocabulary and "
                f"{numbers['empty_documents_left_out']:,} empty ones were left out"
            )
        yield (
            f"{split}: {numbers['average_length']:.1f} tokens on average, {numbers['maximum_length']:,} at most, "
            f"{numbers['out_of_vocabulary_percent']:.2f} % out of vocabulary"
        )
    if statistics.get("duplicates_left_out"):
        yield f"{statistics['duplicates_left_out']:,} copies of other documents were left out"
    yield from overlap_lines(statistics["duplicates"])
    if record["expected"] and not record["complete"]:
        of_the_paper = " of the paper" if corpora.named(record["name"]).in_paper else ""
        yield f"not the complete corpus{of_the_paper}: {_expected(record['expected'])} expected"


def _own_remarks(record):
    balance = list(record["statistics"]["splits"]["train"]["class_balance"].items())
    shown = ", ".join(f"{label} {number:,}" for label, number in balance[:_SHOWN_CLASSES])
    more = f", and {len(balance) - _SHOWN_CLASSES:,} more" if len(balance) > _SHOWN_CLASSES else ""
    looked_for = f" (F0.5 looks for {record['classes'][1]})" if record["task"] == "labelling" else ""
    yield f"labels of train: {shown}{more}{looked_for}"
    yield from suspicious(record["classes"])
    for name, sentence in NOTES.items():
        if record["statistics"].get(name):
            yield sentence.format(f"{record['statistics'][name]:,}")


def listing(out):
    """All corpora: task, documents expected, size of the download, what is prepared in ``out``; below each its source
    and licence."""
    known = [(description, *standing_state(description, out)) for description in _all(out)]
    rows = [("corpus", "task", "documents expected", "download", "state"), *(_row(*one) for one in known)]
    below = [
        [],
        *(
            [f"    source:  {_origin(description, record)}", f"    licence: {description.licence}"]
            for description, record, _ in known
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(line for first, more in zip(lines, below, strict=True) for line in (first, *more))


def _all(out):
    """Descriptions: the known corpora, the forms of own ones, and the user's own that stand in ``out``."""
    folder = corpora_folder(out)
    there = {path.name for path in folder.iterdir() if form_of(path.name)} if folder.is_dir() else set()
    return [*corpora.CORPORA.values(), *map(corpora.named, (*FORMS, *sorted(there - set(FORMS))))]


def _row(description, record, state):
    if record:
        counts = " / ".join(
            f"{record['splits'][split]['documents']:,}" for split in SPLITS if split in record["splits"]
        )
        state = f"{state}{_mark(record)}: {counts}"
    return description.name, description.task, _expected(description.expected), description.size or "-", state


def _origin(description, record):
    """Where a corpus comes from; of a user's own that stands there, its files."""
    if record and form_of(description.name):
        return ", ".join(source["file"] for source in (*record["sources"], *record["extra_sources"]))
    return description.origin


def _expected(counts):
    return " / ".join(f"{counts[split]:,}" for split in SPLITS if split in counts) if counts else "-"
