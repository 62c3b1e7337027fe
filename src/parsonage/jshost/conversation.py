"""What is said over the bridge while one process lives: calls that wait, requests that run, lines for the log."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.handlers.bridge import Bridge, BridgeClosed, Frame
from parsonage.handlers.registry import Invocation
from parsonage.jshost.invocations import call_frame, take_answer
from parsonage.jshost.sdk_requests import carry_out
from parsonage.logs import SILLY, VERBOSE
from parsonage.operations.house import House
from parsonage.protocol.errors import ParseError, ScriptFailed

log = logging.getLogger("parsonage.cloud")

_LEVELS = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "verbose": VERBOSE,
    "debug": logging.DEBUG,
    "silly": SILLY,
}

SECONDS_TO_SHOW_LIFE = 3.0
"""A process that was asked whether it lives and says nothing for so long is stuck."""


class _Pending:
    """A call that was sent and is not answered yet."""

    __slots__ = ("answer", "invocation", "requests")

    def __init__(self, invocation: Invocation, answer: asyncio.Future[Frame]) -> None:
        self.invocation = invocation
        self.answer = answer
        self.requests: set[asyncio.Task[None]] = set()


class Conversation:
    """Speaks with one process. ``stuck`` is called when it no longer answers; ``told`` gets other frames."""

    def __init__(
        self, house: House, prefixes: tuple[str, ...], *, told: Callable[[Frame], None], stuck: Callable[[], None]
    ) -> None:
        self._house = house
        self._prefixes = prefixes
        self._told = told
        self._stuck = stuck
        self._bridge: Bridge | None = None
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Pending] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._asked_for_life: asyncio.TimerHandle | None = None
        self._heard = {
            "answer": self._on_answer,
            "request": self._on_request,
            "log": self._on_log,
            "message": self._on_message,
            "alive": self._on_alive,
        }

    def over(self, bridge: Bridge) -> None:
        """Begin to speak over a bridge."""
        self._bridge = bridge

    def hear(self, frame: Frame) -> None:
        """Deal with one frame."""
        self._heard.get(frame["type"], self._told)(frame)

    async def idle(self) -> None:
        """Wait until no call waits for its answer."""
        while self._calls:
            await asyncio.wait([pending.answer for pending in self._calls.values()])

    async def call(self, invocation: Invocation, roles: frozenset[str] | None) -> Any:
        """Have a handler called. Raises its ParseError; ScriptFailed (141) when the process is lost."""
        assert self._bridge is not None
        try:
            await self._bridge.has_room()
            number = next(self._numbers)
            answer: asyncio.Future[Frame] = self._house.loop.create_future()
            pending = self._calls[number] = _Pending(invocation, answer)
            self._bridge.send(call_frame(invocation, number, roles))
        except BridgeClosed:
            raise _lost(invocation) from None
        try:
            return take_answer(invocation, await answer)
        except asyncio.CancelledError:
            self._give_up(number, pending)
            raise
        finally:
            self._calls.pop(number, None)

    def _give_up(self, number: int, pending: _Pending) -> None:
        """Nobody waits for this call any more: what it asked for ends too, and the process must show life."""
        for request in list(pending.requests):
            request.cancel()
        if self._bridge is None or not self._bridge.is_open:
            return
        self._bridge.send({"type": "cancel", "id": number})
        if self._asked_for_life is None:
            self._asked_for_life = self._house.loop.call_later(SECONDS_TO_SHOW_LIFE, self._stuck)

    def _on_alive(self, frame: Frame) -> None:
        if self._asked_for_life is not None:
            self._asked_for_life.cancel()
            self._asked_for_life = None

    def _on_answer(self, frame: Frame) -> None:
        pending = self._calls.get(frame["id"])
        if pending is not None and not pending.answer.done():
            pending.answer.set_result(frame)

    def _on_request(self, frame: Frame) -> None:
        pending = self._calls.get(frame.get("call", 0))
        task = asyncio.ensure_future(self._carry_out(frame, self._call_around(frame, pending)))
        tasks = self._late if pending is None else pending.requests
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _call_around(self, frame: Frame, pending: _Pending | None) -> Call:
        if pending is not None:
            return pending.invocation.call
        # After its answer, or outside of any call: nothing limits its time, but it does not begin anew in depth.
        return Call(depth=frame.get("depth", 0))

    async def _carry_out(self, frame: Frame, call: Call) -> None:
        try:
            answer = await carry_out(self._house, frame, call, self._prefixes)
        except asyncio.CancelledError:
            answer = {"status": 400, "error": {"code": 124, "error": "the handler took longer than it may"}}
            self._reply(frame, answer)
            raise
        except Exception:
            log.exception("%s %s from JavaScript failed", frame.get("method"), frame.get("path"))
            answer = {"status": 500, "error": {"code": 1, "error": "Internal server error."}}
        self._reply(frame, answer)

    def _reply(self, frame: Frame, answer: Frame) -> None:
        if self._bridge is None or not self._bridge.is_open:
            return
        answer["type"], answer["id"] = "reply", frame["id"]
        try:
            self._bridge.send(answer)
        except TypeError as error:
            log.error("an answer could not be sent to JavaScript: %s", error)
            self._bridge.send(
                {"type": "reply", "id": frame["id"], "error": {"code": 1, "error": "Internal server error."}}
            )

    def _on_log(self, frame: Frame) -> None:
        name = frame.get("name")
        logger = logging.getLogger(f"parsonage.cloud.{name}") if name else log
        level = _LEVELS.get(frame["level"], logging.INFO)
        logger.log(level, "%s", frame["text"], extra={"request": frame.get("request")})

    def _on_message(self, frame: Frame) -> None:
        pending = self._calls.get(frame.get("call", 0))
        if pending is None or pending.invocation.report is None:
            return
        task = asyncio.ensure_future(_report(pending.invocation, frame["text"]))
        pending.requests.add(task)
        task.add_done_callback(pending.requests.discard)

    def lost(self) -> None:
        """The process is gone: every call that waits for it is answered."""
        self._on_alive({})
        for pending in list(self._calls.values()):
            for request in list(pending.requests):
                request.cancel()
            if not pending.answer.done():
                pending.answer.set_exception(_lost(pending.invocation))
        for task in list(self._late):
            task.cancel()


async def _report(invocation: Invocation, text: str) -> None:
    assert invocation.report is not None
    try:
        await invocation.report(text)
    except ParseError as error:
        log.warning("the message of job %s could not be stored: %s", invocation.name, error)


def _lost(invocation: Invocation) -> ScriptFailed:
    return ScriptFailed(f"{invocation.name}: the JavaScript process ended before it had answered")


class Registered(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A handler as the process tells of it."""

    kind: str
    name: str
    file: str = ""
    line: int = 0
    skip_with_master_key: bool = False
    needs_roles: bool = False
    rate_limit: dict[str, Any] | None = None
    bare_name: str = ""
    """The name as old code gave it, where it means a built-in class unless there is a class of that name (PC110)."""
    overlaps: bool | None = None
    """For a job: whether it said that two runs of it may go on at once, or may not."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name} ({self.file}:{self.line})"
