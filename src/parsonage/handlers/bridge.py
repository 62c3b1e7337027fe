"""The bridge to handlers in another process: framed messages over a stream, both ways, many at once.

A frame is its length as four bytes, big end first, and a map as JSON. What the frames mean is decided by
the room that speaks to the process; here is only how they travel. Nothing waits for a turn: frames of
any number of calls run beside each other, so a call that calls back never waits for itself.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import orjson

log = logging.getLogger("parsonage.bridge")

Frame: TypeAlias = dict[str, Any]

LARGEST_FRAME = 256 * 1024 * 1024
"""Bytes; a longer one is a fault of the other side, and the bridge is closed."""

_HEAD = 4


class BridgeClosed(Exception):
    """The other process is gone, or is not there yet."""


class Bridge(asyncio.Protocol):
    """One connection to another process. ``heard`` gets every frame, ``lost`` is called once at the end."""

    def __init__(self, heard: Callable[[Frame], None], lost: Callable[[], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self._may_write = asyncio.Event()
        self._may_write.set()

    @classmethod
    async def open(cls, own_end: socket.socket, heard: Callable[[Frame], None], lost: Callable[[], None]) -> Bridge:
        """Speak over our end of a socket pair."""
        loop = asyncio.get_running_loop()
        _, bridge = await loop.create_unix_connection(lambda: cls(heard, lost), sock=own_end)
        return bridge

    @property
    def is_open(self) -> bool:
        """Whether frames can be sent."""
        return self._transport is not None

    def send(self, frame: Frame) -> None:
        """Send a frame; it waits in memory while the other side is busy. Raises BridgeClosed."""
        if self._transport is None:
            raise BridgeClosed
        body = orjson.dumps(frame, default=_as_json)
        self._transport.write(len(body).to_bytes(_HEAD, "big") + body)

    async def has_room(self) -> None:
        """Wait until the other side has taken in most of what was sent: to be awaited before new work."""
        if not self._may_write.is_set():
            await self._may_write.wait()
        if self._transport is None:
            raise BridgeClosed

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up without a look at what was not taken in yet."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The stream is open."""
        # Not to be asserted: the transports of uvloop are not of asyncio's class.
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream has ended."""
        self._transport = None
        self._may_write.set()
        self._lost()

    def pause_writing(self) -> None:
        """Too much waits to be sent."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """The other side has caught up."""
        self._may_write.set()

    def data_received(self, data: bytes) -> None:
        """Take in bytes and hand on the frames that are complete."""
        received = self._received
        received += data
        begin, end = 0, len(received)
        while end - begin >= _HEAD:
            length = int.from_bytes(received[begin : begin + _HEAD], "big")
            if length > LARGEST_FRAME:
                log.error("a frame of %d bytes came over the bridge: closed", length)
                self.close()
                break
            if end - begin - _HEAD < length:
                break
            frame = orjson.loads(memoryview(received)[begin + _HEAD : begin + _HEAD + length])
            begin += _HEAD + length
            try:
                self._heard(frame)
            except Exception:
                log.exception("a frame from the bridge could not be dealt with")
        if begin:
            # A view of it may still be alive in a traceback: a new buffer, not a shorter one.
            self._received = received[begin:]


def _as_json(value: Any) -> Any:
    """Maps that are no dict, such as the headers of a request."""
    return dict(value)
