"""Proves that a card has one run at a time, that a killed run frees it, and that a run is told its card."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflow import cards

ROOT = Path(__file__).resolve().parents[2]

# A run: says which card it has, and stays for a while.
RUN = """
import os, sys, time
from pathlib import Path
folder, seconds, card = sys.argv[1:]
began = time.monotonic()
print(card, flush=True)
time.sleep(float(seconds))
Path(folder, f"{card}-{os.getpid()}").write_text(f"{began} {time.monotonic()} {' '.join(sys.orig_argv[1:])}")
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start ``python -m workflow.cards`` with :data:`RUN`: function of the cards and seconds (subprocess.Popen)."""
    (tmp_path / "a_run.py").write_text(RUN)
    (tmp_path / "made").mkdir()
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    started = []

    def start(cards, seconds, **variables):
        paths = os.pathsep.join([str(ROOT), str(tmp_path)])
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "workflow.cards", cards, "a_run", tmp_path / "made", str(seconds), "CARD"],
                env={**os.environ, "PYTHONPATH": paths, "TMPDIR": str(tmp_path), **variables},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    "text, numbers", [("-1", []), ("0", [0]), ("3", [3]), ("0,1,2", [0, 1, 2]), ("2,0", [2, 0]), (-1, []), (1, [1])]
)
def test_numbers(text, numbers):
    assert cards.numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "-2", "0,-1", "1,1", "a", "0,", "0;1"])
def test_what_names_no_cards_is_refused(text):
    with pytest.raises(ValueError):
        cards.numbers(text)


def test_never_two_runs_on_a_card_and_all_cards_used(start, tmp_path):
    """Five runs on two cards: at each moment no card has two, and both have had some."""
    for process in [start("0,1", 0.3) for _ in range(5)]:
        assert process.wait(60) == 0
    spans = {}
    for path in (tmp_path / "made").iterdir():
        began, ended = map(float, path.read_text().split()[:2])
        spans.setdefault(path.name[0], []).append((began, ended))
    assert set(spans) == {"0", "1"} and sum(map(len, spans.values())) == 5
    for runs in spans.values():
        runs.sort()
        assert all(ended <= begins for (_, ended), (begins, _) in zip(runs, runs[1:], strict=False))


def test_a_killed_run_frees_its_card(start):
    first = start("7", 60)
    assert first.stdout.readline() == "7\n"
    second = start("7", 0)
    assert second.stdout.readline() == "waits for a free GPU among 7: other runs have them\n"
    os.kill(first.pid, signal.SIGKILL)
    assert second.wait(60) == 0


def test_the_record_of_a_run_has_the_command_with_its_card(start, tmp_path):
    assert start("4", 0).wait(60) == 0
    (made,) = (tmp_path / "made").iterdir()
    assert made.read_text().split(" ", 2)[2] == f"-m a_run {tmp_path / 'made'} 0 4"


def test_a_card_has_one_lock_whatever_it_is_called(start):
    """CUDA_VISIBLE_DEVICES=5 makes card 5 number 0."""
    first = start("0", 60, CUDA_VISIBLE_DEVICES="5")
    assert first.stdout.readline() == "0\n"
    second = start("5", 0)
    assert second.stdout.readline().startswith("waits for a free GPU")
    assert start("0", 0).wait(60) == 0


def test_the_module_s_failure_is_the_command_s(tmp_path):
    (tmp_path / "failing.py").write_text("import sys; sys.exit(3)")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}", "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "workflow.cards", "0", "failing"]
    done = subprocess.run(command, env=environment, timeout=60, check=False)
    assert done.returncode == 3


def test_the_graph_gives_each_run_a_card_of_its_own(project):
    """``./reproduce.sh --device 0,1`` with pretend cards: two runs at once, on different cards."""
    project.edit("workflow/place.py", "select_device(number)", "None")
    stand_in = (project.root / "interpretable_adv" / "__main__.py").read_text()
    (project.root / "interpretable_adv" / "__main__.py").write_text(
        stand_in.replace('print(f"result', _NOTE + 'print(f"result')
    )
    done = project.run(
        "table6", "--device", "0,1", "--cores", "4", "--", "--until", "train", TMPDIR=str(project.root.parent)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    spans = [line.split() for line in (project.out / "spans").read_text().splitlines()]
    assert {card for card, _, _ in spans} == {"0", "1"}
    times = {card: sorted((float(a), float(b)) for name, a, b in spans if name == card) for card in "01"}
    for runs in times.values():
        assert all(ended <= begins for (_, ended), (begins, _) in zip(runs, runs[1:], strict=False))
    assert any(a < d and c < b for a, b in times["0"] for c, d in times["1"])  # both at once


# Added to the stand-in: when it ran, and on which card.
_NOTE = """
began = time.monotonic()
time.sleep(1)
with open(out / "spans", "a") as spans:
    spans.write(f"{value('--device')} {began} {time.monotonic()}\\\\n")
""".replace("\\\\n", "\\n")


def test_waiting_does_not_end_by_itself(start):
    first = start("0", 60)
    first.stdout.readline()
    second = start("0", 0)
    second.stdout.readline()
    time.sleep(0.5)
    assert second.poll() is None
