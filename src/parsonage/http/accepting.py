"""Accepting connections from a listening socket that several workers share.

Whoever wakes first takes what has come, so a burst of connections would all end up with one worker, and stay there for
as long as they are kept alive. So a worker with more connections than another one stands back for a moment, and takes
what nobody has taken by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Callable, Sized

from parsonage.figures import Seat

log = logging.getLogger("parsonage.http")

STAND_BACK_SECONDS = 0.005
"""How long a connection waits for a worker that has fewer of them and may be busy."""

PAUSE_SECONDS = 1.0
"""How long nothing is accepted after the system had no descriptor or memory for a connection."""

_SO_ATTACH_FILTER = 26
_DROP_EVERYTHING = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A program for the kernel's packet filter: return 0 bytes of it."""


class Door:
    """A listening socket, and who takes connections from it. ``connections`` are those that are open here."""

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.BaseProtocol],
        connections: Sized,
        seat: Seat | None,
    ) -> None:
        self._listening = listening
        self._protocol = protocol
        self._connections = connections
        self._seat = seat
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._entering: set[asyncio.Task[None]] = set()
        listening.setblocking(False)

    def open(self) -> None:
        """Begin to accept."""
        self.tell()
        self._loop.add_reader(self._listening.fileno(), self._look)

    def tell(self) -> None:
        """Tell the other workers how many connections there are here."""
        if self._seat is not None and self._listening.fileno() >= 0:
            self._seat.take_connections(len(self._connections) + len(self._entering))

    def close(self, *, for_good: bool) -> None:
        """Stop accepting. ``for_good`` says that nobody else will: then whoever waits already is let in still."""
        if self._listening.fileno() < 0:
            return
        self._stop_looking()
        if for_good:
            _send_newcomers_away(self._listening)
            while self._accept():
                pass
        self._listening.close()
        if self._seat is not None:
            self._seat.take_no_more()

    async def entered(self) -> None:
        """Wait until every connection that was accepted is a protocol's."""
        if self._entering:
            await asyncio.wait(self._entering)

    def _look(self) -> None:
        here = len(self._connections) + len(self._entering)
        if self._seat is None or self._seat.is_first(here):
            self._accept()
        else:
            self._pause(STAND_BACK_SECONDS)

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening.fileno())
        self._later = self._loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self._loop.add_reader(self._listening.fileno(), self._look)
        self._accept()

    def _stop_looking(self) -> None:
        if self._later is not None:
            self._later.cancel()
        self._loop.remove_reader(self._listening.fileno())

    def _accept(self) -> bool:
        """Accept one connection, if one waits."""
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False
        except OSError as error:
            log.error("no connection can be accepted: %s", error)
            if self._later is None:
                self._pause(PAUSE_SECONDS)
            return False
        connection.setblocking(False)
        task = self._loop.create_task(self._enter(connection))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)
        self.tell()
        return True

    async def _enter(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()  # the client has gone already


def _send_newcomers_away(listening: socket.socket) -> None:
    """Have new clients refused from now on, while those that were let into the queue can still be accepted.

    Without it whoever connects between the last look at the queue and its closing would be cut off. A client's first
    packet is not answered, the next one finds no listener. Only Linux can do this.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(_DROP_EVERYTHING, len(_DROP_EVERYTHING))
    with contextlib.suppress(OSError):  # a sandbox may not know filters
        listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
