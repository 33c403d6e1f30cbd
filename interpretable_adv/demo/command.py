"""The command ``demo``.

What it needs is imported when it runs, so that ``--help`` and a mistyped name answer at once.
"""

import shutil
import sys
from pathlib import Path

from iadv_foundation.console.options import add_options
from interpretable_adv.demo import MODELS, SENTENCE


def add_demo(commands):
    """Add ``demo`` to a command line (iadv_foundation.console.parser.Program)."""
    command = commands.add_parser(
        "demo",
        help="explain a sentence by two small networks that travel with the code, side by side",
        description="Explain a sentence by AdvT-Text and iAdvT-Text side by side, with two small networks that travel "
        "with the code: in the terminal, and as a picture and a page in the folder demo below --out. The networks know "
        "words of film reviews only.",
        examples=("", '"An awful script , but the actors are wonderful ."'),
    )
    command.add_argument(
        "text", metavar="TEXT", nargs="?", default=SENTENCE, help="a text in quotes (default: one of ours)"
    )
    add_options(command, "out")
    command.set_defaults(run=_demo)


def _demo(arguments):
    from interpretable_adv.analysis.explanation import Explainer
    from interpretable_adv.analysis.page import page
    from interpretable_adv.analysis.perturbations import RunPerturber
    from interpretable_adv.analysis.pictures import check_picture, draw_side_by_side
    from interpretable_adv.analysis.reading import read_text
    from interpretable_adv.analysis.terminal import to_terminal, wants_colour
    from interpretable_adv.analysis.writing import show
    from interpretable_adv.trained import open_run

    folder = Path(arguments.out) / "demo"
    explanations, picture, html = [], folder / "demo.png", folder / "demo.html"
    for path in MODELS.values():
        run = open_run(path)
        reading = read_text(arguments.text, run)
        check_picture(picture, len(reading.ids))
        explanations.append(Explainer(RunPerturber(run), 5).reading(reading))
    width = max(shutil.get_terminal_size((100, 24)).columns, 40)
    for explanation in explanations:
        show(to_terminal(explanation, wants_colour(sys.stdout), width) + "\n")
    with page(html, "AdvT-Text and iAdvT-Text side by side") as add:
        for explanation in explanations:
            add(explanation)
    draw_side_by_side(explanations, picture)
    print(f"Both side by side: {picture} and {html}")
