"""How many cores there are for this process."""

import os


def available_cores():
    """Number of cores that this process may use (int)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
