"""Proves what Snakemake's log is turned into, with the words that the executor for Slurm uses."""

import importlib.util
import logging
from pathlib import Path

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

PLUGIN = Path(__file__).resolve().parents[2] / "workflow/plugins/snakemake_logger_plugin_events/__init__.py"


@pytest.fixture(scope="module")
def describe():
    spec = importlib.util.spec_from_file_location("snakemake_logger_plugin_events", PLUGIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.describe


def record(text, level=logging.INFO, **more):
    made = logging.LogRecord("snakemake", level, "x.py", 1, text, None, None)
    made.__dict__.update(more)
    return made


def test_a_job_in_the_queue(describe):
    """The words of snakemake-executor-plugin-slurm 2.8.0."""
    text = "Job 3 has been submitted with SLURM jobid 4711 (log: /a b/4711.log)."
    assert describe(record(text)) == {"event": "queued", "job": 3, "number": "4711", "log": "/a b/4711.log"}


def test_a_failed_job_says_why_and_where_its_logs_are(describe):
    why = "SLURM-job '4711' failed, SLURM status is: 'TIMEOUT'. "
    error = record("Error in rule lm", logging.ERROR, event=LogEvent.JOB_ERROR, jobid=3, rule_msg=why, log=["a", "b"])
    assert describe(error) == {"event": "fail", "job": 3, "why": why, "log": ["a", "b"]}
    error.rule_msg = error.log = None  # on one machine
    assert describe(error) == {"event": "fail", "job": 3, "why": "", "log": []}


def test_warnings_and_errors_that_belong_to_no_job(describe):
    assert describe(record("careful", logging.WARNING)) == {"event": "warning", "text": "careful"}
    assert describe(record("broken", logging.ERROR)) == {"event": "message", "text": "broken"}


@pytest.mark.parametrize(
    "text, level",
    [
        ("Trying to restart job 3.", logging.INFO),
        ("", logging.WARNING),
        (None, logging.ERROR),
        (
            "Cannot restore runs/x/metrics.json: no backup found.",
            logging.WARNING,
        ),  # of a job that had made nothing before
    ],
)
def test_chatter(describe, text, level):
    assert describe(record(text, level)) is None
