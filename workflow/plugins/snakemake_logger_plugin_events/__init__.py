"""Snakemake's log as one JSON object a line on standard output, for :mod:`workflow.screen` to read.

Snakemake finds a logger plugin by the name of its package.
"""

import json
import logging
import sys

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    """Passes on how many jobs there are, when each starts, ends or fails, and error messages; the rest is chatter."""

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
    event = getattr(record, "event", None)
    if event == LogEvent.RUN_INFO:
        return {"event": "total", "jobs": record.stats}
    if event == LogEvent.JOB_INFO:
        return {
            "event": "start",
            "job": record.jobid,
            "rule": record.rule_name,
            "wildcards": dict(record.wildcards),
            "log": list(record.log or []),
            "reason": record.reason,
        }
    if event == LogEvent.JOB_FINISHED:
        return {"event": "finish", "job": record.job_id}
    if event == LogEvent.JOB_ERROR:
        return {"event": "fail", "job": record.jobid}
    if record.levelno >= logging.ERROR and record.msg:
        return {"event": "message", "text": str(record.msg)}
    return None
