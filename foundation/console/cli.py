"""How every command of the project starts and ends."""
import argparse
import difflib
import errno
import math
import os
import sys

from foundation.console.deadline import Deadline
from foundation.console.printing import safe_output, printable
from foundation.errors import TimeLimitReached, UsageError, UserError


class Parser(argparse.ArgumentParser):
    """``argparse`` whose errors are one line, like all others, and which takes no abbreviated options."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message):
        raise UsageError(f"{message} (see {self.prog} --help)")


def add_time_limit_option(parser):
    """Add ``--time-limit`` to an ``argparse`` parser; its value is a :class:`foundation.console.deadline.Deadline`."""
    parser.add_argument("--time-limit", type=_deadline, default=Deadline(), dest="deadline", metavar="SECONDS",
                        help="stop after the first update from then on, with a snapshot and exit status 3; the same command "
                             "goes on and ends with the same result")


def _deadline(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(f"--time-limit {text}: write a number of seconds above 0")
    return Deadline(seconds)


def closest(name, known, what):
    """Return ``name`` if it is one of ``known``.

    Raises:
        UsageError: otherwise, with the nearest known name (if any is near) and all of them.
    """
    known = list(known)
    if name in known:
        return name
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise UsageError(f"unknown {what} {name!r}{hint}; choose from: {', '.join(known)}")


def run(main, program, argv=None):
    """Call ``main(argv)`` and exit: 0 done, 1 something is wrong outside, 2 wrong usage, 3 time limit over, 130 interrupted.

    Args:
        main: function of the list of arguments; its return value is the exit status (None counts as 0).
        program (str): the command's name as the user typed it, first word of an error line.
        argv (list of str): arguments; by default those of the process.
    """
    _forget_settings_of_others()
    with safe_output():
        status = _status_of(main, program, sys.argv[1:] if argv is None else argv)
        if status:
            _drop_unwritable_output()
    sys.exit(status)


def _forget_settings_of_others():
    """What a caller's environment says to Chainer and matplotlib (in a notebook, say) must not change what a command makes."""
    for name in [name for name in os.environ if name.startswith("CHAINER_") or name in ("MATPLOTLIBRC", "MPLBACKEND")]:
        del os.environ[name]
    chainer = sys.modules.get("chainer")  # which has read them, where it is loaded
    if chainer is not None:
        chainer.global_config.dtype, chainer.global_config.debug = "float32", False


def _status_of(main, program, argv):
    try:
        status = main(argv) or 0
        sys.stdout.flush()
    except TimeLimitReached as reached:
        print(f"{program}: {printable(str(reached))}", file=sys.stderr)
        status = reached.exit_status
    except UserError as error:
        status = fail(program, error, error.exit_status)
    except KeyboardInterrupt:
        status = fail(program, "interrupted; repeat the command to go on", 130)
    except BrokenPipeError:
        status = 1
    except MemoryError:
        status = fail(program, "out of memory: choose a smaller --scale or batch size", 1)
    except OSError as error:
        status = fail(program, describe_os_error(error), 1)
    return status


def _drop_unwritable_output():
    """What standard output does not take (a full disk, a reader gone) must not come up again when the interpreter ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(program, message, status):
    print(f"{program}: error: {printable(' '.join(str(message).split()))}", file=sys.stderr)
    return status


def describe_os_error(error):
    """One line for an operating-system error, naming the file where one is known."""
    where = f": {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left on the disk{where}; free some and repeat the command, nothing half-written is left"
    return f"{error.strerror or error}{where}"
