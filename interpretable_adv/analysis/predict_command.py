"""The command ``predict``."""

import collections
import contextlib
import shutil

from iadv_foundation.console.options import add_options
from iadv_foundation.errors import UsageError
from interpretable_adv.analysis.run_options import BUNDLE, RUN, add_run, add_texts_file, open_asked

_SHORTEST = 20  # columns for the text
_MOST_CLASSES = 10  # that the summary counts


def add_predict(commands):
    """Add ``predict`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "predict",
        help="label texts of your own, with probabilities",
        description="Label texts of your own, with probabilities; in error detection, each word. A text that cannot be "
        "read (no word in it, no known word, a broken row) is named on standard error and stands in the output with "
        "the reason; the others are labelled. A text that begins with a dash goes behind --.",
        examples=(
            f'{RUN} "A moving film ." "Dull ."',
            f"{BUNDLE} --file reviews.csv --text-column review --csv labels.csv",
        ),
    )
    add_run(command)
    command.add_argument("texts", metavar="TEXT", nargs="*", help="a text in quotes")
    add_texts_file(
        command,
        "a table (.csv, .tsv, .jsonl) with a text in each row, or any other file with a text in each "
        "line (-: standard input)",
    )
    command.add_argument(
        "--json", metavar="FILE", help="write JSON Lines, one object for each text (-: to standard output)"
    )
    command.add_argument(
        "--csv",
        metavar="FILE",
        help="write a table, in error detection with a row for each word (-: to standard output)",
    )
    add_options(command, "device")
    command.set_defaults(run=_predict)


def _predict(arguments):
    from interpretable_adv.analysis.predictions import records_of
    from interpretable_adv.analysis.texts import Problems, given, read, texts_of

    _check(arguments)
    if arguments.file is None:
        texts = given(arguments.texts)
    else:
        texts = texts_of(arguments.file, arguments.text_column)
    run = open_asked(arguments)
    problems, summary = Problems(), _Summary(run)
    with _outputs(arguments, run) as (write, to_standard_output):
        for record in records_of(_told(read(texts, run), problems), run):
            write(record)
            summary.count(record)
    problems.finish()
    if not to_standard_output:
        from interpretable_adv.analysis.writing import show

        show(summary.line())


def _check(arguments):
    if bool(arguments.texts) == (arguments.file is not None):
        raise UsageError("give texts, TEXT ..., or a file with texts, --file FILE")
    if arguments.file is None and arguments.text_column is not None:
        raise UsageError("--text-column names a column of a table: give the table by --file")
    if arguments.json == arguments.csv == "-":
        raise UsageError("--json - and --csv -: only one of them can go to standard output")


def _told(texts, problems):
    for text in texts:
        problems.tell(text)
        yield text


@contextlib.contextmanager
def _outputs(arguments, run):
    """Yield a function that writes a record wherever it is asked for, and whether data goes to standard output."""
    from interpretable_adv.analysis import writing
    from interpretable_adv.analysis.predictions import csv_header, csv_rows

    with contextlib.ExitStack() as stack:
        writers = []
        if arguments.json:
            writers.append(stack.enter_context(writing.json_lines(arguments.json)))
        if arguments.csv:
            to_table = stack.enter_context(writing.csv_table(arguments.csv, csv_header(run)))
            writers.append(lambda record: to_table(csv_rows(record, run)))
        if not writers:
            shown = _Shown(run, details=arguments.file is None)
            writers.append(lambda record: writing.show(shown.lines(record)))

        def write(record):
            for one in writers:
                one(record)

        yield write, "-" in (arguments.json, arguments.csv)


class _Shown:
    """Records as lines of a terminal.

    Args:
        run (interpretable_adv.trained.TrainedRun)
        details (bool): whether unknown words are named.
    """

    def __init__(self, run, details):
        self.run, self.details = run, details
        self.width = max(shutil.get_terminal_size((100, 24)).columns, 40)

    def lines(self, record):
        """A line with row, label, probability, share of known words, and the text (str);
        maybe one more with unknown words.
        """
        from interpretable_adv.analysis.reading import listed, printable
        from interpretable_adv.analysis.terminal import shortened

        if record["problem"] is not None:
            return f"{record['row']:>5}  -  {printable(record['problem'])}\n"
        if self.run.traits.per_word:
            wrong, outcome = self.run.traits.classes[-1], ""
            text = " ".join(
                f"[{printable(word['word'])} {100 * word['probability']:.0f} %]"
                if word["label"] == wrong
                else printable(word["word"])
                for word in record["words"]
            )
        else:
            size = min(max(len(printable(name)) for name in self.run.traits.classes), 20)
            outcome = f"{shortened(printable(record['label']), size):<{size}}  {100 * record['probability']:5.1f} %  "
            text = printable(" ".join(record["text"].split()))
        head = f"{record['row']:>5}  {outcome}known {100 * record['known']:3.0f} %  "
        if not self.run.traits.per_word:
            text = shortened(text, max(self.width - len(head), _SHORTEST))
        more = f"{'':7}unknown: {listed(record['unknown'])}\n" if self.details and record["unknown"] else ""
        cut = ""
        if self.details and record["cut"]:
            cut = f"{'':7}{record['cut']:,} more words are not read (training.max_words)\n"
        return f"{head}{text}\n{more}{cut}"


class _Summary:
    """What all records say together."""

    def __init__(self, run):
        self.run, self.labels, self.texts = run, collections.Counter(), 0

    def count(self, record):
        """Count a record that has a label."""
        if record["problem"] is None:
            self.texts += 1
            self.labels.update(word["label"] for word in record.get("words", [record]))

    def line(self):
        """One line (str)."""
        from interpretable_adv.analysis.reading import printable

        what = "words labelled " if self.run.traits.per_word else ""
        classes = [name for name in self.run.traits.classes if self.labels[name]][:_MOST_CLASSES]
        counts = ", ".join(f"{self.labels[name]:,} {printable(name)}" for name in classes)
        return f"{self.run.title}: {self.texts:,} {'text' if self.texts == 1 else 'texts'}: {what}{counts}\n"
