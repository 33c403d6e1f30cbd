"""How many cores there are for this process, and how many of them its matrix products take."""

import os
import sys

#: What tells the libraries that are used here, and those they are compared with, how many threads to take.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def available_cores():
    """Number of cores that this process may use (int)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def use_threads(count):
    """Let all numerical libraries use ``count`` threads: loaded ones, later ones and those of child processes."""
    os.environ.update(dict.fromkeys(VARIABLES, str(count)))
    if "numpy" in sys.modules or "torch" in sys.modules:
        import threadpoolctl

        threadpoolctl.threadpool_limits(limits=count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)


def use_one_thread_unless_told():
    """:func:`use_threads` of 1, unless the environment names a number.

    The threads of a product wait for each other by spinning.  Where other programs keep the cores busy, that is most of
    their time: a small training (LSTM 256, batches of 16 documents) on 2 cores with a load of 10 took 11.1 s with two
    threads and 1.1 s with one, a ratio of 10.  On an idle machine a large network gains by more threads:
    ``OMP_NUM_THREADS=8``.
    """
    if not any(os.environ.get(name) for name in VARIABLES):
        use_threads(1)
