"""The last lines that a job wrote into the log, kept for its status."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

MOST_LINES = 100
LONGEST_LINE = 1_000


class _Lines(logging.Handler):
    def __init__(self, request_id: str) -> None:
        super().__init__()
        self._request_id = request_id
        self.lines: deque[str] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        # Several runs of one job may write at the same time; each record names the request that it belongs to.
        if getattr(record, "request", None) == self._request_id:
            self.lines.append(f"{record.levelname.lower()}: {record.getMessage()}"[:LONGEST_LINE])


@contextmanager
def lines_of(job: str, request_id: str) -> Iterator[deque[str]]:
    """The lines that a run of a job writes meanwhile, the last ``MOST_LINES`` of them."""
    logger = logging.getLogger(f"parsonage.cloud.{job}")
    handler = _Lines(request_id)
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
