"""Fixtures of several tests."""

import os

import pytest

from data_prep.sources import open_source
from tests.data_prep.made_sources import as_members, as_streams


@pytest.fixture(params=[as_members, as_streams])
def read(request):
    """Each of the two ways to read: function of a path (or source) and a pattern -> dict of str to bytes."""
    return lambda source, *pattern: request.param(
        open_source(source) if isinstance(source, os.PathLike) else source, *pattern
    )
