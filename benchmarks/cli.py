"""The command ``python -m benchmarks``."""

import importlib
from pathlib import Path

from tabulate import tabulate

from benchmarks.measuring import Options, machine
from iadv_foundation.arithmetic.memory import keep_freed_memory
from iadv_foundation.console.cli import closest
from iadv_foundation.console.cores import available_cores, use_threads
from iadv_foundation.console.options import add_options
from iadv_foundation.console.parser import Program, whole_number
from iadv_foundation.errors import UsageError

#: Name on the command line -> module with ``run(options)``, an iterator of records.  Loaded when needed: the number of
#: threads is set before NumPy is.
BENCHMARKS = {name: f"benchmarks.{name}" for name in ("lstm", "step", "lm", "neighbours", "data", "scaling", "window")}
#: Those with a ``--device``; the others are measured on the CPU alone.
ON_GPU = "lstm", "step", "lm"
FEWEST_REPEATS = 5
_COLUMNS = "benchmark", "size", "ours (s)", "peer", "peer (s)", "ratio"


def parser():
    """The command's arguments (iadv_foundation.console.parser.Program)."""
    program = Program(
        prog="python -m benchmarks",
        description="Measure how fast this project is beside other ways to do the same "
        "work: each ratio in one run, the two sides in turns, medians. "
        f"A GPU (--device) is for {', '.join(ON_GPU)} alone.",
        examples=("lstm step", "lm --size 'mean 20,' --json records.json"),
    )
    program.add_argument(
        "names", nargs="*", metavar="NAME", values=BENCHMARKS, help=f"{', '.join(BENCHMARKS)}; all if none is given"
    )
    program.add_argument(
        "--json", type=Path, metavar="FILE", help="write the records to this file, after each one anew"
    )
    program.add_argument("--charts", type=Path, metavar="DIR", help="draw the records into this folder (SVG)")
    program.add_argument(
        "--repeats",
        type=whole_number(FEWEST_REPEATS),
        default=FEWEST_REPEATS,
        metavar="N",
        help=f"timed calls of each side, {FEWEST_REPEATS} or more (default: %(default)s)",
    )
    program.add_argument(
        "--threads",
        type=whole_number(1),
        default=available_cores(),
        metavar="N",
        help="of BLAS, PyTorch and OpenMP, the same on both sides (default: all cores, here %(default)s)",
    )
    program.add_argument(
        "--size", default="", metavar="TEXT", help="only the sizes with this text in their name, e.g. 'mean 20,'"
    )
    add_options(program, "device")
    return program


def main(argv):
    """Run the benchmarks that the arguments (list of str) name;
    print each record, and all of them as a table at the end.

    Raises:
        UsageError: an unknown name or option, a number out of range, or no size with that text.
    """
    given = parser().parse_args(argv)
    names = [closest(name, BENCHMARKS, "benchmark") for name in given.names] or list(BENCHMARKS)
    use_threads(given.threads)
    keep_freed_memory()
    options = Options(given.repeats, given.threads, given.size, given.device)
    about = about_run(options)
    names = names_on(names, given.device)
    records = []
    for name in names:
        for record in importlib.import_module(BENCHMARKS[name]).run(options):
            print(record, flush=True)
            records.append(record)
            if given.json:
                write(given.json, records, about)
    if not records:
        raise UsageError(
            f"nothing measured: no size of {', '.join(names)} with {given.size!r} in its name can be measured here"
        )
    if given.charts:
        from benchmarks.charts import draw

        for path in draw(records, given.charts):
            print(path)
    print(table(records))
    print("; ".join(f"{name} {value}" for name, value in about.items()))


def names_on(names, device):
    """Those of the benchmarks ``names`` that can be measured on a device (int); says in one line which cannot.

    Raises:
        UsageError: none can.
    """
    if device == -1:
        return names
    left_out = [name for name in names if name not in ON_GPU]
    line = f"--device {device}: {', '.join(left_out)} can be measured on the CPU alone"
    if len(left_out) == len(names):
        raise UsageError(line)
    if left_out:
        print(f"{line}, so left out", flush=True)
    return [name for name in names if name in ON_GPU]


def about_run(options):
    """What every record of a run says (dict of str to JSON value): threads, repeats, machine, device.

    Raises:
        UsageError, UserError: there is no such device.
    """
    from benchmarks.devices import device_for

    return {
        "threads": options.threads,
        "repeats": options.repeats,
        "machine": machine(),
        **device_for(options.device).about,
    }


def write(path, records, about):
    """Write the records to a JSON file, wholly or not at all.

    Args:
        path (pathlib.Path)
        records (list of benchmarks.measuring.Record)
        about (dict of str to JSON value): see :func:`about_run`.
    """
    from iadv_foundation.storage import files

    files.write_json(path, [{**about, **record.as_json()} for record in records])


def table(records):
    """The records as lines of text (str)."""
    rows = [
        (
            record.benchmark,
            record.size,
            f"{record.ours_s:.4g}",
            record.peer,
            f"{record.peer_s:.4g}",
            f"{record.ratio:.2f}",
        )
        for record in records
    ]
    return tabulate(rows, _COLUMNS, disable_numparse=True, colalign=("left", "left", "right", "left", "right", "right"))
