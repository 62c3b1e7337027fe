"""The host: JavaScript Cloud Code as handlers of this house, whatever becomes of the process that runs it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from parsonage.handlers.bridge import Frame
from parsonage.handlers.limited_routes import check_rate_limit
from parsonage.handlers.registry import Handler, Invocation, Kind, Registry
from parsonage.jshost.conversation import Conversation, Registered
from parsonage.jshost.process import LoadFailed, Process
from parsonage.jshost.settings import HostSettings
from parsonage.operations.house import House
from parsonage.options.model import CloudCode, RateLimit
from parsonage.options.rate_limits import read_rate_limit
from parsonage.protocol.errors import ScriptFailed

log = logging.getLogger("parsonage.cloud")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds between the end of a process and the start of the next; doubled while none lives for long."""

LONGEST_PAUSE_OF_LOADED = 1.0
"""The longest pause behind a process that had loaded its code: one handler that ends it does not close the others."""

STEADY_AFTER = 30.0
"""A process that lived for so many seconds was no false start."""

LANGUAGE = "JavaScript"

LEGACY_SECONDS = {Kind.FUNCTION: 15.0, Kind.JOB: 15 * 60.0}
LEGACY_TRIGGER_SECONDS = 3.0

_KINDS = {kind.value: kind for kind in Kind}


class HostFailed(Exception):
    """The JavaScript Cloud Code can't be hosted; the text names file, line and reason."""


class _Life:
    """One process and what is said with it."""

    def __init__(self, host: Host, settings: HostSettings) -> None:
        self.conversation = Conversation(
            host.house, host.prefixes, told=lambda frame: host.told(self, frame), stuck=self._stuck
        )
        self.process = Process(
            settings,
            opened=self.conversation.over,
            heard=self.conversation.hear,
            lost=lambda: host.lost(self),
        )
        self.handlers: dict[tuple[str, str], Registered] = {}
        self.site: str | None = None
        self.began = time.monotonic()

    def _stuck(self) -> None:
        log.error("the JavaScript process does not answer: it is ended")
        self.process.kill()


