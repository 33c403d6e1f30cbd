"""``python -m tests.faults [FAULTS]``: 1,000 faults (a quarter of an hour), or as many as are asked for;
ends with 1 where one is silent or a traceback.
"""

import sys
import tempfile
import time

from tests.faults.campaign import SILENT, TRACEBACK, Campaign, stages

# A kill and a full disk take one or two commands, damage takes all that show something.
_ROOMS = 0, 30, 300, 1500, 3000, 6000, 12_000, 50_000


def main(faults=1000):
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(folder)
        for stage in stages(campaign.out):
            at, most = 1, faults // (2 * len(stages(campaign.out)))
            for _ in range(most):
                if not campaign.kill(stage, at):
                    break
                at += 1 if at < most // 2 else 3
            for room in _ROOMS:
                campaign.fill(stage, room)
        artefacts, done = campaign.artefacts(), sum(sum(counts.values()) for counts in campaign.counts.values())
        for number in range(faults - done):
            campaign.damage(artefacts[number % len(artefacts)])
        print(campaign.table(), *campaign.failures, f"{time.monotonic() - began:.0f} s", sep="\n")
    return int(any(counts[end] for counts in campaign.counts.values() for end in (SILENT, TRACEBACK)))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
