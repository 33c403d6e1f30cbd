"""A deadline is over when its seconds have passed, not before, and without any it never is."""

import time

from iadv_foundation.console.deadline import Deadline


def test_it_is_over_after_its_seconds():
    deadline = Deadline(0.05)
    assert not deadline.is_over
    time.sleep(0.06)
    assert deadline.is_over


def test_by_default_there_is_none():
    assert not Deadline().is_over
