"""One run a GPU: ``python -m workflow.cards 0,1,2 MODULE ARGUMENTS`` runs a module on a card that no other run has.

The word ``CARD`` in the arguments stands for the card's number.  What is locked is a file of this machine and user; the
process that runs the module holds it until it ends, however it ends.
"""

import os
import runpy
import sys
import tempfile
import time
from pathlib import Path

import filelock

CARD = "CARD"
_PAUSE = 0.2  # seconds between two looks for a free card


def numbers(text):
    """The cards that ``--device`` names (list of int): none for ``-1``, the CPU.

    Raises:
        ValueError: it is neither -1 nor numbers from 0 up with commas between, each once.
    """
    found = [int(part) for part in str(text).split(",")]
    if found == [-1]:
        return []
    if min(found) < 0 or len(set(found)) < len(found):
        raise ValueError(text)
    return found


def locks_folder():
    """Where the locks of this machine's cards are, for one user (pathlib.Path)."""
    return Path(tempfile.gettempdir()) / f"interpretable_adv-gpus-{os.getuid()}"


def lock_of(card):
    """The lock of a card (filelock.FileLock): its name is the card's, whatever CUDA_VISIBLE_DEVICES calls it."""
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    name = visible[card] if card < len(visible) else str(card)
    folder = locks_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    return filelock.FileLock(folder / f"{name}.lock", timeout=0)


def take_one(cards):
    """Wait for a card that no other run has, and take it.

    Args:
        cards (list of int)

    Returns:
        int, the card; and what holds it as long as somebody refers to it (filelock.FileLock).
    """
    told = False
    while True:
        for card in cards:
            lock = lock_of(card)
            try:
                lock.acquire()
                return card, lock
            except filelock.Timeout:
                continue
        if not told:
            print(f"waits for a free GPU among {', '.join(map(str, cards))}: other runs have them", flush=True)
            told = True
        time.sleep(_PAUSE)


def main(argv):
    """Run the module that ``argv`` (list of str) names, on a free card."""
    cards, module, *arguments = argv
    card, lock = take_one(numbers(cards))
    sys.argv = [module, *(str(card) if word == CARD else word for word in arguments)]
    sys.orig_argv = [sys.executable, "-m", *sys.argv]  # what records take for the command
    with lock:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
