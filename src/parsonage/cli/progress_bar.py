"""A bar for what takes long, drawn on standard error. Loaded only where somebody looks at it."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ProgressBar:
    """One bar for each part, with how many are done and how long the rest will take."""

    def __init__(self) -> None:
        self._drawn = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = TaskID(0)

    def __enter__(self) -> ProgressBar:
        self._drawn.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawn.stop()

    def begin(self, doing: str, part: str, total: int, already: int) -> None:
        """Draw a bar; ``already`` of it is full."""
        self._task = self._drawn.add_task(f"{doing} {part}", total=total, completed=already)

    def advance(self, number: int) -> None:
        """Fill so much more of it."""
        self._drawn.advance(self._task, number)

    def end(self) -> None:
        """Leave the bar as it is."""
        self._drawn.stop_task(self._task)
