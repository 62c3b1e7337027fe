"""Connections: opened, tuned, held in a plain list; and what PostgreSQL's errors mean to the house.

A connection is taken, used and laid back: nothing is reset, since nothing that we send leaves a trace in
it. One that was lost, or left in the middle of something, is thrown away.
"""

from __future__ import annotations

import asyncio
import logging
import select
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import msgspec

from parsonage.protocol.errors import (
    ClassChanged,
    ConnectionFailed,
    IncorrectType,
    InternalError,
    InvalidJSON,
    ParseError,
)
from parsonage.storage.interface import StorageUnavailable

T = TypeVar("T")
log = logging.getLogger(__name__)

OLDEST_VERSION = 15
"""The oldest PostgreSQL that the engine is tested with."""

_EPOCH_MICROSECONDS = 946_684_800_000_000
"""PostgreSQL counts from the year 2000, we from 1970."""

LOST = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.ConnectionFailureError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    TimeoutError,
)
"""What a statement raises whose connection broke under it: nobody knows whether it was carried out."""

NOTHING_SENT = asyncpg.InternalClientError
"""One of those that says more: the driver had heard a good-bye already, and sent nothing."""

CERTAINLY_UNDONE = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.CannotConnectNowError,
)
"""What the server itself said while it took a transaction back: it may be tried again."""


class Address(msgspec.Struct, frozen=True):
    """Where the database is. ``label`` names it without its password."""

    dsn: str
    label: str
    connections: int = 10
    prepared: bool = True


def address_of(uri: str) -> Address:
    """Read a database URI as Parse Server takes it.

    ``poolSize`` says how many connections there may be, ``ssl=true`` asks for TLS, ``prepared=false`` is for
    a proxy that hands every transaction to another connection. Raises StorageUnavailable.
    """
    parts = urlsplit(uri)
    try:
        port = parts.port or 5432
        settings = dict(parse_qsl(parts.query))
        connections = int(settings.pop("poolSize", 10))
    except ValueError as error:
        raise StorageUnavailable(f"the PostgreSQL URI can't be read: {error}") from None
    prepared = settings.pop("prepared", "true") != "false"
    if settings.pop("ssl", "false") == "true":
        settings.setdefault("sslmode", "require")
    dsn = urlunsplit(parts._replace(query=urlencode(settings)))
    return Address(dsn, f"{parts.hostname or 'localhost'}:{port}{parts.path}", max(connections, 1), prepared)


class HeldConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that lies in a list for long, and may have been ended there."""

    _poll: Any = None

    def was_ended(self) -> bool:
        """Whether the server ended it while nobody used it, even if the event loop has not read so yet.

        A write on such a connection would leave its outcome unknown, though it was never carried out.
        """
        if self.is_closed():
            return True
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        # The server has nothing to say to an idle client but good-bye.
        return bool(self._poll.poll(0))


class Connections:
    """All connections of one storage but the listening one. Times are in seconds."""

    def __init__(
        self, address: Address, *, statement_seconds: float, silence_seconds: float, wait_seconds: float
    ) -> None:
        self._address = address
        self._statement_seconds = statement_seconds
        self._silence_seconds = silence_seconds
        self.wait_seconds = wait_seconds
        """How long a request waits for the database to be there for it."""
        self._idle: list[Any] = []
        self._count = 0
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._closed = False
        self._process_ids: dict[Any, int] = {}
        self._endings: set[asyncio.Future[None]] = set()

    @property
    def keeps_connections(self) -> bool:
        """Whether a connection leads to the same process of the server for as long as it lasts."""
        return self._address.prepared

    def is_own(self, process_id: int) -> bool:
        """Whether a process of the server stands behind one of our connections: what it announces we know already."""
        # A proxy gives us numbers of its own.
        return self._address.prepared and process_id in self._process_ids.values()

    def usage(self) -> tuple[int, int]:
        """How many connections there are, and how many of them are in use."""
        return self._count, self._count - len(self._idle)

    async def connect(self) -> Any:
        """Open one connection, tuned as every one of ours is."""
        address, milliseconds = self._address, round(self._statement_seconds * 1000)
        # A proxy between us and the server may not know these settings.
        settings = {"statement_timeout": str(milliseconds), "jit": "off"} if address.prepared else {}
        connection = await asyncpg.connect(
            address.dsn,
            timeout=self.wait_seconds,
            # The server ends a statement by itself, unless a proxy kept the setting from it: this is for a server
            # that has gone silent, and for the proxy.
            command_timeout=self._statement_seconds + (self._silence_seconds if address.prepared else 0),
            statement_cache_size=1000 if address.prepared else 0,
            max_cached_statement_lifetime=0,
            connection_class=HeldConnection,
            server_settings={"application_name": "parsonage", **settings},
        )
        try:
            await connection.set_type_codec(
                "timestamptz", schema="pg_catalog", encoder=_to_microseconds, decoder=_to_milliseconds, format="tuple"
            )
        except BaseException:
            connection.terminate()  # cut a moment after it was opened
            raise
        return connection

    def use(self) -> Use:
        """Take a connection, and lay it back; whatever breaks it, a cancelled task among them, ends it.

        Raises ConnectionFailed (100) when none is free for too long, or none can be opened.
        """
        return Use(self)

    def take(self) -> Any:
        """A connection that is free at once, or ``None``."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.was_ended():
                return connection
            connection.terminate()
            self._forget(connection)
        return None

    async def wait(self) -> Any:
        """A new connection, or the next one that is laid back: whoever came first is given it.

        Raises ConnectionFailed (100).
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.wait_seconds
        queue = self._waiting.append
        while True:
            if self._count < self._address.connections:
                return await self._opened()
            waiter: asyncio.Future[Any] = loop.create_future()
            queue(waiter)
            try:
                async with asyncio.timeout_at(deadline):
                    connection = await waiter
            except TimeoutError:
                self._pass_on(waiter)
                raise ConnectionFailed("The database is busy; try again.") from None
            except asyncio.CancelledError:
                self._pass_on(waiter)
                raise
            if connection is not None and not connection.was_ended():
                return connection
            if connection is not None:
                connection.terminate()
                self._forget(connection)
            queue = self._waiting.appendleft  # another one is to be opened, and somebody may have been faster

    def _pass_on(self, waiter: asyncio.Future[Any]) -> None:
        """Somebody else may have what was meant for one who waits no more."""
        if waiter.done() and not waiter.cancelled():
            connection = waiter.result()
            if connection is None:
                self._call_next()
            else:
                self.lay_back(connection)

    async def _opened(self) -> Any:
        self._count += 1
        try:
            connection = await self.connect()
        except BaseException as error:
            self._count -= 1
            self._call_next()
            if isinstance(error, (asyncpg.PostgresError, *LOST)):
                log.error("PostgreSQL can't be reached: %s", error)
                raise ConnectionFailed("The database can't be reached now.") from error
            raise
        self._process_ids[connection] = connection.get_server_pid()
        return connection

    def lay_back(self, connection: Any) -> None:
        """Make a connection free again, unless it is broken or in the middle of a transaction."""
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            self.discard(connection)
            return
        if not self._call_next(connection):
            self._idle.append(connection)

    def lay_back_after(self, error: BaseException, connection: Any) -> None:
        """Make a connection free again, unless the error says that it is broken."""
        if isinstance(error, LOST) and not is_client_side(error):
            self.discard(connection)
        else:
            self.lay_back(connection)

    def discard(self, connection: Any) -> None:
        """End a connection that can't be used any more."""
        if self._address.prepared:
            connection.terminate()
        else:
            # No time limit of ours reached the server through a proxy: what it is at must be cancelled, which
            # takes a message to it, and an end that waits until that was sent.
            ending = asyncio.ensure_future(closed(connection))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
        self._forget(connection)
        self._call_next()

    def _forget(self, connection: Any) -> None:
        self._count -= 1
        del self._process_ids[connection]

    def _call_next(self, connection: Any = None) -> bool:
        """Give a connection to whoever waits longest, or the right to open one; false if nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def close(self) -> None:
        """Close every connection that is free; one in use is ended when it is laid back."""
        self._closed = True
        while self._idle:
            connection = self._idle.pop()
            self._forget(connection)
            await closed(connection)
        await asyncio.gather(*self._endings)
        await asyncio.sleep(0)  # what was ended a moment ago lets go of its socket now


class Use:
    """A connection for as long as a block lasts; ``async with``, without the cost of a generator."""

    __slots__ = ("_connection", "_connections")

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        self._connection = self._connections.take() or await self._connections.wait()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._connections.lay_back(self._connection)
        elif isinstance(error, Exception):
            self._connections.lay_back_after(error, self._connection)
        else:
            self._connections.discard(self._connection)


async def closed(connection: Any) -> None:
    """Close a connection as politely as the server allows."""
    try:
        await connection.close(timeout=2)
    except (asyncpg.PostgresError, *LOST):
        connection.terminate()


def _to_microseconds(milliseconds: int) -> tuple[int]:
    return (milliseconds * 1000 - _EPOCH_MICROSECONDS,)


def _to_milliseconds(microseconds: tuple[int]) -> int:
    return (microseconds[0] + _EPOCH_MICROSECONDS) // 1000


async def attempted(
    attempt: Callable[[], Awaitable[T]], *, again: type[Exception] | tuple[type[Exception], ...] = (), times: int = 5
) -> T:
    """Carry out what is whole in itself; again where the server took it back, or after one of ``again``."""
    repeated = (*CERTAINLY_UNDONE, *(again if isinstance(again, tuple) else (again,)))
    for _ in range(times - 1):
        try:
            return await attempt()
        except repeated as error:
            log.info("PostgreSQL took a transaction back, it is tried again: %r", error)
    return await attempt()


def unavailable(address: Address, error: Exception) -> StorageUnavailable:
    """Why the database can't be used, in one line that names it."""
    where = f"PostgreSQL at {address.label}"
    match error:
        case asyncpg.InvalidCatalogNameError():
            return StorageUnavailable(f"{where} can't be used: there is no such database")
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return StorageUnavailable(f"{where} can't be used: it refuses this user or password")
        case asyncpg.InsufficientPrivilegeError():
            return StorageUnavailable(f"{where} can't be used: {error}")
        case TimeoutError():
            return StorageUnavailable(f"{where} does not answer")
        case OSError():
            return StorageUnavailable(f"{where} can't be reached: {error}")
    return StorageUnavailable(f"{where} can't be used: {str(error).splitlines()[0] if str(error) else error!r}")


