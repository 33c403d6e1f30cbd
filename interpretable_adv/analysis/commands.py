"""The commands ``explain`` and ``export-vectors``.

What a command needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""

import contextlib
import shutil
import sys
from pathlib import Path

from iadv_foundation.console.cli import closest
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import whole_number
from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UsageError, UserError
from interpretable_adv.analysis.run_options import BUNDLE, RUN, add_run, add_texts_file, open_asked, tell_if_unsealed
from interpretable_adv.methods import METHODS


def add_explain(commands):
    """Add ``explain`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "explain",
        help="show which words of a text the perturbation changes most, and the words it points to",
        description="Show which words of a text the perturbation changes most, and the words it points to. The text "
        "is one of your own, or a document of the corpus. A text that begins with a dash goes behind --.",
        examples=(
            f'{RUN} "A moving film ."',
            f"{RUN} --method advt --split test --index 3 --html page.html",
            f"{BUNDLE} --file reviews.csv --text-column review --html page.html",
        ),
    )
    add_run(command)
    command.add_argument("text", metavar="TEXT", nargs="?", help="a text in quotes")
    add_texts_file(
        command,
        "file with one text (-: standard input), or a table (.csv, .tsv, .jsonl) with a text in each row, "
        "which are explained one after the other",
    )
    add_options(command, "split")
    command.add_argument("--index", type=whole_number(0), metavar="N", help="the document with this number, from 0")
    command.add_argument(
        "--method",
        metavar="METHOD",
        values=METHODS,
        help="perturb by this method (default: the one the run was trained by)",
    )
    command.add_argument(
        "--top",
        type=whole_number(1),
        default=5,
        metavar="N",
        help="words that each word points to (default: %(default)s)",
    )
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="write all numbers as JSON; of a table as JSON Lines"
    )
    command.add_argument("--image", type=Path, metavar="FILE", help="draw it: FILE.png, FILE.svg or FILE.pdf")
    command.add_argument("--html", type=Path, metavar="FILE", help="write it as a page")
    add_options(command, "device")
    command.set_defaults(run=_explain, split=None)


def add_export_vectors(commands):
    """Add ``export-vectors`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "export-vectors",
        help="write a run's word embeddings in word2vec's format",
        description="Write a run's word embeddings in word2vec's format, which gensim and others read, and show the "
        "nearest words of some before and after training.",
        examples=(f"{RUN} vectors.txt", f"{RUN} vectors.bin --binary --words good,bad"),
    )
    add_run(command)
    command.add_argument("file", metavar="FILE", type=Path, help="file to write")
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--text", action="store_true", help="word2vec's text format (default)")
    kind.add_argument("--binary", action="store_true", help="word2vec's binary format")
    command.add_argument(
        "--words", metavar="WORD,WORD,...", help="words whose nearest ones are shown (default: the ten most frequent)"
    )
    command.add_argument(
        "--top", type=whole_number(1), default=5, metavar="N", help="nearest words of each (default: %(default)s)"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the nearest words as JSON")
    command.set_defaults(run=_export_vectors)


def _explain(arguments):
    from interpretable_adv.analysis.explanation import Explainer
    from interpretable_adv.analysis.perturbations import RunPerturber
    from interpretable_adv.analysis.texts import is_table

    _check_source(arguments)
    if arguments.method is not None:
        closest(arguments.method, METHODS, "method")
    if arguments.image:
        from interpretable_adv.analysis.pictures import check_picture

        check_picture(arguments.image)
    many = arguments.file is not None and is_table(arguments.file)
    _check_table(arguments, many)
    run = open_asked(arguments)
    explainer = Explainer(RunPerturber(run, arguments.method), arguments.top)
    (_explain_table if many else _explain_one)(arguments, run, explainer)


def _explain_one(arguments, run, explainer):
    from iadv_foundation.storage import files

    reading = _reading(arguments, run)
    if reading and reading.lacks_blanks:
        from interpretable_adv.analysis.reading import IN_ONE_PIECE

        print(f"note: the text is {IN_ONE_PIECE}", file=sys.stderr)
    split, index = arguments.split or "test", arguments.index
    if arguments.image:
        from interpretable_adv.analysis.pictures import check_picture, draw_explanation

        check_picture(arguments.image, len(reading.ids) if reading else run.documents(split).lengths[index])
    explanation = explainer.reading(reading) if reading else explainer.document(split, index)
    if arguments.json:
        files.write_json(arguments.json, explanation.to_json())
    if arguments.html:
        from interpretable_adv.analysis.page import to_html

        files.write_text(arguments.html, to_html(explanation))
    notes = ""
    if arguments.image:
        missing = draw_explanation(explanation, arguments.image)
        if missing:
            from interpretable_adv.analysis.reading import listed

            notes = (
                f"{printable(str(arguments.image))}: boxes stand for characters that the picture's font does not have: "
                f"{listed(missing)}\n"
            )
    _show(explanation, notes)


def _show(explanation, notes=""):
    from interpretable_adv.analysis.terminal import to_terminal, wants_colour
    from interpretable_adv.analysis.writing import show

    width = shutil.get_terminal_size((100, 24)).columns
    show(to_terminal(explanation, wants_colour(sys.stdout), max(width, 40)) + notes)


def _explain_table(arguments, run, explainer):
    """Explain the texts of a table, one after the other: each as it would be explained alone."""
    from interpretable_adv.analysis.page import page
    from interpretable_adv.analysis.texts import Problems, read, texts_of
    from interpretable_adv.analysis.writing import json_lines

    problems = Problems()
    with contextlib.ExitStack() as stack:
        to_json = stack.enter_context(json_lines(arguments.json)) if arguments.json else None
        to_page = (
            stack.enter_context(page(arguments.html, f"{arguments.file}: {run.title}")) if arguments.html else None
        )
        for text in read(texts_of(arguments.file, arguments.text_column), run):
            usable = problems.tell(text)
            explanation = explainer.reading(text.reading) if usable else None
            if to_json:
                to_json(
                    {
                        "row": text.row,
                        "place": text.place,
                        "problem": text.problem,
                        **(explanation.to_json() if usable else {}),
                    }
                )
            if usable:
                if to_page:
                    to_page(explanation)
                _show(explanation, "\n")
    problems.finish()


def _check_source(arguments):
    document = arguments.split is not None or arguments.index is not None
    if (arguments.text is not None) + (arguments.file is not None) + document != 1:
        raise UsageError("give one text: TEXT, --file F, or --split test --index N")
    if document and arguments.index is None:
        raise UsageError("--split needs --index N")


def _check_table(arguments, many):
    if many and arguments.image:
        raise UsageError(f"--image draws one text, and {arguments.file} is a table: --html shows all of them")
    if not many and arguments.text_column is not None:
        raise UsageError("--text-column names a column of a table: give one by --file (.csv, .tsv, .jsonl)")


def _reading(arguments, run):
    """The user's text (interpretable_adv.analysis.reading.Reading), or None for a document of the corpus,
    which there is.
    """
    from interpretable_adv.analysis.reading import read_file, read_text

    if arguments.file is not None:
        return read_file(arguments.file, run)
    if arguments.text is not None:
        return read_text(arguments.text, run)
    split = closest(arguments.split or "test", run.corpus.splits, "split")
    count = len(run.corpus.splits[split])
    if not 0 <= arguments.index < count:
        raise UsageError(
            f"--index {arguments.index}: {split} of {run.corpus.name} has the documents 0 to {count - 1:,}"
        )
    return None


def _export_vectors(arguments):
    from iadv_foundation.storage import files
    from interpretable_adv.analysis import vectors
    from interpretable_adv.analysis.writing import show
    from interpretable_adv.trained import open_run

    run = open_run(arguments.folder, out=arguments.out, unfinished=arguments.unfinished)
    tell_if_unsealed(arguments.folder)
    ids = vectors.chosen_words(run, [word for word in (arguments.words or "").split(",") if word])
    before, reason = None, None
    try:
        before = vectors.start_embedding(run)
    except UserError as error:
        reason = str(error)
    lists = vectors.neighbour_lists(run, ids, arguments.top, before)
    words, size = vectors.export(run, arguments.file, arguments.binary)
    if arguments.json:
        files.write_json(
            arguments.json,
            {
                "run": run.title,
                "checkpoint_sha256": run.checkpoint_sha256,
                "start": run.config.training.initialise,
                "words": lists,
            },
        )
    print(f"{arguments.file}: {words:,} words, {size} dimensions, word2vec {'binary' if arguments.binary else 'text'}")
    print(
        f"Nearest words by cosine, before ({run.config.training.initialise}) and after training {run.title}:"
        + (f" not known before, {reason}" if reason else "")
    )
    show(vectors.to_text(lists))
