"""One Node process: started, spoken to, ended. It ends by itself when our end of the bridge is closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from parsonage.handlers.bridge import Bridge, BridgeClosed, Frame
from parsonage.jshost.settings import HostSettings

log = logging.getLogger("parsonage.cloud")

RUNTIME = Path(__file__).with_name("runtime") / "main.js"

SECONDS_TO_LOAD = 60.0
"""How long the Cloud Code may take to register its handlers."""

SECONDS_TO_END = 2.0

_LONGEST_LINE = 64 * 1024


class LoadFailed(Exception):
    """The JavaScript can't be loaded; the text says where and why."""


class _Pipes(asyncio.subprocess.SubprocessStreamProtocol):
    """The output of a process. ``exited`` is called when it has ended, whoever still holds what it was given."""

    def __init__(self, exited: Callable[[], None]) -> None:
        super().__init__(limit=_LONGEST_LINE, loop=asyncio.get_running_loop())
        self._exited = exited

    def process_exited(self) -> None:
        """The process has ended."""
        super().process_exited()
        self._exited()


class Process:
    """One life of the host. ``opened`` gets the bridge, ``heard`` its frames; ``lost`` is called once at its end."""

    def __init__(
        self,
        settings: HostSettings,
        *,
        opened: Callable[[Bridge], None],
        heard: Callable[[Frame], None],
        lost: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._opened = opened
        self._heard = heard
        self._lost = lost
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last_lines: list[str] = []
        self._bridge: Bridge | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self, legacy: Awaitable[bool]) -> None:
        """Start Node and wait until the entry is loaded. Raises LoadFailed.

        Whether it is loaded in legacy mode may still be looked into while Node starts.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            loop = asyncio.get_running_loop()
            transport, pipes = await loop.subprocess_exec(
                lambda: _Pipes(self._exited),
                self._settings.node,
                *self._words(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                cwd=self._settings.entry.parent,
                env={**os.environ, "PARSONAGE_BRIDGE": str(theirs.fileno())},
                start_new_session=True,  # what the code starts ends with it
            )
            self._process = asyncio.subprocess.Process(transport, pipes, loop)
        except OSError as error:
            ours.close()
            raise LoadFailed(f"{self._settings.node} can't be started: {error.strerror}") from error
        finally:
            theirs.close()
        try:
            await self._load(ours, legacy)
        except BaseException:  # whoever gave up waiting leaves no process behind
            await self.stop()
            raise

    async def _load(self, ours: socket.socket, legacy: Awaitable[bool]) -> None:
        assert self._process is not None
        bridge = self._bridge = await Bridge.open(ours, self._hear, self._gone)
        self._opened(bridge)
        self._keep(self._copy_lines(self._process.stdout, logging.INFO))
        self._keep(self._copy_lines(self._process.stderr, logging.WARNING))
        load = {
            "type": "load",
            "entry": str(self._settings.entry),
            "sdk": str(self._settings.sdk),
            "packages": str(self._settings.packages) if self._settings.packages else None,
            "legacy": await legacy,
            "app": self._settings.app,
        }
        with contextlib.suppress(BridgeClosed):  # Node has ended already: its last words are the answer
            bridge.send(load)
        try:
            async with asyncio.timeout(SECONDS_TO_LOAD):
                await self._loaded
        except TimeoutError:
            raise LoadFailed(f"{self._settings.entry} was not loaded within {SECONDS_TO_LOAD:.0f} s") from None

    def _words(self) -> list[str]:
        memory = [] if self._settings.memory is None else [f"--max-old-space-size={self._settings.memory}"]
        return [*memory, "--enable-source-maps", str(RUNTIME)]

    def _hear(self, frame: Frame) -> None:
        match frame["type"]:
            case "ready":
                if not self._loaded.done():
                    self._loaded.set_result(None)
            case "failed":
                if not self._loaded.done():
                    self._loaded.set_exception(LoadFailed(frame["text"]))
            case _:
                self._heard(frame)

    def _gone(self) -> None:
        if not self._loaded.done():
            told = f": {self._last_lines[-1]}" if self._last_lines else ""
            self._loaded.set_exception(LoadFailed(f"Node ended before {self._settings.entry} was loaded{told}"))
        self._lost()

    def _exited(self) -> None:
        """What the code has started ends, too; what has left the group may hold the bridge, and is not waited for."""
        self.kill()
        if self._bridge is not None:  # what was said last is read meanwhile
            asyncio.get_running_loop().call_later(SECONDS_TO_END, self._bridge.abort)

    def kill(self) -> None:
        """End the process and what it has started, at once; whoever waits for it is told through ``lost``."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Hang up, give the process a moment, then end it."""
        if self._bridge is not None:
            self._bridge.close()
        if self._process is not None and not await self._ended_in_time():
            self.kill()
            await self._ended_in_time()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ended_in_time(self) -> bool:
        """Whether the process ends soon. One that is gone counts as there while another holds its pipes."""
        assert self._process is not None
        try:
            async with asyncio.timeout(SECONDS_TO_END):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _copy_lines(self, stream: asyncio.StreamReader | None, level: int) -> None:
        """What is written past ``console``, such as Node's own last words, into the log."""
        assert stream is not None
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the limit: what was read of it is dropped
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self._last_lines[:] = [*self._last_lines[-4:], text]
                log.log(level, "%s", text)
