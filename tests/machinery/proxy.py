"""A TCP proxy that breaks connections at the moment that a test chooses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from enum import Enum

Matches = Callable[[bytes], bool]
"""Whether a piece of what a client sends is the one."""


class Break(Enum):
    """What becomes of the piece that matches, and of its connection."""

    BEFORE = "it never arrives, and the connection ends"
    AFTER = "it arrives and is answered, and the connection ends before the answer arrives"
    SILENCE = "it never arrives, and nothing more is heard on the connection"


class Proxy:
    """Hands bytes on between clients and a server, until a piece matches."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._matches: Matches | None = None
        self._how = Break.BEFORE
        self._once = True
        self._handling: set[asyncio.Task[None]] = set()

    def on(self, how: Break, matches: Matches, *, once: bool = True) -> None:
        """Break the next connection on which a piece matches, or every one."""
        self._matches, self._how, self._once = matches, how, once

    def end_all(self) -> None:
        """End every connection there is."""
        for task in self._handling:
            task.cancel()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            await self._pass_on(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._handling.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        answers = asyncio.ensure_future(_copy(inner_reader, writer))
        try:
            while piece := await reader.read(65536):
                how = self._break_at(piece)
                if how is Break.BEFORE:
                    return
                if how is Break.SILENCE:
                    answers.cancel()
                    await asyncio.Event().wait()
                if how is Break.AFTER:
                    answers.cancel()
                    await asyncio.wait([answers])
                    inner_writer.write(piece)
                    await inner_reader.read(65536)
                    return
                inner_writer.write(piece)
                await inner_writer.drain()
        finally:
            answers.cancel()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await answers
            inner_writer.transport.abort()

    def _break_at(self, piece: bytes) -> Break | None:
        if self._matches is None or not self._matches(piece):
            return None
        if self._once:
            self._matches = None
        return self._how


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    """Run a proxy for a port of the loopback address."""
    running = Proxy(target)
    server = await asyncio.start_server(running.handle, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    yield running
    server.close()
    running.end_all()
    if running._handling:
        await asyncio.wait(running._handling)
