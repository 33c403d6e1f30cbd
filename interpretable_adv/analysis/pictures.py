"""An explanation as a picture: a bar for each word, shaded by strength, the word it points to inside (Figure 4)."""

import logging
import warnings

import matplotlib
from matplotlib.figure import Figure

from iadv_foundation.console import pictures
from iadv_foundation.console.printing import printable
from iadv_foundation.errors import UsageError

#: Words in a column, and columns: more than that nobody can read.
COLUMN, MOST_COLUMNS = 40, 8
_WIDTH, _HEIGHT, _HEAD = 3.6, 0.26, 1.0  # inches: of a column, of a word, of the title
# matplotlib's maps, by task, as in Figure 4.
_COLOURS = {"classification": "Blues", "labelling": "Greens"}
_INK = "#222222"


def check_picture(path, words=0):
    """Refuse a picture that could not be made or read.

    Args:
        path (pathlib.Path): of the picture.
        words (int): number of words; 0 where not known yet.

    Raises:
        UsageError: its suffix is of no known format, or there are too many words.
    """
    if pictures.format_of(path) not in pictures.FORMATS:
        raise UsageError(f"--image {path}: the name must end in .png, .svg or .pdf")
    if words > COLUMN * MOST_COLUMNS:
        raise UsageError(
            f"--image shows {COLUMN * MOST_COLUMNS} words at most, and the text has {words:,}: --html shows any number"
        )


def draw_explanation(explanation, path):
    """Draw an explanation into a file.

    Args:
        explanation (interpretable_adv.analysis.explanation.Explanation): of no more words than :func:`check_picture`
            allows.
        path (pathlib.Path): PNG, SVG or PDF by its suffix.

    Returns:
        list of str: characters that the picture's font does not have, drawn as boxes.
    """
    about, words = explanation.about, explanation.words
    columns = [words[start : start + COLUMN] for start in range(0, len(words), COLUMN)]
    rows = len(columns[0])
    with pictures.drawing():
        figure = Figure(figsize=(max(_WIDTH * len(columns), 5.4), _HEAD + _HEIGHT * rows), layout="constrained")
        for axes, some in zip(figure.subplots(1, len(columns), squeeze=False)[0], columns, strict=True):
            draw_bars(axes, some, about, rows)
        put(figure.suptitle, "\n".join(title_of(about)), fontsize=9)
        return save(figure, path)


def draw_side_by_side(explanations, path):
    """Draw explanations of one text beside each other into a file.

    Args:
        explanations (list of interpretable_adv.analysis.explanation.Explanation)
        path (pathlib.Path): PNG, SVG or PDF by its suffix.

    Returns:
        list of str: characters that the picture's font does not have, drawn as boxes.
    """
    rows = max(len(one.words) for one in explanations)
    with pictures.drawing():
        figure = Figure(
            figsize=(max(5.4, 1.5 * _WIDTH) * len(explanations), _HEAD + _HEIGHT * rows), layout="constrained"
        )
        for axes, one in zip(figure.subplots(1, len(explanations), squeeze=False)[0], explanations, strict=True):
            draw_bars(axes, one.words, one.about, rows)
            put(axes.set_title, "\n".join(title_of(one.about)), fontsize=9)
        return save(figure, path)


def title_of(about):
    """What stands above a picture (list of str): run and method, text and prediction."""
    predicted = f", predicted {about['prediction']}" if about["prediction"] else ""
    gold = f", truly {about['gold']}" if about["gold"] else ""
    errors = "; * truly wrong, ? marked as wrong" if about["task"] == "labelling" else ""
    return [f"{about['run']}, perturbed by {about['method_title']}", f"{about['source']}{predicted}{gold}{errors}"]


def draw_bars(axes, words, about, rows=None):
    """Draw a bar for each word: left the word, inside the one it points to, right its score, alpha or cosine.

    As in Figure 4 all bars are of one length, and their shade is the strength towards the word inside, relative to the
    largest of the text.

    Args:
        axes (matplotlib.axes.Axes)
        words (list of dict): see :mod:`interpretable_adv.analysis.explanation`.
        about (dict): see there.
        rows (int): bars that the axes have room for.
    """
    shade, wrong = matplotlib.colormaps[_COLOURS[about["task"]]], about["classes"][-1]
    for place, word in enumerate(words):
        colour = shade(0.06 + 0.74 * word["relative_toward"])
        axes.barh(place, 1, 0.86, color=colour, edgecolor="#cccccc", linewidth=0.5)
        light = matplotlib.colors.rgb_to_hsv(colour[:3])[2] < 0.75 and word["relative_toward"] > 0.55
        put(
            axes.text,
            _short(word["target"] or "-"),
            0.5,
            place,
            ha="center",
            va="center",
            color="white" if light else _INK,
        )
        marks = ("*" if word["gold"] == wrong else "") + ("?" if word["prediction"] == wrong else "")
        put(
            axes.text,
            _short(word["written"]) + marks,
            -0.03,
            place,
            ha="right",
            va="center",
            color=_INK,
            fontweight="bold" if marks else "normal",
        )
        put(
            axes.text,
            "" if word["score"] is None else f"{word['score']:.2g}",
            1.03,
            place,
            ha="left",
            va="center",
            fontsize=7,
            color="#555555",
        )
    axes.set(xlim=(-0.9, 1.3), ylim=((rows or len(words)) - 0.4, -0.6))
    axes.axis("off")


def save(figure, path):
    """Write a picture; returns the characters that its font does not have (list of str), which are drawn as boxes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        logging.getLogger("matplotlib").setLevel(logging.ERROR)
        pictures.save(figure, path)
    missing = {chr(int(str(one.message).split()[1])) for one in caught if str(one.message).startswith("Glyph ")}
    return sorted(missing)


def put(draw, text, *place, **how):
    """Call one of matplotlib's functions that put a text somewhere; dollar signs in it are no mathematics.

    What does not print stands as its code (:func:`iadv_foundation.console.printing.printable`).
    """
    return draw(*place, "\n".join(map(printable, text.split("\n"))), parse_math=False, **how)


def _short(text, most=18):
    text = printable(text)  # before it is cut
    return text if len(text) <= most else text[: most - 1] + "…"
