"""The command line of ``data_prep``."""
from core.cli import Parser
from core.errors import UsageError
from data_prep import corpora
from data_prep.corpus import SPLITS, corpora_folder
from data_prep.prepare import prepare, standing_state


def parser():
    """The arguments of ``python -m data_prep``."""
    arguments = Parser(prog="python -m data_prep", description="Turn a corpus into ids on disk, or list the corpora.")
    arguments.add_argument("corpus", metavar="CORPUS", help=f"{', '.join(corpora.CORPORA)}; or list, to show them all")
    arguments.add_argument("--source", metavar="PATH", help="archive or folder with the corpus (a sample: with its packages)")
    arguments.add_argument("--unlabeled", metavar="FILE", help="unlabelled text, for a corpus without its own (rotten)")
    arguments.add_argument("--out", metavar="DIR", default="out", help="folder of everything made (default: %(default)s)")
    arguments.add_argument("--seed", metavar="N", type=int, default=0,
                           help="of the split, where none is official (default: %(default)s)")
    arguments.add_argument("--quiet", action="store_true", help="no progress bar")
    return arguments


def main(argv):
    """Prepare one corpus or list all; the last line printed is a summary.

    Args:
        argv (list of str)
    """
    given = parser().parse_args(argv)
    if given.seed < 0:
        raise UsageError(f"--seed {given.seed}: not a number from 0 on")
    if given.corpus == "list":
        print(listing(given.out))
        return
    description = corpora.named(given.corpus)
    record, was_there = prepare(description, given.out, given.source, given.unlabeled, given.seed, given.quiet)
    for line in remarks(record):
        print(line)
    folder = corpora_folder(given.out) / record["name"]
    print(f"{summary(record)}, {'already prepared' if was_there else 'prepared'} in {folder}")


def summary(record):
    """Counts of a corpus in one line, without its folder."""
    counts = " / ".join(f"{split} {numbers['documents']:,}" for split, numbers in record["splits"].items())
    words = f"{record['statistics']['vocabulary']:,} words"
    return f"{record['name']}: {counts}, vocabulary of {words}"


def remarks(record):
    """Yield lines on what a reader of the numbers should know: kept, dropped and repeated documents, missing text."""
    statistics = record["statistics"]
    for split, numbers in statistics["splits"].items():
        kept = numbers["documents_without_known_word"] - numbers["documents_left_out"]
        if kept:
            yield f"{split}: {kept:,} documents hold no word of the vocabulary and were kept"
        if numbers["documents_left_out"] or numbers["empty_documents_left_out"]:
            yield (f"{split}: {numbers['documents_left_out']:,} documents without a word of the vocabulary and "
                   f"{numbers['empty_documents_left_out']:,} empty ones were left out")
        yield (f"{split}: {numbers['average_length']:.1f} tokens on average, {numbers['maximum_length']:,} at most, "
               f"{numbers['out_of_vocabulary_percent']:.2f} % out of vocabulary")
    if statistics.get("duplicates_left_out"):
        yield f"{statistics['duplicates_left_out']:,} copies of other documents were left out"
    for pair, number in statistics["duplicates"].items():
        if number and "/" in pair:
            first, second = pair.split("/")
            yield f"{number:,} documents of {second} also stand in {first}"
    if record["expected"] and not record["complete"]:
        yield f"not the complete corpus of the paper: {_expected(record['expected'])} expected"


def listing(out):
    """All corpora: task, documents expected, what is prepared in ``out``; below each its source and licence."""
    rows, below = [("corpus", "task", "documents expected", "state")], [[]]
    for description in corpora.CORPORA.values():
        record, state = standing_state(description, out)
        if record:
            counts = " / ".join(f"{record['splits'][split]['documents']:,}" for split in SPLITS if split in record["splits"])
            state = f"{state}: {counts}"
        rows.append((description.name, description.task, _expected(description.expected), state))
        below.append([f"    source:  {description.origin}", f"    licence: {description.licence}"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(line for first, more in zip(lines, below, strict=True) for line in (first, *more))


def _expected(counts):
    return " / ".join(f"{counts[split]:,}" for split in SPLITS if split in counts) if counts else "-"
