"""The server's log: plain lines, or one JSON object a line, on standard error.

Levels are Parse Server's: ``verbose`` stands between info and debug and shows every request, ``silly``
shows more than debug. A record with a ``request`` tells which request of a client led to it.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from datetime import UTC, datetime

import msgspec
import orjson

from parsonage.options.model import Logs

VERBOSE = 15
SILLY = 5

_LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "verbose": VERBOSE,
    "debug": logging.DEBUG,
    "silly": SILLY,
}


class _Lines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name}: {message}", "%H:%M:%S", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name is logging's)
        request = getattr(record, "request", None)
        line = super().formatMessage(record)
        return f"{line} [{request}]" if request else line


class _JSONLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request = getattr(record, "request", None)
        if request:
            line["request"] = request
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class LastLine(msgspec.Struct, frozen=True):
    """A line of the log, as the dashboard shows it; ``at`` is in milliseconds since 1970 UTC."""

    at: int
    level: str
    message: str


LINES_KEPT = 1_000
"""How many lines a process remembers for the dashboard."""

_LEVEL_NAMES = {"warning": "warn", "critical": "error"}
_last: deque[logging.LogRecord] = deque(maxlen=LINES_KEPT)


class _LastLines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _last.append(record)


def last_lines() -> list[LastLine]:
    """The last lines that this process wrote, the oldest first."""
    return [_last_line(record) for record in list(_last)]


def _last_line(record: logging.LogRecord) -> LastLine:
    level = record.levelname.lower()
    return LastLine(int(record.created * 1000), _LEVEL_NAMES.get(level, level), record.getMessage())


def set_up_logs(logs: Logs) -> None:
    """Let every logger of this process write as the options say. Called once, by whoever owns the process."""
    logging.addLevelName(VERBOSE, "VERBOSE")
    logging.addLevelName(SILLY, "SILLY")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JSONLines() if logs.as_json else _Lines())
    root = logging.getLogger()
    root.handlers[:] = [] if logs.silent else [handler, _LastLines()]
    root.setLevel(logging.CRITICAL + 1 if logs.silent else _LEVELS[logs.level])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
