"""Mistakes a user can make and mend, as opposed to bugs: they end a command with one clear line and no traceback."""


class UserError(Exception):
    """Something outside the program is wrong (a file, a corpus, a device, the disk): exit status 1."""

    exit_status = 1


class UsageError(UserError):
    """The command itself is wrong (an unknown name, a value out of range): exit status 2."""

    exit_status = 2


class DamagedFileError(UserError):
    """A file that we wrote no longer reads as we wrote it."""


class TimeLimitReached(UserError):
    """Not a mistake: ``--time-limit`` is over, and a snapshot lets the same command go on.  Exit status 3."""

    exit_status = 3
