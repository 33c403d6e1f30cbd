"""When a command has to stop."""

import math
import time


class Deadline:
    """A moment a number of seconds from now.

    Args:
        seconds (float): by default there is no such moment.
    """

    def __init__(self, seconds=math.inf):
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def is_over(self):
        """Whether it lies in the past."""
        return time.monotonic() >= self._end
