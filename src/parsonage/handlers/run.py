"""Call one handler: its validator, its time limit, its errors turned into Parse errors.

Whatever a handler raises is an answer, never the end of the server: SystemExit, KeyboardInterrupt and
CancelledError included. A handler on the event loop is driven step by step, so that the watchdog knows
when it holds the loop; a plain ``def`` runs in a thread.

Rules: reference/cloud-code.md, sections 1.3 and 2; layout rule 4: limits count outermost calls only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from typing import Any

import msgspec

from parsonage.commands.call import DEEPEST_CALL
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.handlers.watchdog import HandlerInterrupted, Stretch, Watchdog
from parsonage.protocol.errors import ParseError, ScriptFailed, Timeout, ValidationError

log = logging.getLogger("parsonage.handlers")

CLEAN_UP_SECONDS = 1.0
"""How long a handler that was cancelled at its limit may go on awaiting in its ``finally``."""

OUTERMOST_THREADS = 32
"""Plain handlers that run at once; nested ones are not counted, they would wait for themselves."""


_in_handler: ContextVar[bool] = ContextVar("in_handler", default=False)


def _task(loop: asyncio.AbstractEventLoop, coroutine: Any, *, context: Context | None = None) -> asyncio.Task[Any]:
    """A task; one that a handler starts and leaves behind must not end the server either."""
    if _in_handler.get():
        coroutine = _surviving(coroutine)
    return asyncio.Task(coroutine, loop=loop, context=context)


async def _surviving(coroutine: Awaitable[Any]) -> Any:
    try:
        return await coroutine
    except (SystemExit, KeyboardInterrupt) as raised:
        log.error("a task that a handler started raised %s", type(raised).__name__, exc_info=raised)
        raise ScriptFailed(f"a task raised {type(raised).__name__}") from None


class HandlerRunner:
    """Calls handlers, each within ``limit`` seconds; a job has no limit of its own."""

    def __init__(self, *, limit: float = 60.0, may_end_process: bool = False) -> None:
        self.limit = limit
        self._watchdog = Watchdog(interval=min(1.0, limit / 10), may_end_process=may_end_process)
        self._threads = Threads(self._watchdog)
        self._outermost = asyncio.Semaphore(OUTERMOST_THREADS)

    def start(self) -> None:
        """Start the watchdog, and guard the tasks that handlers start on the running loop."""
        asyncio.get_running_loop().set_task_factory(_task)
        self._watchdog.start()

    def stop(self) -> None:
        """Stop the watchdog and let idle threads go."""
        self._watchdog.stop()
        self._threads.stop()

    async def run(self, handler: Handler, invocation: Invocation) -> Any:
        """Ask the validator, then call the handler; its value, or a ParseError.

        Raises ValidationError (142) from the validator, Timeout (124) past the limit, ScriptFailed (141)
        for whatever the handler raised that has no code of its own.
        """
        if invocation.call.depth >= DEEPEST_CALL:
            raise ScriptFailed(f"{handler.name}: handlers may be nested {DEEPEST_CALL} deep at most")
        deadline = self._deadline(handler, invocation)
        # What the handler calls in its turn is one deeper, and has what is left of its time.
        invocation.call = msgspec.structs.replace(
            invocation.call, deadline=deadline, depth=invocation.call.depth + 1, as_text=False, only_once=None
        )
        if handler.validate is not None:
            await self._validate(handler, invocation, deadline)
        return await self._guarded(handler, handler.run, invocation, deadline, in_thread=handler.in_thread)

    def _deadline(self, handler: Handler, invocation: Invocation) -> float | None:
        if handler.kind is Kind.JOB and handler.limit is None:
            return None
        own = time.monotonic() + (self.limit if handler.limit is None else handler.limit)
        outer = invocation.call.deadline
        return own if outer is None else min(own, outer)

    async def _validate(self, handler: Handler, invocation: Invocation, deadline: float | None) -> None:
        assert handler.validate is not None
        try:
            await self._guarded(handler, handler.validate, invocation, deadline, in_thread=False)
        except ScriptFailed as failure:
            raise ValidationError(failure.message) from failure

    async def _guarded(
        self,
        handler: Handler,
        function: Callable[[Invocation], Any],
        invocation: Invocation,
        deadline: float | None,
        *,
        in_thread: bool,
    ) -> Any:
        try:
            if in_thread:
                return await self._in_thread(handler, function, invocation, deadline)
            return await self._on_the_loop(handler, function, invocation, deadline)
        except ParseError:
            raise
        except (TimeoutError, HandlerInterrupted):
            log.error("%s took longer than it may", handler)
            raise Timeout(f"{handler.name} took longer than it may") from None
        except asyncio.CancelledError as cancelled:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # the request itself is cancelled: an outer handler is past its limit
            raise _as_parse_error(handler, cancelled) from cancelled
        except BaseException as raised:
            raise _as_parse_error(handler, raised) from raised

    async def _on_the_loop(
        self, handler: Handler, function: Callable[[Invocation], Any], invocation: Invocation, deadline: float | None
    ) -> Any:
        async def call() -> Any:
            outside = _in_handler.get()
            _in_handler.set(True)
            try:
                result = function(invocation)
                return await result if asyncio.iscoroutine(result) else result
            finally:
                _in_handler.set(outside)

        return await _Driven(call(), handler, self._watchdog, deadline)

    async def _in_thread(
        self, handler: Handler, function: Callable[[Invocation], Any], invocation: Invocation, deadline: float | None
    ) -> Any:
        if invocation.call.depth > 1:
            return await self._threads.run(handler, lambda: function(invocation), deadline)
        async with self._outermost:
            return await self._threads.run(handler, lambda: function(invocation), deadline)


def _as_parse_error(handler: Handler, raised: BaseException) -> ParseError:
    log.error("%s raised %s", handler, type(raised).__name__, exc_info=raised)
    try:
        text = str(raised)
    except Exception:
        text = ""  # even what it says of itself may raise
    if handler.kind in (Kind.FUNCTION, Kind.JOB):
        return ScriptFailed(text or "Script failed.")
    return ScriptFailed(text or "Script failed. Unknown error.")


class _Driven:
    """A handler's coroutine, driven step by step, with the watchdog told of each step.

    At the deadline the handler is cancelled; one that goes on awaiting all the same is abandoned.
    """

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], handler: Handler, watchdog: Watchdog, deadline: float | None
    ) -> None:
        self._coroutine = coroutine
        self._handler = handler
        self._watchdog = watchdog
        self._deadline = deadline
        self._timer: asyncio.TimerHandle | None = None
        self._cancelled = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        if self._deadline is None:
            return (yield from self._coroutine.__await__())
        try:
            return (yield from self._drive(self._deadline))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._cancelled and task is not None and task.cancelling() == self._cancelled:
                raise TimeoutError from None
            raise
        finally:
            self._disarm()

    def _arm(self, deadline: float) -> None:
        """Have the handler cancelled at its deadline. One that never awaits anything needs no timer."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._timer = loop.call_later(max(0.0, deadline - time.monotonic()), self._expire, loop, task)

    def _disarm(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        task = asyncio.current_task()
        for _ in range(self._cancelled):
            if task is not None:
                task.uncancel()

    def _expire(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self._cancelled += 1
        task.cancel()
        self._timer = loop.call_later(CLEAN_UP_SECONDS, self._expire, loop, task)

    def _drive(self, deadline: float) -> Generator[Any, Any, Any]:
        thread_id = threading.get_ident()
        value: Any = None
        thrown: BaseException | None = None
        while True:
            if self._cancelled:
                deadline = time.monotonic() + CLEAN_UP_SECONDS
            stretch = Stretch(self._handler, thread_id, deadline, on_loop=True)
            self._watchdog.begin(stretch)
            try:
                awaited = self._coroutine.throw(thrown) if thrown is not None else self._coroutine.send(value)
            except StopIteration as finished:
                return finished.value
            finally:
                self._watchdog.end(stretch)
            value, thrown = None, None
            if self._timer is None:
                self._arm(deadline)
            try:
                value = yield awaited
            except asyncio.CancelledError as cancelled:
                if self._cancelled > 1:
                    self._abandon()
                    raise
                thrown = cancelled
            except BaseException as raised:
                thrown = raised

    def _abandon(self) -> None:
        log.error("%s goes on after it was cancelled: abandoned", self._handler)
        with contextlib.suppress(BaseException):
            self._coroutine.close()


class Threads:
    """Threads for plain handlers: as many as are needed, idle ones are used again.

    A handler that is past its limit is answered at once, even while its thread can't be interrupted.
    """

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._idle: list[queue.SimpleQueue[Callable[[], None] | None]] = []
        self._lock = threading.Lock()
        self._stopped = False

    async def run(self, handler: Handler, function: Callable[[], Any], deadline: float | None) -> Any:
        """Call a function in a thread; its value or what it raised. Raises TimeoutError at the deadline."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()

        def settle(value: Any, raised: BaseException | None) -> None:
            if answer.done():
                return
            if raised is None:
                answer.set_result(value)
            elif isinstance(raised, StopIteration):
                answer.set_exception(RuntimeError("a handler raised StopIteration"))
            else:
                answer.set_exception(raised)

        def work() -> None:
            value: Any = None
            raised: BaseException | None = None
            stretch = None
            if deadline is not None:
                stretch = Stretch(handler, threading.get_ident(), deadline, on_loop=False)
                self._watchdog.begin(stretch)
            try:
                value = function()
            except BaseException as error:
                raised = error
            finally:
                if stretch is not None:
                    self._watchdog.end(stretch)
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, raised)

        self._hand_over(work)
        if deadline is None:
            return await answer
        async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
            return await answer

    def _hand_over(self, work: Callable[[], None]) -> None:
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is None:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="handler", daemon=True).start()
        inbox.put(work)

    def _serve(self, inbox: queue.SimpleQueue[Callable[[], None] | None]) -> None:
        while True:
            work = inbox.get()
            if work is None:
                return
            work()
            del work
            with self._lock:
                if self._stopped:
                    return
                self._idle.append(inbox)

    def stop(self) -> None:
        """Let idle threads end; busy ones end with their work."""
        with self._lock:
            self._stopped = True
            for inbox in self._idle:
                inbox.put(None)
            self._idle.clear()
