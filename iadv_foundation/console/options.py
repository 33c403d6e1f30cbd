"""The options that several commands have: one name, one form and one wording each."""

import argparse
import math
from pathlib import Path

from iadv_foundation.console.deadline import Deadline
from iadv_foundation.console.parser import whole_number

#: The order in which names of configuration files are listed; others follow by alphabet.
_ORDER = ("paper", "authors"), ("quick", "reduced", "paper")


def add_options(parser, *names):
    """Add options to a parser (iadv_foundation.console.parser.Parser), in this order.

    Args:
        names (str): without their dashes: ``recipe``, ``scale``, ``seed``, ``device``, ``out``, ``split``,
            ``overwrite``, ``quiet`` or ``time-limit``, whose value is ``deadline``, a
            :class:`iadv_foundation.console.deadline.Deadline`.
    """
    for name in names:
        parser.add_argument(f"--{name}", **_OPTIONS[name]())


def add_settings(parser, keys):
    """Add ``--set``, whose values are ``overrides``, and ``--print-config``; what the latter prints is
    :func:`iadv_foundation.console.configuration.describe`.

    Args:
        parser (iadv_foundation.console.parser.Parser)
        keys (callable): returns the dotted names of all settings (iterable of str).  Called only where an option is
            unknown.
    """
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="change one setting; may be repeated (--print-config shows all settings)",
    )
    parser.add_argument(
        "--print-config",
        action="store_true",
        help="print every setting, its value and the file that this comes from, and do nothing else",
    )
    parser.setting_keys = keys


def listed(names, default):
    """``"quick (default), reduced or paper"`` (str)."""
    marked = [f"{name} (default)" if name == default else name for name in names]
    return " or ".join(filter(None, [", ".join(marked[:-1]), marked[-1]]))


def _configured(folder, order):
    """Names of the files in a folder of ``configs`` (list of str)."""
    from iadv_foundation.console import configuration  # here, because pydantic takes long to be imported

    names = sorted(path.stem for path in (configuration.CONFIGS / folder).glob("*.toml"))
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _recipe():
    names = _configured("recipes", _ORDER[0])
    return {
        "default": "paper",
        "metavar": "RECIPE",
        "values": names,
        "help": f"where paper and released code differ, follow: {listed(names, 'paper')}",
    }


def _scale():
    names = _configured("scales", _ORDER[1])
    return {
        "default": "quick",
        "metavar": "SCALE",
        "values": names,
        "help": f"size of networks and corpora: {listed(names, 'quick')}; SCALE+VARIANT adds a file of "
        "configs/variants",
    }


def _split():
    names = ("test", "dev", "train")
    return {
        "default": "test",
        "metavar": "SPLIT",
        "values": names,
        "help": f"documents of this split: {listed(names, 'test')}",
    }


def _deadline(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("write a number of seconds above 0")
    return Deadline(seconds)


_OPTIONS = {
    "recipe": _recipe,
    "scale": _scale,
    "split": _split,
    "seed": lambda: {
        "type": whole_number(0),
        "default": 0,
        "metavar": "N",
        "help": "seed of everything random (default: %(default)s)",
    },
    "device": lambda: {
        "type": whole_number(-1),
        "default": -1,
        "metavar": "N",
        "help": "number of a GPU, or -1 for the CPU (default: %(default)s)",
    },
    "out": lambda: {
        "type": Path,
        "default": Path("out"),
        "metavar": "DIR",
        "help": "folder of everything made; a relative one is taken from the folder you are in (default: %(default)s)",
    },
    "overwrite": lambda: {"action": "store_true", "help": "replace what stands there with other settings"},
    "quiet": lambda: {"action": "store_true", "help": "no progress on the screen"},
    "time-limit": lambda: {
        "type": _deadline,
        "default": Deadline(),
        "dest": "deadline",
        "metavar": "SECONDS",
        "help": "stop after the first update from then on, with a snapshot and exit status 3; the "
        "same command goes on and ends with the same result",
    },
}
