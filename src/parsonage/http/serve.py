"""The web server: uvicorn on uvloop, on a socket that is already bound."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop

from parsonage.http.app import Application

DRAIN_SECONDS = 20
"""How long requests may go on after SIGTERM."""


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, saying when it answers: who runs the loop decides the rest."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._say_started = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await self._say_started()


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a program on a fresh fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve(application: Application, listening: socket.socket, started: Callable[[], Awaitable[None]]) -> None:
    """Answer on a bound socket until SIGTERM or SIGINT, then let running requests end."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await serve_until(stopping, application, listening, started)


async def serve_until(
    stopping: asyncio.Event,
    application: Application,
    listening: socket.socket,
    started: Callable[[], Awaitable[None]],
) -> None:
    """Answer on a bound socket until the event is set, then let running requests end."""
    config = uvicorn.Config(
        application,
        http="httptools",
        loop="none",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # whose word on addresses counts is said by trustProxy, nowhere else
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config, started)

    async def stop() -> None:
        await stopping.wait()
        application.is_ready = False
        server.should_exit = True

    watching = asyncio.ensure_future(stop())
    try:
        await server.serve(sockets=[listening])
    finally:
        watching.cancel()