class Host:
    """Runs one entry file for one house.

    ``prefixes`` are what the path of a batch's item may begin with, as on the HTTP door. ``calls_for_legacy`` says
    of the code whether it must find the world of hosted Parse again; it is asked anew when the code is reloaded.
    """

    def __init__(
        self,
        house: House,
        settings: HostSettings,
        prefixes: tuple[str, ...],
        calls_for_legacy: Callable[[], Awaitable[bool]],
    ) -> None:
        self.house = house
        self.prefixes = prefixes
        self._settings = settings
        self._calls_for_legacy = calls_for_legacy
        self.is_legacy = False
        """Whether the code runs in legacy mode."""
        self._classes: frozenset[str] = frozenset()
        """The classes that there were when the code was loaded."""
        self._life: _Life | None = None
        self._ready = asyncio.Event()
        self._stopped = False
        self._restart: asyncio.Task[None] | None = None
        self._pause = SHORTEST_PAUSE
        self._failure: str | None = None
        """Why no process can be started, while that is so."""

    async def start(self) -> None:
        """Start the process and load the entry. Raises HostFailed."""
        self._life = await self._judged()
        self._ready.set()

    async def _judged(self) -> _Life:
        """A process for code that was not seen before, in the world that it calls for."""
        self._classes = frozenset(await self.house.schemas.current())
        judgement = asyncio.ensure_future(self._calls_for_legacy())
        try:
            life = await self._begun(judgement)
        except BaseException:
            judgement.cancel()
            raise
        self.is_legacy = judgement.result()
        return life

    async def _begun(self, legacy: Awaitable[bool]) -> _Life:
        life = _Life(self, self._settings)
        try:
            await life.process.start(legacy)
        except LoadFailed as error:
            raise HostFailed(str(error)) from error
        self._failure = None
        return life

    async def _as_before(self) -> bool:
        return self.is_legacy

    async def reload(self) -> None:
        """Load the entry anew in a process of its own; the old one ends once its calls are answered.

        Raises HostFailed; the old one goes on then.
        """
        fresh = await self._judged()
        old, self._life = self._life, fresh
        self._ready.set()
        if old is not None:
            self._retire(old)

    def _retire(self, old: _Life) -> None:
        async def end() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.house.handlers.runner.limit):
                    await old.conversation.idle()
            await old.process.stop()

        self.house.jobs.keep(asyncio.ensure_future(end()))

    async def stop(self) -> None:
        """End the process; calls that still wait are answered with 141."""
        self._stopped = True
        self._ready.set()
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.gather(self._restart, return_exceptions=True)  # it ends what it was about to start
        if self._life is not None:
            self._life.conversation.lost()
            await self._life.process.stop()

    @property
    def site(self) -> str | None:
        """The socket on which the code serves pages of its own, if it does."""
        return None if self._life is None else self._life.site

    @property
    def runs(self) -> bool:
        """Whether a process is there to call; not between the end of one and the start of the next."""
        return self._ready.is_set() and self._failure is None

    @property
    def pid(self) -> int:
        """The process id, for those who watch or kill it."""
        assert self._life is not None
        return self._life.process.pid

    def register(self, registry: Registry) -> None:
        """Put every handler of the entry into a registry."""
        assert self._life is not None
        for told in self._life.handlers.values():
            self._add(told, registry)

    def _add(self, told: Registered, registry: Registry) -> None:
        registry.add(self._handler(told))
        if told.bare_name not in ("", told.name):
            # A class of this name may still come: then the code has meant that one.
            registry.add_stand_in(self._handler(msgspec.structs.replace(told, name=told.bare_name)))

    def _handler(self, told: Registered) -> Handler:
        async def run(invocation: Invocation) -> Any:
            return await self._call(invocation, needs_roles=told.needs_roles)

        return Handler(
            kind=_KINDS[told.kind],
            name=told.name,
            run=run,
            in_thread=False,
            file=told.file,
            line=told.line,
            skips_master=told.skip_with_master_key,
            rate_limit=_rate_limit(told),
            language=LANGUAGE,
            limit=self._limit(_KINDS[told.kind]),
            one_at_a_time=not (told.overlaps if told.overlaps is not None else not self.is_legacy),
        )

    def _limit(self, kind: Kind) -> float | None:
        """Legacy code has the limits of its time, unless the operator chose one (PC108)."""
        if not self.is_legacy or self.house.options.cloud.handler_timeout != CloudCode().handler_timeout:
            return None
        return LEGACY_SECONDS.get(kind, LEGACY_TRIGGER_SECONDS)

    async def _call(self, invocation: Invocation, *, needs_roles: bool) -> Any:
        if not self._ready.is_set():
            await self._ready.wait()  # a restart is under way; the handler's own time limit bounds this
        life = self._life
        if life is None or self._stopped:
            raise ScriptFailed(f"{invocation.name}: the server stops")
        if self._failure is not None:
            raise ScriptFailed(f"{invocation.name}: the JavaScript Cloud Code can't be started")
        roles = None
        if needs_roles and invocation.caller.user_id is not None:
            roles = (await self.house.callers.with_roles(invocation.caller)).roles
        return await life.conversation.call(invocation, roles)

    def told(self, life: _Life, frame: Frame) -> None:
        """A process tells of a handler, or that all are taken back. Those that come late join the registry."""
        if frame["type"] == "unregister":
            life.handlers.clear()
            return
        if frame["type"] == "site":
            life.site = frame["path"]
            return
        if frame["type"] != "register":
            log.warning("the JavaScript process sent a frame of unknown type %s", frame["type"])
            return
        told = msgspec.convert(frame["handler"], Registered)
        if told.bare_name in self._classes:
            told = msgspec.structs.replace(told, name=told.bare_name)
        if told.kind not in _KINDS:
            log.warning("%s is never called: there is no such trigger here", told)
            return
        earlier = life.handlers.get((told.kind, told.name))
        if earlier is not None:
            log.warning("%s is never called: %s:%d has its name (PC115)", earlier, told.file, told.line)
        if told.kind == Kind.FUNCTION.value and not _can_be_called(told.name):
            log.warning("%s is never called: its name can't stand in a path (PC116)", told)
        life.handlers[told.kind, told.name] = told
        if life is self._life:
            self._add(told, self.house.handlers.registry)

    def lost(self, life: _Life) -> None:
        """A process is gone."""
        life.conversation.lost()
        if life.site is not None:  # killed, it left its socket behind
            shutil.rmtree(Path(life.site).parent, ignore_errors=True)
        if life is not self._life or self._stopped:
            return
        self._ready.clear()
        if time.monotonic() - life.began > STEADY_AFTER:
            self._pause = SHORTEST_PAUSE
        self._pause = min(self._pause, LONGEST_PAUSE_OF_LOADED)
        log.error("the JavaScript process ended; the next one starts in %.1f s", self._pause)
        self._restart = asyncio.ensure_future(self._start_again(life))

    async def _start_again(self, gone: _Life) -> None:
        await gone.process.stop()
        while not self._stopped:
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            if self._life is not gone:
                return  # the code was changed meanwhile, and runs already
            try:
                fresh = await self._begun(self._as_before())
            except HostFailed as error:
                if self._life is not gone:
                    return
                self._failure = str(error)
                self._ready.set()  # nobody waits for what may never come
                log.error("the JavaScript Cloud Code could not be started again: %s", error)
                continue
            if self._life is not gone:
                await fresh.process.stop()
                return
            self._life = fresh
            self._ready.set()
            log.info("the JavaScript process runs again")
            return


def _rate_limit(told: Registered) -> RateLimit | None:
    """The rate limit of a handler's validator, if it has one that can be kept."""
    if told.rate_limit is None:
        return None
    try:
        limit = read_rate_limit(told.rate_limit, of_handler=True)
        check_rate_limit(_KINDS[told.kind], told.name, limit)
    except ValueError as problem:
        log.error("%s has no rate limit: %s", told, problem)
        return None
    return limit


def _can_be_called(name: str) -> bool:
    return "/" not in name and name.isprintable()
