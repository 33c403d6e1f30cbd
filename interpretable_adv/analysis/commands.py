"""The commands ``explain`` and ``export-vectors``.

What a command needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""
import shutil
import sys
from pathlib import Path

from foundation.console.cli import closest
from foundation.console.printing import printable, unfiltered
from foundation.errors import UsageError, UserError


def add_explain(commands, add_device):
    """Add ``explain`` to a command line (argparse's sub-parsers); ``add_device`` adds its ``--device``."""
    text = "show which words of a text the perturbation changes most, and the words it points to"
    command = commands.add_parser("explain", help=text, description=text)
    command.add_argument("folder", metavar="RUN", help="a run folder, e.g. out/runs/sample-sec/paper/quick/iadvt/seed-0")
    command.add_argument("text", metavar="TEXT", nargs="?", help="a text in quotes")
    command.add_argument("--file", metavar="F", help="file with a text, UTF-8 (-: standard input)")
    command.add_argument("--split", metavar="S", help="a document of this split: test (default with --index), dev or train")
    command.add_argument("--index", type=int, metavar="N", help="its number, from 0")
    command.add_argument("--method", metavar="M", help="perturb by this method (default: the one the run was trained by)")
    command.add_argument("--top", type=int, default=5, metavar="K", help="words that each word points to (default: 5)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write all numbers as JSON")
    command.add_argument("--image", type=Path, metavar="FILE", help="draw it: FILE.png, FILE.svg or FILE.pdf")
    command.add_argument("--html", type=Path, metavar="FILE", help="write it as a page")
    add_device(command)
    command.set_defaults(run=_explain)


def add_export_vectors(commands):
    """Add ``export-vectors`` to a command line (argparse's sub-parsers)."""
    text = "write a run's word embeddings in word2vec's format; show the nearest words before and after training"
    command = commands.add_parser("export-vectors", help=text, description=text)
    command.add_argument("folder", metavar="RUN", help="a run folder")
    command.add_argument("file", metavar="FILE", type=Path, help="file to write")
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--text", action="store_true", help="word2vec's text format (default)")
    kind.add_argument("--binary", action="store_true", help="word2vec's binary format")
    command.add_argument("--words", metavar="W,W", help="words whose nearest ones are shown (default: the ten most frequent)")
    command.add_argument("--top", type=int, default=5, metavar="K", help="nearest words of each (default: 5)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the nearest words as JSON")
    command.set_defaults(run=_export_vectors)


def _explain(arguments):
    from foundation.storage import files
    from interpretable_adv.analysis.explanation import Explainer
    from interpretable_adv.analysis.perturbations import RunPerturber
    from interpretable_adv.analysis.terminal import to_terminal, wants_colour
    from interpretable_adv.methods import METHODS
    from interpretable_adv.trained import open_run
    _check_source(arguments)
    _check_top(arguments.top)
    if arguments.method is not None:
        closest(arguments.method, METHODS, "method")
    if arguments.image:
        from interpretable_adv.analysis.pictures import check_picture, draw_explanation
        check_picture(arguments.image)
    run = open_run(arguments.folder, arguments.device)
    reading = _reading(arguments, run)
    split = arguments.split or "test"
    if arguments.image:
        check_picture(arguments.image, len(reading.ids) if reading else run.documents(split).lengths[arguments.index])
    explainer = Explainer(RunPerturber(run, arguments.method), arguments.top)
    explanation = explainer.reading(reading) if reading else explainer.document(split, arguments.index)
    if arguments.json:
        files.write_json(arguments.json, explanation.to_json())
    if arguments.html:
        from interpretable_adv.analysis.page import to_html
        files.write_text(arguments.html, to_html(explanation))
    notes = []
    if arguments.image:
        missing = draw_explanation(explanation, arguments.image)
        if missing:
            from interpretable_adv.analysis.reading import listed
            notes.append(f"{printable(str(arguments.image))}: boxes stand for characters that the picture's font does not "
                         f"have: {listed(missing)}")
    width = shutil.get_terminal_size((100, 24)).columns
    _write(to_terminal(explanation, wants_colour(sys.stdout), max(width, 40)) + "".join(f"{line}\n" for line in notes))


def _write(text):
    """Write to standard output, colours and all, with ? for what its encoding does not have."""
    stream = unfiltered(sys.stdout)
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))


def _check_source(arguments):
    document = arguments.split is not None or arguments.index is not None
    if (arguments.text is not None) + (arguments.file is not None) + document != 1:
        raise UsageError("give one text: TEXT, --file F, or --split test --index N")
    if document and arguments.index is None:
        raise UsageError("--split needs --index N")


def _check_top(top):
    if top < 1:
        raise UsageError(f"--top {top}: write a number from 1 up")


def _reading(arguments, run):
    """The user's text (interpretable_adv.analysis.reading.Reading), or None for a document of the corpus, which there is."""
    from interpretable_adv.analysis.reading import read_file, read_text
    if arguments.file is not None:
        return read_file(arguments.file, run)
    if arguments.text is not None:
        return read_text(arguments.text, run)
    split = closest(arguments.split or "test", run.corpus.splits, "split")
    count = len(run.corpus.splits[split])
    if not 0 <= arguments.index < count:
        raise UsageError(f"--index {arguments.index}: {split} of {run.corpus.name} has the documents 0 to {count - 1:,}")
    return None


def _export_vectors(arguments):
    from foundation.storage import files
    from interpretable_adv.analysis import vectors
    from interpretable_adv.trained import open_run
    _check_top(arguments.top)
    run = open_run(arguments.folder)
    ids = vectors.chosen_words(run, [word for word in (arguments.words or "").split(",") if word])
    before, reason = None, None
    try:
        before = vectors.start_embedding(run)
    except UserError as error:
        reason = str(error)
    lists = vectors.neighbour_lists(run, ids, arguments.top, before)
    words, size = vectors.export(run, arguments.file, arguments.binary)
    if arguments.json:
        files.write_json(arguments.json, {
            "run": run.title, "checkpoint_sha256": run.checkpoint_sha256, "start": run.config.training.initialise,
            "words": lists})
    print(f"{arguments.file}: {words:,} words, {size} dimensions, word2vec {'binary' if arguments.binary else 'text'}")
    print(f"Nearest words by cosine, before ({run.config.training.initialise}) and after training {run.title}:"
          + (f" not known before, {reason}" if reason else ""))
    print(vectors.to_text(lists), end="")
