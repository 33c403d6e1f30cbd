"""``python -m benchmarks.profile_step``: where the time of one training step goes, on the host and on a GPU.

A step of a method at IMDB's size with made-up documents, as in ``step``.  Printed are the seconds of a step, those
after which the host has asked for all of it (the rest it waits for the device), the functions of the host that take
longest, and on a GPU, where PyTorch's profiler is there, the kernels that do.
"""

import cProfile
import io
import pstats
import statistics
import time

from benchmarks.devices import device_for
from benchmarks.step import HIDDEN, MEANS, NAMES, OurStep, Problem
from iadv_foundation.console.cli import run as run_command
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program, whole_number

STEPS, WARM_UP, LINES = 5, 3, 30


def parser():
    """The command's arguments (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog="python -m benchmarks.profile_step",
        description="Show where the time of one training step goes.",
        examples=("--method advt --device 0",),
    )
    program.add_argument("--method", choices=NAMES, default="advt", help=f"{', '.join(NAMES)} (default: %(default)s)")
    program.add_argument(
        "--mean",
        type=whole_number(1),
        default=MEANS[-1],
        metavar="N",
        help="mean length of the documents in words (default: %(default)s)",
    )
    program.add_argument(
        "--hidden",
        type=whole_number(1),
        default=HIDDEN[-1],
        metavar="N",
        help="units of the LSTM (default: %(default)s)",
    )
    add_options(program, "device")
    return program


def main(argv):
    """Profile what the arguments (list of str) ask for."""
    given = parser().parse_args(argv)
    device = device_for(given.device)
    problem = Problem.of(given.method, given.mean, WARM_UP + STEPS, settings=[f"model.hidden_size={given.hidden}"])
    step = OurStep(problem, device)
    for _ in range(WARM_UP):
        step()
    asked, whole = zip(*(_seconds(step.updater.update, device) for _ in range(STEPS)), strict=True)
    print(
        f"{given.method}, mean {given.mean}, LSTM {given.hidden}: {statistics.median(whole):.4f} s a step, of which "
        f"the host asks for {statistics.median(asked):.4f} s (medians of {STEPS})",
        flush=True,
    )
    print(_host_functions(step.updater.update), flush=True)
    if given.device >= 0:
        print(_kernels(step.updater.update, device), flush=True)


def _seconds(update, device):
    """Seconds until the host has asked for an update, and until it is done (float, float)."""
    device.synchronise()
    start = time.perf_counter()
    update()
    asked = time.perf_counter() - start
    device.synchronise()
    return asked, time.perf_counter() - start


def _host_functions(update):
    profile = cProfile.Profile()
    profile.runcall(update)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(LINES)
    return text.getvalue()


def _kernels(update, device):
    """A table of the kernels of an update, of all libraries (PyTorch's profiler asks CUDA), or why there is none."""
    try:
        from torch.profiler import ProfilerActivity, profile

        with profile(activities=[ProfilerActivity.CUDA]) as found:
            update()
            device.synchronise()
        return found.key_averages().table(row_limit=LINES, max_name_column_width=70)
    except Exception as error:  # what was measured before must not be lost for it
        return f"no table of kernels: {type(error).__name__}: {' '.join(str(error).split())}"


if __name__ == "__main__":
    run_command(main, "python -m benchmarks.profile_step")
