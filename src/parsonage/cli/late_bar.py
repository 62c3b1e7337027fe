"""A progress bar for what takes longer than a second, on a terminal alone."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

PATIENCE = 1.0
"""Seconds before a bar is drawn: what is over sooner needs none."""


class LateBar:
    """Told how far something is; draws nothing at first, and nothing at all where nobody looks at it."""

    def __init__(self) -> None:
        self._wanted = sys.stderr.isatty()
        self._began = monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> LateBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def tell(self, doing: str, done: int, of: int) -> None:
        """Show that so much of so much is done."""
        if not self._wanted or (self._progress is None and monotonic() - self._began < PATIENCE):
            return
        if self._progress is None:
            self._progress = _bar()
            self._progress.start()
        if doing not in self._tasks:
            self._tasks[doing] = self._progress.add_task(doing)
        self._progress.update(self._tasks[doing], completed=done, total=of)


def _bar() -> Progress:
    # Loaded where somebody waits for it alone: it takes longer than most checks.
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
