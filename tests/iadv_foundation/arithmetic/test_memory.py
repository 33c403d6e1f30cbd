"""Large arrays come from memory that is at hand."""

import platform
import subprocess
import sys

import pytest

_COUNT = """
import resource
import numpy as np
from iadv_foundation.arithmetic.memory import keep_freed_memory
if {keep}:
    assert keep_freed_memory()
for turn in range(30):
    if turn == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.empty(1 << 20, np.float32).fill(1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
def test_freed_memory_is_used_again():
    def page_faults(keep):
        done = subprocess.run(
            [sys.executable, "-c", _COUNT.format(keep=keep)], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert page_faults(keep=True) < page_faults(keep=False) / 2