def translated(error: Exception) -> ParseError:
    """A driver's error as the house's own; its text stays in the log."""
    match error:
        case ParseError():
            return error
        case asyncpg.CharacterNotInRepertoireError() | asyncpg.UntranslatableCharacterError():
            return InvalidJSON("text must not contain NUL characters")
        case _ if is_client_side(error):
            return InvalidJSON("text must be valid Unicode")
        case asyncpg.NumericValueOutOfRangeError():
            return IncorrectType("a number is out of range")
        case asyncpg.UndefinedTableError() | asyncpg.UndefinedColumnError():
            log.warning("PostgreSQL: %s", error)
            return ClassChanged()
    log.error("PostgreSQL: %s", error, exc_info=error)
    if isinstance(error, (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError)):
        return ConnectionFailed("The database took too long.")
    if isinstance(error, (*LOST, *CERTAINLY_UNDONE, asyncpg.InsufficientResourcesError)):
        return ConnectionFailed("The database can't be reached or written now.")
    return InternalError()


def is_client_side(error: BaseException) -> bool:
    """Whether the driver refused a parameter before anything was sent."""
    # Of the server's own errors of this kind each has a class of its own below DataError.
    return type(error) is asyncpg.DataError or (
        isinstance(error, ValueError) and isinstance(error, asyncpg.InterfaceError)
    )
