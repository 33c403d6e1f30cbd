"""``python -m tests.faults [FAULTS]``: 1,000 faults, or as many as are asked for, as a table; ends with 1 where one
is silent or a
traceback."""

import collections
import datetime
import multiprocessing
import os
import platform
import random
import sys
import tempfile
import time

from iadv_foundation.console.cores import available_cores, use_threads
from iadv_foundation.storage.run_folder import describe_environment
from tests.faults.campaign import ENDS, SILENT, TRACEBACK, Campaign
from tests.faults.disks import why_none

#: Bytes that a file may get, or that are left on a disk.
_SIZES = 0, 30, 300, 1500, 6000, 50_000
_ROOMS = 0, 4096, 16_384, 65_536, 262_144
_SHARES = {"kill": 0.42, "kill_inside": 0.06, "limit": 0.06, "fill": 0.06}


def faults_of(campaign, number):
    """The faults of a campaign: list of (name of its method, its arguments)."""
    most = int(number * _SHARES["kill"] / len(campaign.changes)) or 1
    chosen = [
        ("kill", (stage, at))
        for stage, made in campaign.changes.items()
        for at in _spread(range(1, made + 1), min(most, made))
    ]
    draw = random.Random(0)
    for name, sizes in (("kill_inside", _SIZES), ("limit", _SIZES), ("fill", () if why_none() else _ROOMS)):
        every = [(stage, size) for size in sizes for stage in campaign.changes]
        chosen += [(name, one) for one in draw.sample(every, min(len(every), int(number * _SHARES[name]) or 1))]
    left = max(number - len(chosen), 3)
    for kind, count in (("sealed", left - left // 3), ("unsealed", left // 3)):
        paths = campaign.artefacts(kind)
        chosen += [("damage", (kind, path, place)) for place, path in enumerate(_spread(paths, count))]
    return chosen


def _spread(every, number):
    """So many of a sequence, evenly spread over it; some of them again where it has fewer (list)."""
    return [every[place * len(every) // number] for place in range(number)]


def worked(part, parts, number):
    """What became of a part of the faults: counts, failures, seconds of the processor."""
    use_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(folder)
        for name, arguments in faults_of(campaign, number)[part::parts]:
            getattr(campaign, name)(*arguments)
    spent = os.times()
    return dict(campaign.counts), campaign.failures, sum(spent[:4])


def table(counts):
    """The counts as a Markdown table (str)."""
    lines = [
        ("kind", *ENDS),
        ("---", *("---:" for _ in ENDS)),
        *((kind, *(f"{counts[kind][end] or ''}" for end in ENDS)) for kind in sorted(counts)),
        ("**all**", *(f"**{sum(one[end] for one in counts.values())}**" for end in ENDS)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(number=1000):
    began, parts, about = time.monotonic(), available_cores(), describe_environment()
    with multiprocessing.Pool(parts) as pool:
        found = pool.starmap(worked, [(part, parts, number) for part in range(parts)])
    counts = collections.defaultdict(collections.Counter)
    for some, _, _ in found:
        for kind, ends in some.items():
            counts[kind] += ends
    failures = [one for _, some, _ in found for one in some]
    print(
        "# Campaign of faults\n",
        f"Command: `python -m tests.faults {number}`, at commit {(about['git_commit'] or 'unknown')[:7]}"
        f"{' with changes' if about['git_changed'] else ''}, {datetime.date.today():%d %B %Y}.",
        f"Python {platform.python_version()}, {about['machine']['processor']}, {parts} cores: "
        f"{time.monotonic() - began:.0f} s, of which {sum(spent for _, _, spent in found):.0f} s of processor time.",
        *([f"\nNo disk was filled: {why_none()}."] if why_none() else []),
        f"\n{table(counts)}",
        *([f"\n{len(failures)} failures:\n", *(f"- {one}" for one in failures)] if failures else []),
        sep="\n",
    )
    return int(any(ends[end] for ends in counts.values() for end in (SILENT, TRACEBACK)))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
