"""The web server: uvicorn on uvloop, on a socket that is already bound; how it begins, and how it ends.

In the end nobody is cut off: what runs is answered, and the last answer on a connection says ``Connection: close``.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parsonage.figures import Seat
from parsonage.http.accepting import Door
from parsonage.http.app import Application

DRAIN_SECONDS = 20
"""How long requests may go on after SIGTERM."""

_LOOKS_EVERY_SECONDS = 0.01


class Ending(msgspec.Struct, frozen=True):
    """How a server ends. Times are in seconds.

    For ``notice`` it goes on as before but for ``/health``, so that a balancer sends its clients elsewhere. A
    connection that is kept alive and idle has ``last_request`` for one more request: its client may be sending it
    just now.
    """

    notice: float = 0.0
    last_request: float = 0.0


_AT_ONCE = Ending()


class _Server(uvicorn.Server):
    """uvicorn without its own signals and accepting, saying when it answers, and ending more gently."""

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        seat: Seat | None,
        succeeded: asyncio.Event,
        ending: Ending,
        started: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._seat = seat
        self._succeeded = succeeded
        self._ending = ending
        self._say_started = started
        self._door: Door | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        config, state = self.config, self.server_state

        def protocol() -> asyncio.Protocol:
            return HttpToolsProtocol(config=config, server_state=state, app_state={})

        self._door = Door(self._listening, protocol, state.connections, self._seat)
        self._door.open()
        await self._say_started()

    async def on_tick(self, counter: int) -> bool:
        if self._door is not None:
            self._door.tell()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, let every connection have its last answer, then close what is left."""
        door, state = self._door, self.server_state
        if door is not None:
            door.close(for_good=not self._succeeded.is_set())
            await door.entered()
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        until = asyncio.get_running_loop().time() + self._ending.last_request
        while state.connections and asyncio.get_running_loop().time() < until:
            for connection in list(state.connections):
                if _is_answering(connection):
                    connection.shutdown()  # its answer is the last one
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        await super().shutdown(sockets=[])


def _is_answering(connection: object) -> bool:
    cycle = getattr(connection, "cycle", None)
    return cycle is not None and not cycle.response_complete


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a program on a fresh fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve(
    application: Application,
    listening: socket.socket,
    seat: Seat,
    ending: Ending,
    started: Callable[[], Awaitable[None]],
) -> None:
    """Answer on a bound socket until a signal comes, then let running requests end.

    SIGTERM and SIGINT end the server; SIGHUP says that a successor answers on the same socket.
    """
    stopping, succeeded = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def give_way() -> None:
        succeeded.set()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, give_way)
    await serve_until(stopping, application, listening, started, seat=seat, ending=ending, succeeded=succeeded)


async def serve_until(
    stopping: asyncio.Event,
    application: Application,
    listening: socket.socket,
    started: Callable[[], Awaitable[None]],
    *,
    seat: Seat | None = None,
    ending: Ending = _AT_ONCE,
    succeeded: asyncio.Event | None = None,
) -> None:
    """Answer on a bound socket until an event is set, then let running requests end.

    ``succeeded`` is set as well where another process answers on the same socket from now on.
    """
    succeeded = succeeded or asyncio.Event()
    config = uvicorn.Config(
        application,
        http=HttpToolsProtocol,
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
    server = _Server(config, listening, seat, succeeded, ending, started)

    async def stop() -> None:
        await stopping.wait()
        if not succeeded.is_set():
            application.is_ready = False
            await asyncio.sleep(ending.notice)
        server.should_exit = True

    watching = asyncio.ensure_future(stop())
    try:
        await server.serve(sockets=[])
    finally:
        watching.cancel()
        application.is_ready = False
