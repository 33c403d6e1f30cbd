"""Snakemake's log as one JSON object a line on standard output, for :mod:`workflow.screen` to read.

Snakemake finds a logger plugin by the name of its package.
"""

import json
import logging
import re
import sys

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

#: How the executor for Slurm says that it queued a job: Snakemake's number of the job, Slurm's, and Slurm's log.
_SUBMITTED = re.compile(
    r"Job (?P<job>\d+) has been submitted with SLURM jobid (?P<number>\d+)(?: \(log: (?P<log>.+)\))?"
)


#: A warning of jobs that failed before they had made anything.
_CHATTER = "no backup found"


class LogHandler(LogHandlerBase):
    """Passes on how many jobs there are, when each starts, is queued, ends or fails, and warnings; no chatter."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record):
        """Write one line, or none."""
        event = describe(record)
        if event is not None:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()


def describe(record):
    """What a log record says, as a dict for JSON; None for chatter."""
    describe_event = _EVENTS.get(getattr(record, "event", None))
    if describe_event is not None:
        return describe_event(record)
    if _CHATTER in str(record.msg):
        return None
    if record.levelno >= logging.WARNING and record.msg:
        return {"event": "message" if record.levelno >= logging.ERROR else "warning", "text": str(record.msg)}
    submitted = _SUBMITTED.match(str(record.msg))
    return {"event": "queued", **submitted.groupdict(), "job": int(submitted["job"])} if submitted else None


def _started(record):
    return {
        "event": "start",
        "job": record.jobid,
        "rule": record.rule_name,
        "wildcards": dict(record.wildcards),
        "log": list(record.log or []),
        "reason": record.reason,
    }


def _failed(record):
    return {"event": "fail", "job": record.jobid, "why": record.rule_msg or "", "log": list(record.log or [])}


_EVENTS = {
    LogEvent.RUN_INFO: lambda record: {"event": "total", "jobs": record.stats},
    LogEvent.JOB_INFO: _started,
    LogEvent.JOB_FINISHED: lambda record: {"event": "finish", "job": record.job_id},
    LogEvent.JOB_ERROR: _failed,
}
