"""What README.md says first: the findings in a few lines, and a short table."""

import textwrap

import pandas

from ..comparison import measure
from ..published import load
from ..study import Study
from ..tables.orderings import HOLDS, OPEN, REVERSED
from ..verdicts import CANNOT_TELL, COMPATIBLE, NOT_COMPATIBLE
from . import fce
from .blocks import table
from .run_lines import title_of

NUMBER, DATASET = 6, "fce"
_WIDTH = 120
_TOGETHER = "\N{NO-BREAK SPACE}"
#: Verdict -> what it means, after the number of rows that it stands for.
_MEANINGS = {
    COMPATIBLE: "hold (our network could have given the published number, and not the baseline's)",
    NOT_COMPATIBLE: "do not hold (our network does not give them)",
    CANNOT_TELL: "cannot be told (seeds vary by more than the published gain)",
}


def found(measured):
    """The findings on Table 6 (str)."""
    contrast = _comparison(measured).contrasts[DATASET]
    dev = dict(fce.dev_differences(measured))
    orders = fce.orderings(measured)["verdict"].value_counts()
    word = "differ" if contrast.differ else "do not differ"
    lines = [
        f"*AdvT, iAdvT, VAT and iVAT together, over Baseline and Random:* ours {_interval(contrast.ours)} points of "
        f"F0.5, published {_interval(contrast.published)}. The two {word} (p = {contrast.apart.p:.3f}).",
        f"*The {len(_verdicts(measured))} published numbers, one by one:* {verdicts(measured)}.",
        f"*The {orders.sum()} published orders of two rows:* {orders.get(HOLDS, 0)} are established here, "
        f"{orders.get(REVERSED, 0)} are reversed, {orders.get(OPEN, 0)} stay open.",
        f"*Epsilon, dev F0.5:* with the paper's, AdvT and iAdvT differ from the baseline by {_interval(dev['AdvT'])} "
        f"and {_interval(dev['iAdvT'])}; with a fifth of it, which dev chose, AdvT differs by "
        f"{_interval(dev['AdvT, epsilon 1'])}.",
    ]
    return "\n".join(map(_item, lines))


def verdicts(measured):
    """How many of the published numbers hold, do not hold, cannot be told (str)."""
    counted = _verdicts(measured).value_counts()
    return ", ".join(f"{counted.get(verdict, 0)} {meaning}" for verdict, meaning in _MEANINGS.items())


def short_table(measured):
    """Table 6 in six columns (str)."""
    frame = _comparison(measured).frame
    baseline = frame[frame["method"] == "baseline"].iloc[0]
    rows = []
    for line in frame[frame["published"].notna()].itertuples():
        gain = line.published - baseline.published
        ours = line.over_baseline
        rows.append(
            [
                title_of(line.method),
                str(line.published),
                f"{line.mean:.2f} ± {line.std:.2f}",
                "" if line.method == "baseline" else f"{gain:+}",
                ""
                if pandas.isna(ours)
                else f"{ours:+.2f} [{line.over_baseline_low:+.2f}, {line.over_baseline_high:+.2f}]",
                line.verdict,
            ]
        )
    seeds = " or ".join(str(number) for number in sorted(set(frame["n"].dropna())))
    return table(
        ["Table 6, F0.5", "published", f"ours, {seeds} seeds", "published gain", "our gain [95 % interval]", "verdict"],
        rows,
    )


def _comparison(measured):
    return measure(load().comparison(NUMBER), Study(measured / fce.FOLDER, "paper", "paper"))


def _verdicts(measured):
    """The verdict on each published number (pandas.Series)."""
    frame = _comparison(measured).frame
    return frame.loc[frame["published"].notna(), "verdict"]


def _interval(found):
    return f"{found.difference:+.2f}{_TOGETHER}[{found.low:+.2f},{_TOGETHER}{found.high:+.2f}]"


def _item(text):
    """A line of a list, broken where it is too long, but not inside an interval (str)."""
    return textwrap.fill(text, _WIDTH, initial_indent="- ", subsequent_indent="  ").replace(_TOGETHER, " ")


BLOCKS = {"found": found, "table6-short": short_table}
