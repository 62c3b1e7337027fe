"""Notices: what others must look at anew, heard on two channels.

``parsonage.notice`` is our own, with ``kind:key`` as its payload. Changes of the schema go over
``schema.change``, Parse Server's channel, which it listens to as well: there the payload must be exactly
``{"senderId":"…"}``, since anything else ends every Parse Server that hears it (PB123).

A Parse Server without schema hooks announces nothing: so the catalogue is looked at every few seconds.

Announcements reach nobody through a proxy that pools transactions, since it takes the connection away from
whoever listens. Where there is no direct way to the server either, the catalogue is looked at every second,
and whatever else may have changed is taken for changed.

Rules: reference/storage-postgres.md, sections 11 and 12.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import orjson

from parsonage.storage.changes import Notice, NoticeKind
from parsonage.storage.postgresql.connect import LOST, closed

log = logging.getLogger(__name__)

OWN_CHANNEL = "parsonage.notice"
SCHEMA_CHANNEL = "schema.change"

_LONGEST_PAYLOAD = 7000
"""Bytes; PostgreSQL refuses those of 8000 and more."""

_SECONDS_BETWEEN_ATTEMPTS = 0.5
"""How long to wait before the next attempt to listen again."""

SECONDS_BETWEEN_LOOKS = 1.0
"""For how long a change elsewhere may stay unknown where nothing can be heard."""

_KINDS_WITHOUT_MARK = tuple(kind for kind in NoticeKind if kind is not NoticeKind.SCHEMA)

CATALOGUE_MARK = """
SELECT coalesce(md5(string_agg("className" || xmin::text, ',' ORDER BY "className")), '') FROM "_SCHEMA"
"""
"""A text that changes with the catalogue."""


class Notices:
    """What was announced since the last call.

    ``is_own`` tells the server's processes behind our own connections; ``hears`` says whether announcements
    reach the connections that ``connect`` makes.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Any]],
        is_own: Callable[[int], bool],
        *,
        hears: bool,
        look_every_seconds: float,
    ) -> None:
        self._connect = connect
        self._is_own = is_own
        self._hears = hears
        self._answer_seconds = look_every_seconds
        self._look_every_seconds = look_every_seconds if hears else min(look_every_seconds, SECONDS_BETWEEN_LOOKS)
        self._sender = str(uuid4())
        self._heard: dict[Notice, None] = {}
        self._connection: Any = None
        self._mark: str | None = None
        self._watching: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._asking = asyncio.Lock()

    @property
    def is_listening(self) -> bool:
        """Whether the connection that listens stands. Its end is seen at once, a silent server at the next look."""
        return self._connection is not None and not self._lost.is_set()

    async def open(self) -> None:
        """Begin to listen, and to watch the catalogue."""
        if not self._hears:
            log.warning(
                "notices don't travel through a proxy that pools transactions: what other processes change is known"
                " after %g s; name a URI that leads past it with databaseDirectURI, and it is known at once",
                self._look_every_seconds,
            )
        await self._listen()
        self._watching = asyncio.ensure_future(self._watch())

    async def close(self) -> None:
        """Stop listening."""
        if self._watching is not None:
            self._watching.cancel()
        if self._connection is not None:
            await closed(self._connection)

    def since_last_call(self) -> Sequence[Notice]:
        """What was announced since the last call, in order, each once."""
        if not self._heard:
            return ()
        heard, self._heard = self._heard, {}
        return list(heard)

    def hear(self, notices: Sequence[Notice]) -> None:
        """Take notices that this process announced itself, once they are committed."""
        self._heard.update(dict.fromkeys(notices))

    async def catch_up(self) -> None:
        """When this returns everything that was committed before the call has been heard."""
        if not self._hears:
            return await self._look()
        async with self._asking:
            # The server sends what it has to tell before it answers.
            await self._connection.fetchval("SELECT 1")
        await asyncio.sleep(0)
        return None

    async def announce(self, connection: Any, notices: Sequence[Notice]) -> None:
        """Announce notices with the transaction that is open on a connection: they go out if it is committed."""
        channels, payloads = [], []
        for notice in notices:
            if notice.kind is NoticeKind.SCHEMA:
                channels.append(SCHEMA_CHANNEL)
                payloads.append(orjson.dumps({"senderId": self._sender}).decode())
            else:
                key = notice.key if len(notice.key.encode()) < _LONGEST_PAYLOAD else ""
                channels.append(OWN_CHANNEL)
                payloads.append(f"{notice.kind.value}:{key}")
        await connection.fetch(
            "SELECT pg_notify(n.channel, n.payload) FROM unnest($1::text[], $2::text[]) AS n(channel, payload)",
            channels,
            payloads,
        )

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            if self._hears:
                await connection.add_listener(OWN_CHANNEL, self._on_own)
                await connection.add_listener(SCHEMA_CHANNEL, self._on_schema)
        except BaseException:
            connection.terminate()  # cut a moment after it was opened
            raise
        connection.add_termination_listener(lambda _: self._lost.set())
        self._connection = connection
        self._lost.clear()

    def _on_own(self, _connection: Any, process_id: int, _channel: str, payload: str) -> None:
        if self._is_own(process_id):
            return
        kind, _, key = payload.partition(":")
        try:
            self._heard[Notice(NoticeKind(kind), key)] = None
        except ValueError:
            log.warning("a notice of an unknown kind was heard: %r", payload)

    def _on_schema(self, _connection: Any, process_id: int, _channel: str, _payload: str) -> None:
        # Whatever it says, the schema is read anew: Parse Server ends itself over a payload that is no JSON.
        if not self._is_own(process_id):
            self._heard[Notice(NoticeKind.SCHEMA)] = None

    async def _watch(self) -> None:
        while True:
            try:
                await self._look()
            except (asyncpg.PostgresError, *LOST) as error:
                log.warning("the connection that listens for notices was lost: %s", error)
                await self._listen_again()
                await asyncio.sleep(_SECONDS_BETWEEN_ATTEMPTS)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every_seconds):
                    await self._lost.wait()

    async def _look(self) -> None:
        async with self._asking:
            mark = await self._connection.fetchval(CATALOGUE_MARK, timeout=self._answer_seconds)
        if self._mark not in (None, mark):
            self._heard[Notice(NoticeKind.SCHEMA)] = None
        self._mark = mark
        if not self._hears:
            self.hear([Notice(kind) for kind in _KINDS_WITHOUT_MARK])

    async def _listen_again(self) -> None:
        self._lost.set()
        self._connection.terminate()
        try:
            await self._listen()
        except (asyncpg.PostgresError, *LOST) as error:
            log.warning("PostgreSQL can't be reached: %s", error)
            return
        # Nobody knows what was missed.
        self.hear([Notice(kind) for kind in NoticeKind])
