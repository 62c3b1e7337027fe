"""The server's log: plain lines, or one JSON object a line, on standard error and in files, if they are asked for.

Levels are Parse Server's: ``verbose`` stands between info and debug and shows every request, ``silly``
shows more than debug. A record with a ``request`` tells which request of a client led to it.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec
import orjson

from parsonage.options.model import Logs

VERBOSE = 15
SILLY = 5

LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "verbose": VERBOSE,
    "debug": logging.DEBUG,
    "silly": SILLY,
}
"""The number of each level, by the name that options have for it."""


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


class DailyFiles(logging.Handler):
    """Keeps lines in a folder, in one file for each day by UTC: ``parsonage.2026-11-29.log``.

    Lines are appended and no file is renamed, so several processes may write to one folder.
    """

    def __init__(self, folder: Path, most: int | None) -> None:
        """Make the folder. ``most`` files stay, the newest. Raises OSError."""
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._most = most
        self._day = ""
        self._file: TextIO | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            day = datetime.fromtimestamp(record.created, UTC).date().isoformat()
            if self._file is None or day != self._day:
                self._file = self._opened(day)
            self._file.write(f"{self.format(record)}\n")
            self._file.flush()
        except Exception:  # a full disk must not fail a request
            self.handleError(record)

    def close(self) -> None:
        """Let go of the file."""
        with self.lock or nullcontext():
            if self._file is not None:
                self._file.close()
                self._file = None
        super().close()

    def _opened(self, day: str) -> TextIO:
        if self._file is not None:
            self._file.close()
            self._file = None
        opened = (self._folder / f"parsonage.{day}.log").open("a", encoding="utf-8")
        self._day = day
        if self._most is not None:
            for old in sorted(self._folder.glob("parsonage.????-??-??.log"))[: -self._most]:
                old.unlink(missing_ok=True)
        return opened


def set_up_logs(logs: Logs) -> None:
    """Let every logger of this process write as the options say. Called once, by whoever owns the process.

    Raises OSError where the folder for files can't be made.
    """
    logging.addLevelName(VERBOSE, "VERBOSE")
    logging.addLevelName(SILLY, "SILLY")
    lines = _JSONLines() if logs.as_json else _Lines()
    handlers: list[logging.Handler] = [] if logs.silent else [logging.StreamHandler(sys.stderr)]
    if logs.folder is not None:
        handlers.append(DailyFiles(Path(logs.folder), logs.most_files))
    for handler in handlers:
        handler.setFormatter(lines)
    root = logging.getLogger()
    root.handlers[:] = [*handlers, _LastLines()] if handlers else []
    root.setLevel(LEVELS[logs.level] if handlers else logging.CRITICAL + 1)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
