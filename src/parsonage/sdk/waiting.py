"""Waiting in a plain thread for what happens on an event loop.

A plain ``def`` handler runs in a thread and may wait. On the loop's own thread the same call would wait
for itself for ever: there it is refused at once, with the line that has to change.
"""

from __future__ import annotations

import asyncio
import atexit
import inspect
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")

SLICE = 0.05
"""Seconds of one wait: between two of them the watchdog can interrupt the thread."""

STOPPED = "the server that this client belongs to has stopped"

_OWN_FOLDER = str(Path(__file__).parent)


class Waiter:
    """Runs coroutines on one event loop, and waits for them in the calling thread."""

    __slots__ = ("_loop",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns or raises.

        Raises RuntimeError at once on the loop's own thread, or if the loop has come to its end.
        """
        if self._would_wait_for_itself():
            coroutine.close()
            raise RuntimeError(
                f"{_calling_line()}: a call of client.sync on the event loop's own thread would stop it for ever: "
                "make the handler a plain def, or await the async call"
            )
        if self._loop.is_closed():
            coroutine.close()
            raise RuntimeError(STOPPED)
        answer = _Answer(coroutine)
        try:
            self._loop.call_soon_threadsafe(answer.start)
            while not answer.arrived.acquire(timeout=SLICE):
                if self._loop.is_closed():
                    raise RuntimeError(STOPPED)
        except BaseException:
            self._give_up(answer)
            raise
        return answer.result()

    def _give_up(self, answer: _Answer[Any]) -> None:
        if self._loop.is_closed():
            answer.coroutine.close()
        else:
            self._loop.call_soon_threadsafe(answer.cancel)

    def _would_wait_for_itself(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False


class _Answer(Generic[T]):
    """What a coroutine on the loop will give to a thread.

    The watchdog's exception may strike the waiting thread between any two of its steps. So the two share
    no lock that Python code would have to give back: a future of ``concurrent.futures`` has one, and the
    loop would hang on it for ever.
    """

    __slots__ = ("_task", "arrived", "coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self.coroutine = coroutine
        self.arrived = threading.Lock()
        self.arrived.acquire()
        self._task: asyncio.Task[T] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self.coroutine)
        self._task.add_done_callback(lambda _: self.arrived.release())

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        assert self._task is not None
        return self._task.result()


def _calling_line() -> str:
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_OWN_FOLDER):
        frame = frame.f_back
    return "unknown place" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


class LoopThread:
    """An event loop in a thread of its own, for programs that have none."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def close(self) -> None:
        """Cancel what still runs, and end the thread."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


_lock = threading.Lock()
_shared: list[LoopThread] = []


def background_loop() -> asyncio.AbstractEventLoop:
    """The loop that clients without a loop of their own share; it ends with the program."""
    with _lock:
        if not _shared:
            _shared.append(LoopThread("parsonage-sdk"))
            atexit.register(_shared[0].close)
        return _shared[0].loop
