"""How every command of the project starts and ends."""

import difflib
import errno
import os
import sys

from iadv_foundation.console.cores import use_one_thread_unless_told
from iadv_foundation.console.printing import printable, safe_output
from iadv_foundation.errors import TimeLimitReached, UsageError, UserError


def closest(name, known, what):
    """Return ``name`` if it is one of ``known``.

    Raises:
        UsageError: otherwise, with the nearest known name (if any is near) and all of them.
    """
    known = list(known)
    if name in known:
        return name
    near = nearest(name, known)
    hint = f" (did you mean {near!r}?)" if near else ""
    raise UsageError(f"unknown {what} {name!r}{hint}; choose from: {', '.join(known)}")


def nearest(name, known):
    """The one of ``known`` (iterable of str) that is most like ``name``; None if none is."""
    return next(iter(difflib.get_close_matches(str(name), known, n=1)), None)


def program_name(module):
    """How a program is called here (str): ``python -m MODULE``, or by its console script where that was typed."""
    typed = os.path.basename(sys.argv[0]) if sys.argv else ""
    return typed if typed == script_name(module) else f"python -m {module}"


def script_name(module):
    """The console script of a module where the project is installed (str): ``iadv-data-prep`` of ``data_prep``."""
    last = module.rpartition(".")[2].replace("_", "-")
    return last if last == "interpretable-adv" else f"iadv-{last}"


def run(main, program, argv=None):
    """Call ``main(argv)`` and exit: 0 done, 1 something is wrong outside, 2 wrong usage, 3 time limit over,
    130 interrupted.

    Args:
        main: function of the list of arguments; its return value is the exit status (None counts as 0).
        program (str): the command's name as the user typed it, which an error line begins with; an exception with an
            attribute ``program``, a sub-command's name, goes before.
        argv (list of str): arguments; by default those of the process.
    """
    _forget_settings_of_others()
    use_one_thread_unless_told()
    with safe_output():
        status = _status_of(main, program, sys.argv[1:] if argv is None else argv)
        if status:
            _drop_unwritable_output()
    sys.exit(status)


def _forget_settings_of_others():
    """What a caller's environment says to Chainer and matplotlib (in a notebook, say) must not change what a command
    makes.
    """
    for name in [name for name in os.environ if name.startswith("CHAINER_") or name in ("MATPLOTLIBRC", "MPLBACKEND")]:
        del os.environ[name]
    chainer = sys.modules.get("chainer")  # which has read them, where it is loaded
    if chainer is not None:
        chainer.global_config.dtype, chainer.global_config.debug = "float32", False


def _status_of(main, program, argv):
    try:
        status = main(argv) or 0
        sys.stdout.flush()
    except (UserError, KeyboardInterrupt, MemoryError, OSError) as error:
        return _tell(error, getattr(error, "program", program))
    return status


def _tell(error, program):
    """Say in one line what ended a command; returns its exit status."""
    if isinstance(error, TimeLimitReached):
        print(f"{program}: {printable(str(error))}", file=sys.stderr)
        return error.exit_status
    if isinstance(error, UserError):
        return fail(program, error, error.exit_status)
    if isinstance(error, KeyboardInterrupt):
        return fail(program, "interrupted; repeat the command to go on", 130)
    if isinstance(error, MemoryError):
        return fail(program, "out of memory: close other programs, or choose smaller sizes or fewer texts at once", 1)
    return 1 if isinstance(error, BrokenPipeError) else fail(program, describe_os_error(error), 1)


def _drop_unwritable_output():
    """What standard output does not take (a full disk, a reader gone) must not come up again at the very end."""
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
