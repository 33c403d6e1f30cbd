"""What the user sees of a run: one line for each job that ended, and on a terminal a last line with what is running."""

import os
import shutil
import time
from pathlib import Path

TITLES = {
    "prepare": "prepare {corpus}",
    "lm": "language model {corpus}",
    "skipgram": "skip-gram vectors {corpus}",
    "gwe": "error-specific vectors {corpus}",
    "train": "train {corpus} {method} seed {seed}",
    "train_quoted": "train {corpus} {method} seed {seed}",
    "sanity": "sanity check {corpus}",
    "attack": "attack {corpus} {method} seed {seed}",
    "interpretability": "interpretability {corpus} {method} seed {seed}",
    "table": "table {number}",
    "table7": "table 7",
    "interpretability_table": "table of interpretability",
    "interpretability_curves": "curves of interpretability",
    "figure": "bar chart of table {number}",
    "curves": "learning curves of table {number}",
    "perturbations": "{name}",
    "compare": "comparison on {corpus}",
    "report": "report",
}
WITHOUT_RESULT = (  # what they print is shown at the end, or needs more than a line
    "table ",
    "bar chart ",
    "learning curves ",
    "curves ",
    "comparison ",
    "attack ",
    "interpretability ",
)
FULL = 64 << 10  # bytes
REASONS = {
    "Missing output files": "not made yet",
    "Incomplete output files": "was interrupted",
    "Params have changed": "its configuration changed",
    "Updated input files": "what it needs has changed",
    "Input files updated by another job": "what it needs will be made",
    "Set of input files has changed": "it needs other files",
    "Forced execution": "forced",
}


def title_of(rule, wildcards):
    """A job's name on the screen."""
    return TITLES[rule].format(**wildcards)


def reason_in_words(reason):
    """Snakemake's reason for running a job, without the files that it lists."""
    first_line = reason.partition("\n")[0]
    return next((words for start, words in REASONS.items() if reason.startswith(start)), first_line)


def duration(seconds):
    """Seconds as a person says them: ``32 s``, ``4 min 10 s``, ``2 h 5 min``."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def readable(path):
    """``path`` as the user would write it from where he stands, if that is shorter (str)."""
    return min(str(path), os.path.relpath(path), key=len)


def last_line(path):
    """The last line of a log that is not empty; what a progress bar has overwritten does not count."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").replace("\r", "\n").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


class Screen:
    """Turns the events of ``snakemake_logger_plugin_events`` into lines.

    Args:
        out (pathlib.Path): Snakemake's folder; logs are relative to it.
        stream: where lines go.
        dry_run (bool): whether jobs are only listed.
        clock (callable): seconds.

    Attributes:
        total (int): number of jobs to run.
        finished (int), failed (int): number of jobs that ended so.
        messages (list of str): errors that belong to no job.
    """

    def __init__(self, out, stream, dry_run=False, clock=time.monotonic):
        self.total = self.finished = self.failed = 0
        self.messages = []
        self._out, self._stream, self._dry_run, self._clock = Path(out), stream, dry_run, clock
        self._running, self._listed = {}, []
        self._live = stream.isatty() and not dry_run

    def show(self, event):
        """Take in one event (dict)."""
        kind = event["event"]
        if kind == "total":
            self.total = sum(count for rule, count in event["jobs"].items() if rule not in ("all", "total"))
        elif kind == "message":
            self.messages.append(event["text"])
        elif kind == "start":
            self._start(event)
        elif event["job"] in self._running:
            (self._finish if kind == "finish" else self._fail)(*self._running.pop(event["job"]))

    def _start(self, event):
        if event["rule"] not in TITLES:
            return
        title = title_of(event["rule"], event["wildcards"])
        if self._dry_run:
            self._listed.append((list(TITLES).index(event["rule"]), title, reason_in_words(event["reason"])))
        else:
            self._running[event["job"]] = title, self._out / event["log"][0], self._clock()
            self.tick()

    def _finish(self, title, log, start):
        self.finished += 1
        result = "" if title.startswith(WITHOUT_RESULT) else last_line(log)
        words = title.split()
        for first in range(len(words)):  # what the title says already: "train imdb vat seed 0", "imdb vat seed 0", ...
            result = result.removeprefix(f"{' '.join(words[first:])}: ")
        self.line(f"{self._count()} {title}{': ' if result else ''}{result} ({duration(self._clock() - start)})")

    def _fail(self, title, log, start):
        self.failed += 1
        self.line(f"{self._count()} {title}: FAILED after {duration(self._clock() - start)}")
        self.line(f"    {last_line(log) or self._silence()}")
        self.line(f"    log: {readable(log)}")

    def _silence(self):
        """Why a job may have ended without a word."""
        full = shutil.disk_usage(self._out).free < FULL
        return "no space left on the disk, not even for its log" if full else "it ended without a word; was it killed?"

    def _count(self):
        width = len(str(self.total))
        return f"[{self.finished + self.failed:>{width}}/{self.total}]"

    def line(self, text):
        """Print a line that stays."""
        self._stream.write(f"\r\x1b[K{text}\n" if self._live else f"{text}\n")
        self._stream.flush()

    def tick(self):
        """On a terminal, say again in the last line what is running and for how long."""
        if self._live and self._running:
            jobs = [f"{title} ({duration(self._clock() - start)})" for title, _, start in self._running.values()]
            text = f"running: {', '.join(jobs)}"
            self._stream.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            self._stream.flush()

    def list_jobs(self):
        """After a dry run: print the jobs that would run, stage by stage."""
        for _, title, reason in sorted(self._listed):
            self.line(f"would run: {title} ({reason})")
        self.line(f"{self.total} jobs would run" if self.total else "nothing to run: all jobs are done")

    def clear(self):
        """Take the last line away."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
