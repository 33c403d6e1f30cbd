"""The command ``attack``."""
import argparse
from pathlib import Path

from foundation.errors import UsageError

_TEXT = "make adversarial texts from a run's perturbations (Table 7)"
_DESCRIPTION = """Make adversarial texts: replace the words with the strongest perturbation by the words that they point to, one after the other,
until the network is fooled (Table 7).  By default the documents of a split are attacked, for which the run's corpus must be at
hand; with --file texts of your own.  Their labels come from --label-column; without it, and in error detection, the network's
predictions for the unchanged texts count as the truth."""
_EXAMPLES = """examples:
  python -m interpretable_adv attack out/runs/sample-sec/paper/quick/iadvt/seed-0 --limit 200 --json texts.jsonl
  python -m interpretable_adv attack sentiment.zip --file reviews.csv --text-column review --label-column stars
"""


def add_attack(commands, add_looked_at):
    """Add ``attack`` to a command line (argparse's sub-parsers); ``add_looked_at`` adds what it shares with others."""
    from interpretable_adv.analysis.predict_command import add_file_options
    command = commands.add_parser("attack", help=_TEXT, description=_DESCRIPTION, epilog=_EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    add_looked_at(command)
    add_file_options(command, "instead of a split: file with texts")
    command.add_argument("--label-column", metavar="C", help="name of the table's column of labels, or its number")
    command.add_argument("--max-words", type=int, metavar="M", help="most words replaced in a document (default 10)")
    command.add_argument("--check", metavar="FILE",
                         help="instead: read adversarial texts that --json wrote, and see that they fool these weights")
    command.set_defaults(run=_attack, split=None)


def _attack(arguments):
    from interpretable_adv.analysis.adversarial_texts import check, lines_of, report
    from interpretable_adv.analysis.attack import MAX_WORDS, attack, attack_texts
    from interpretable_adv.analysis.records import write_lines
    from interpretable_adv.trained import open_run
    _check(arguments)
    run = open_run(arguments.folder, arguments.device, arguments.out)
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
            raise UsageError("--text-column and --label-column name columns of a table: give the table by --file F")
    elif arguments.split is not None or arguments.check is not None:
        raise UsageError("give one: --file F, --split S or --check FILE")


def _texts(arguments, run):
    """The texts of the file that can be attacked (list of interpretable_adv.analysis.texts.Text)."""
    import itertools
    from interpretable_adv.analysis.selection import at_least_one
    from interpretable_adv.analysis.texts import Problems, labelled, read, texts_of
    if arguments.label_column is not None and run.traits.per_word:
        raise UsageError("--label-column: in error detection every word has a label, which a table does not hold: leave it out, and "
                         "the network's predictions count as the truth")
    at_least_one("limit", arguments.limit)
    problems, texts = Problems(), read(texts_of(arguments.file, arguments.text_column, arguments.label_column), run)
    if arguments.label_column is not None:
        texts = labelled(texts, run.traits.classes)
    usable = list(itertools.islice(problems.usable(texts), arguments.limit))
    problems.finish()
    return usable
