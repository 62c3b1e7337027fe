"""A runner that counts: how many handlers were run, of which kind, how they ended and how long they took."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from time import perf_counter
from typing import Any, TypeAlias

from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.handlers.run import HandlerRunner
from parsonage.protocol.errors import ParseError, Timeout


class End(Enum):
    """How a handler ended."""

    DONE = "done"
    REFUSED = "refused"
    """It raised, or its validator did."""
    TIMEOUT = "timeout"


Count: TypeAlias = Callable[[Kind, End, float], None]
"""Told of every handler that was run, with the seconds it took."""


class CountedRunner(HandlerRunner):
    """Calls handlers as any runner does, and tells of each."""

    def __init__(self, count: Count, *, limit: float = 60.0, may_end_process: bool = False) -> None:
        super().__init__(limit=limit, may_end_process=may_end_process)
        self._count = count

    async def run(self, handler: Handler, invocation: Invocation) -> Any:
        """Ask the validator, then call the handler, as ``HandlerRunner.run`` does."""
        began = perf_counter()
        end = End.REFUSED
        try:
            result = await super().run(handler, invocation)
            end = End.DONE
        except Timeout:
            end = End.TIMEOUT
            raise
        except ParseError:
            raise
        finally:
            self._count(handler.kind, end, perf_counter() - began)
        return result
