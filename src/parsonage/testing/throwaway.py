"""A throwaway house: your Cloud Code on an SQLite file of its own, in the process of the test.

The house lives on an event loop in a thread of its own. So it serves tests of pytest-asyncio, of anyio
and plain ones alike, and a handler that blocks its loop does not block the test.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from parsonage.cloud.transport import InProcess
from parsonage.commands import Command
from parsonage.operations.house import House
from parsonage.options.load import OptionsRefused, load
from parsonage.options.model import Options
from parsonage.sdk import MASTER, Authority, Client, JobOutcome, SyncClient
from parsonage.sdk.waiting import LoopThread, Waiter
from parsonage.server import StartFailed, close_house, open_house, serve_open_house

T = TypeVar("T")

PROJECT_FILE = "parsonage.toml"


class NotOpened(Exception):
    """A house can't be opened, for a reason that stands in the project; the text tells it without a trace."""


class Project(msgspec.Struct, frozen=True):
    """What a throwaway house is made of."""

    file: Path | None = None
    """The ``parsonage.toml`` whose options it has; without one, clients may make classes, as in development."""
    cloud: Path | None = None
    """Other Cloud Code than the file's."""

    def options(self, folder: Path) -> Options:
        """The options of a house whose database and keys are in ``folder``. Raises OptionsRefused."""
        given: dict[str, Any] = {"databaseURI": f"sqlite:{folder / 'throwaway.db'}", "host": "127.0.0.1"}
        if self.file is None:
            given["allowClientClassCreation"] = True
        if self.cloud is not None:
            given["cloud"] = str(self.cloud)
        # The environment stays outside: a test does not depend on the machine it runs on.
        return load(self.file, {}, given, folder)


def project_of(test: Path, cloud: Path | None = None) -> Project:
    """The project that a test file belongs to: that of the nearest ``parsonage.toml`` above it."""
    for folder in test.resolve().parents:
        if (folder / PROJECT_FILE).is_file():
            return Project(folder / PROJECT_FILE, cloud)
    return Project(cloud=cloud)


class Throwaway:
    """A house for one test, and clients to walk in with. The fixture ``parse`` gives one."""

    def __init__(self, house: House, log: list[str]) -> None:
        self.house = house
        """The house itself, for what no client can ask for; it lives on the event loop ``house.loop``."""
        self.log = log
        """What the server and the Cloud Code wrote into the log so far, a message each."""
        self._transport = _FromAnyLoop(InProcess(house))

    @classmethod
    @contextmanager
    def open(cls, project: Project, folder: Path) -> Iterator[Throwaway]:
        """Open a house in a folder, and close it at the end. Raises NotOpened."""
        try:
            options = project.options(folder)
        except OptionsRefused as problems:
            raise NotOpened(str(problems)) from problems
        thread = LoopThread("parsonage-test")
        waiter = Waiter(thread.loop)
        try:
            with _kept_log() as log:
                try:
                    house = waiter.run(open_house(options))
                except StartFailed as reason:
                    raise NotOpened(str(reason)) from reason
                try:
                    yield cls(house, log)
                finally:
                    waiter.run(close_house(house))
        finally:
            thread.close()

    @property
    def anybody(self) -> Client:
        """A client without a session."""
        return Client(self._transport)

    @property
    def master(self) -> Client:
        """A client with the master key."""
        return Client(self._transport, authority=MASTER)

    @property
    def sync(self) -> SyncThrowaway:
        """The same house with plain calls."""
        return SyncThrowaway(self)

    async def sign_up(self, username: str, password: str | None = None, /, **fields: Any) -> Client:
        """A new user: a client in its name. The password is made up if none is given."""
        return await self.anybody.sign_up(username, password or secrets.token_urlsafe(), **fields)

    async def run_job(self, name: str, /, **params: Any) -> JobOutcome:
        """Run a job to its end. Raises ScriptFailed (141) if there is none of that name."""
        return await self.master.run_job(name, **params)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Serve the house over HTTP on a free port; the URL of its API. ``house.options`` has its keys."""
        server = await _on(self.house.loop, _Server.start(self.house))
        try:
            yield server.url
        finally:
            await _on(self.house.loop, server.stop())


class SyncThrowaway:
    """A house for one plain ``def`` test. The fixture ``parse_sync`` gives one."""

    def __init__(self, throwaway: Throwaway) -> None:
        self.house = throwaway.house
        """The house itself, for what no client can ask for; it lives on the event loop ``house.loop``."""
        self.log = throwaway.log
        """What the server and the Cloud Code wrote into the log so far, a message each."""
        self.anybody: SyncClient = throwaway.anybody.sync
        """A client without a session."""
        self.master: SyncClient = throwaway.master.sync
        """A client with the master key."""

    def sign_up(self, username: str, password: str | None = None, /, **fields: Any) -> SyncClient:
        """A new user: a client in its name. The password is made up if none is given."""
        return self.anybody.sign_up(username, password or secrets.token_urlsafe(), **fields)

    def run_job(self, name: str, /, **params: Any) -> JobOutcome:
        """Run a job to its end. Raises ScriptFailed (141) if there is none of that name."""
        return self.master.run_job(name, **params)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve the house over HTTP on a free port; the URL of its API. ``house.options`` has its keys."""
        waiter = Waiter(self.house.loop)
        server = waiter.run(_Server.start(self.house))
        try:
            yield server.url
        finally:
            waiter.run(server.stop())


class _FromAnyLoop:
    """Hands commands to the loop of a house from the loop of a test."""

    def __init__(self, inside: InProcess) -> None:
        self._inside = inside

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._inside.loop

    async def send(self, command: Command, authority: Authority) -> Any:
        return await _on(self._inside.loop, self._inside.send(command, authority))


async def _on(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    if asyncio.get_running_loop() is loop:
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


class _Server:
    """A house while it is served over HTTP."""

    def __init__(self, url: str, stopping: asyncio.Event, serving: asyncio.Task[None]) -> None:
        self.url = url
        self._stopping = stopping
        self._serving = serving

    @classmethod
    async def start(cls, house: House) -> _Server:
        listening = socket.create_server(("127.0.0.1", 0))
        stopping, answering = asyncio.Event(), asyncio.Event()

        async def started() -> None:
            answering.set()

        serving = asyncio.ensure_future(serve_open_house(house, listening, stopping, started))
        serving.add_done_callback(lambda _: answering.set())
        await answering.wait()
        if serving.done():
            serving.result()  # it could not begin: why, is raised here
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{house.options.network.mount_path}"
        return cls(url, stopping, serving)

    async def stop(self) -> None:
        self._stopping.set()
        await self._serving


@contextmanager
def _kept_log() -> Iterator[list[str]]:
    messages: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, keeper = logging.getLogger("parsonage"), Keeper()
    before = logger.level
    logger.addHandler(keeper)
    logger.setLevel(logging.INFO)
    try:
        yield messages
    finally:
        logger.removeHandler(keeper)
        logger.setLevel(before)
