"""An explanation in a terminal: the text as a heat map, and a table of its words."""

import os
import textwrap
import unicodedata

from iadv_foundation.console.printing import printable

#: A text of more words is shown by its strongest ones, so that the table fits a screen or two.
MOST_ROWS, STRONGEST = 60, 20
#: Words of a text that is still shown as a heat map.
MOST_HEAT = 400
_BAR = 10  # columns
_LEAST_REST = 12  # columns, below which runners-up are left out
# Backgrounds of the 256-colour palette by rising strength, under black letters; none for the weakest.
_SHADES = (None, 224, 217, 210, 203)
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def wants_colour(stream):
    """Whether what is written to a stream should be coloured: a terminal that can, no ``NO_COLOR`` (no-color.org)."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def to_terminal(explanation, colour=False, width=100):
    """An explanation as lines of text.

    Args:
        explanation (interpretable_adv.analysis.explanation.Explanation)
        colour (bool): whether the terminal understands colours; without, bars alone show the strength.
        width (int): columns of the terminal.

    Returns:
        str: ends with a line end.
    """
    lines = [printable(line) for line in (*_heading(explanation.about), *explanation.notices(), "")]
    lines = [part for line in lines for part in textwrap.wrap(line, width) or [""]]
    words = explanation.words
    if colour and len(words) <= MOST_HEAT:
        lines += [*_heat_map(words, width), ""]
    return "\n".join(lines + _table(explanation, width)) + "\n"


def _heading(about):
    lines = [f"{about['run']}, perturbed by {about['method_title']} (weights {about['checkpoint_sha256'][:12]})"]
    outcome = {
        "gold": "the loss is that of the true label",
        "output": "the loss is the divergence from the network's output",
        "prediction": "no true label is known, so the loss is that of the predicted one",
    }[about["against"]]
    if about["prediction"] is None:
        lines.append(f"{about['source']}: {outcome}")
    else:
        order = sorted(zip(about["probabilities"], about["classes"], strict=True), key=lambda pair: -pair[0])[:3]
        chances = ", ".join(f"{name} {100 * value:.1f} %" for value, name in order)
        gold = f", truly {about['gold']}" if about["gold"] else ""
        lines.append(f"{about['source']}: predicted {about['prediction']}{gold} ({chances}); {outcome}")
    return lines


def _heat_map(words, width):
    lines, used = [""], 0
    for word in words:
        text = printable(word["written"])
        if used and used + 1 + columns_of(text) > width:
            lines.append("")
            used = 0
        lines[-1] += (" " if used else "") + _shaded(isolated(text), word["relative"])
        used += columns_of(text) + (1 if used else 0)
    return lines


def _shaded(text, relative):
    shade = _SHADES[min(int(relative * len(_SHADES)), len(_SHADES) - 1)]
    return text if shade is None else f"\x1b[30;48;5;{shade}m{text}\x1b[0m"


def _table(explanation, width):
    """One line for each word, or for the strongest ones."""
    per_word = explanation.about["task"] == "labelling"
    score = "alpha" if explanation.about["space"] == "directions" else "cosine"
    rows = list(enumerate(explanation.words, 1))
    lines = []
    if len(rows) > MOST_ROWS:
        lines.append(f"The {STRONGEST} most strongly perturbed of {len(rows):,} words (--json and --html have all):")
        rows = sorted(rows, key=lambda row: -row[1]["strength"])[:STRONGEST]
    cells = [("", "word", *(["label"] if per_word else []), "strength", "", "points to", score, "then")]
    for number, word in rows:
        cells.append(
            (
                str(number),
                word["written"],
                *([_label(word)] if per_word else []),
                _bar(word["relative"]),
                f"{word['strength']:.3g}",
                word["target"] or "-",
                "" if word["score"] is None else f"{word['score']:.3g}",
                ", ".join(f"{printable(one['word'])} {one['score']:.2g}" for one in word["runners_up"]),
            )
        )
    longest = max(8, min(20, width // 5))
    cells = [(*(shortened(printable(cell), longest) for cell in line[:-1]), line[-1]) for line in cells]
    sizes = [max(map(columns_of, column)) for column in zip(*cells, strict=True)]
    rest = width - sum(sizes[:-1]) - 2 * (len(sizes) - 1)
    for line in cells:
        padded = [_padded(cell, size) for cell, size in zip(line[:-1], sizes[:-1], strict=True)]
        runners_up = [isolated(shortened(line[-1], rest))] if rest >= _LEAST_REST else []
        lines.append("  ".join([*padded, *runners_up]).rstrip())
    return lines


def _label(word):
    return word["prediction"] + (f" (truly {word['gold']})" if word["gold"] not in (None, word["prediction"]) else "")


def _bar(relative):
    eighths = round(relative * _BAR * 8)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def columns_of(text):
    """Columns that a text takes in a terminal (int): none for combining marks, two for wide characters."""
    return sum(
        0
        if unicodedata.combining(one) or unicodedata.category(one) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(one) in "WF"
        else 1
        for one in text
    )


def isolated(text):
    """The text, closed off from its neighbours in a line where it is written from right to left."""
    return f"\u2068{text}\u2069" if any(unicodedata.bidirectional(one) in ("R", "AL") for one in text) else text


def shortened(text, columns):
    """A text of at most so many columns of a terminal (str), … at its end where it was longer."""
    if columns_of(text) <= columns:
        return text
    while columns_of(text) > columns - 1:
        text = text[:-1]
    return text + "…"


def _padded(text, columns):
    return isolated(text) + " " * (columns - columns_of(text))
