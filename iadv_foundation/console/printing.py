"""What others wrote (labels, names of columns and files) on a screen that it must not disturb."""

import contextlib
import os
import sys
import unicodedata

# The joiner and the non-joiner are part of words in Hindi and Persian, and steer nothing but the letters beside them.
_JOINERS = "\u200c\u200d"


def printable(text):
    """A text of one line safe to print: what does not print, such as the codes that steer a terminal or turn the
    direction of writing, stands as its code (str).
    """
    return (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() or one in _JOINERS else _code(one) for one in text)
    )


def _code(character):
    return character.encode("unicode_escape").decode()


class SafeOutput:
    """Standard output for text that others may have written: all but line ends,
    tabs and blanks is made :func:`printable`.

    A character that the output's encoding does not have stands as its code, too.  What is to reach the terminal as it
    is (colours) goes to :func:`unfiltered`.

    Args:
        stream: text file object.
    """

    def __init__(self, stream):
        self.stream = stream
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text):
        """Write a text; returns its length as given (int)."""
        self.stream.write(
            text
            if text.isprintable()
            else "".join(one if one in "\n\t" or unicodedata.category(one) == "Zs" else printable(one) for one in text)
        )
        return len(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def unfiltered(stream):
    """The file object behind a :class:`SafeOutput`; any other one itself."""
    return stream.stream if isinstance(stream, SafeOutput) else stream


@contextlib.contextmanager
def safe_output():
    """Standard output as a :class:`SafeOutput`; where it or standard error is closed, what is written goes nowhere."""
    for number in range(3):  # Else the next file that is opened would take the number, and with it what is printed.
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stderr(sys.stderr or nowhere))
        stack.enter_context(contextlib.redirect_stdout(SafeOutput(unfiltered(sys.stdout or nowhere))))
        yield
