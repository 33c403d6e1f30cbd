"""The command ``attack``."""

from pathlib import Path

from iadv_foundation.console.parser import whole_number
from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.run_options import BUNDLE, RUN, add_texts_file, open_asked


def add_attack(commands, add_looked_at):
    """Add ``attack`` to a command line (iadv_foundation.console.parser.Program);
    ``add_looked_at`` adds what others have, too.
    """
    command = commands.add_parser(
        "attack",
        help="make adversarial texts from a run's perturbations (Table 7)",
        description="Make adversarial texts: replace words of a document by those that its perturbation points to, "
        "until the network changes its mind (Table 7). Prints how often that succeeds, with examples. The documents "
        "are those of a split, or texts of your own (--file): their labels come from --label-column; without it, and "
        "always in error detection, the network's predictions for the unchanged texts count as the truth.",
        examples=(
            f"{RUN} --limit 100",
            f"{RUN} --json texts.jsonl   # then: --check texts.jsonl",
            f"{BUNDLE} --file reviews.csv --text-column review --label-column stars",
        ),
    )
    add_looked_at(command)
    add_texts_file(
        command,
        "instead of a split: a table (.csv, .tsv, .jsonl) with a text in each row, or any other file "
        "with a text in each line (-: standard input)",
    )
    command.add_argument(
        "--label-column",
        metavar="COLUMN",
        help="of a table: name of the column of labels, or its number (default: there is none)",
    )
    command.add_argument(
        "--max-words", type=whole_number(1), metavar="N", help="most words replaced in a document (default: 10)"
    )
    command.add_argument(
        "--check",
        type=Path,
        metavar="FILE",
        help="instead: read adversarial texts that --json wrote, and see that they fool these weights",
    )
    command.set_defaults(run=_attack, split=None)


def _attack(arguments):
    from interpretable_adv.analysis.adversarial_texts import check, lines_of, report
    from interpretable_adv.analysis.attack import MAX_WORDS, attack, attack_texts
    from interpretable_adv.analysis.records import write_lines

    _check(arguments)
    run = open_asked(arguments)
    if arguments.check:
        print(check(run, arguments.check))
        return
    how = arguments.method, arguments.limit, MAX_WORDS if arguments.max_words is None else arguments.max_words
    if arguments.file is None:
        found = attack(run, arguments.split or "test", *how)
    else:
        found = attack_texts(run, _texts(arguments, run), Path(arguments.file).name, *how)
    lines = lines_of(run, found)
    if arguments.json:
        write_lines(arguments.json, lines)
    print(report(run, lines))


def _check(arguments):
    if arguments.file is None:
        if (arguments.text_column, arguments.label_column) != (None, None):
            raise UsageError("--text-column and --label-column name columns of a table: give the table by --file")
    elif arguments.split is not None or arguments.check is not None:
        raise UsageError("give one of --file, --split and --check")


def _texts(arguments, run):
    """The texts of the file that can be attacked (list of interpretable_adv.analysis.texts.Text)."""
    import itertools

    from interpretable_adv.analysis.selection import at_least_one
    from interpretable_adv.analysis.texts import Problems, labelled, read, texts_of

    if arguments.label_column is not None and run.traits.per_word:
        raise UsageError(
            "--label-column: in error detection every word has a label, which a table does not hold: leave it "
            "out, and the network's predictions count as the truth"
        )
    at_least_one("limit", arguments.limit)
    problems, texts = Problems(), read(texts_of(arguments.file, arguments.text_column, arguments.label_column), run)
    if arguments.label_column is not None:
        texts = labelled(texts, run.traits.classes)
    usable = list(itertools.islice(problems.usable(texts), arguments.limit))
    problems.finish()
    return usable
