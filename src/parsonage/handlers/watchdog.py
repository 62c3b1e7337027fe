"""The watchdog: interrupts Cloud Code that holds the event loop or its thread for too long.

Python code is interrupted by an exception that the watchdog raises in its thread. Code that takes no
exception (C that does not return, a loop that swallows everything) ends the whole process, and the
supervisor starts the next one: a hung server serves nobody.
"""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger("parsonage.handlers")

GRACE_SECONDS = 5.0
"""How long code may go on after it was interrupted before the process is ended."""

EXIT_STATUS = 70


class HandlerInterrupted(BaseException):
    """Raised inside a handler that went past its limit.

    Not an ``Exception``, so that a handler's own ``except Exception`` does not swallow it.
    """


class Stretch:
    """A stretch of time during which one handler holds one thread."""

    __slots__ = ("deadline", "ended", "fired_at", "handler", "on_loop", "thread_id")

    def __init__(self, handler: object, thread_id: int, deadline: float, *, on_loop: bool) -> None:
        self.on_loop = on_loop
        self.handler = handler
        self.thread_id = thread_id
        self.deadline = deadline
        self.fired_at: float | None = None
        self.ended = False


class Watchdog:
    """One thread that looks after all stretches of a process. Deadlines are on ``time.monotonic``."""

    def __init__(self, *, interval: float, may_end_process: bool, on_exit: Callable[[int], None] = os._exit) -> None:
        self._interval = interval
        self._may_end_process = may_end_process
        self._exit = on_exit
        self._lock = threading.Lock()
        self._stretches: set[Stretch] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._may_end_process:
            faulthandler.cancel_dump_traceback_later()

    def begin(self, stretch: Stretch) -> None:
        """The handler takes the thread."""
        self._stretches.add(stretch)

    def end(self, stretch: Stretch) -> None:
        """The handler gives the thread back; an interruption that has not arrived yet is taken back."""
        while True:
            try:
                with self._lock:
                    self._stretches.discard(stretch)
                    stretch.ended = True
                    if stretch.fired_at is not None:
                        _raise_in(stretch.thread_id, None)
                return
            except HandlerInterrupted:
                continue  # it arrived just here: the handler is through, what follows is the server's own

    def _watch(self) -> None:
        while not self._stop.wait(self._interval):
            if self._may_end_process and self._stretches:
                # Armed anew at every look: it goes off, without needing the interpreter, when some C code
                # keeps even this thread from running.
                faulthandler.dump_traceback_later(self._longest_silence(), exit=True)
            elif self._may_end_process:
                faulthandler.cancel_dump_traceback_later()
            now = time.monotonic()
            for stretch in list(self._stretches):
                if now >= stretch.deadline:
                    self._interrupt(stretch, now)

    def _longest_silence(self) -> float:
        now = time.monotonic()
        latest = max((stretch.deadline for stretch in list(self._stretches)), default=now)
        return max(latest - now, 0) + GRACE_SECONDS + self._interval

    def _interrupt(self, stretch: Stretch, now: float) -> None:
        with self._lock:
            if stretch.ended:
                return
            if stretch.fired_at is None:
                log.error("%s went past its time limit: interrupted", stretch.handler)
                stretch.fired_at = now
            _raise_in(stretch.thread_id, HandlerInterrupted)
        # A thread of its own that can't be interrupted harms nobody: its caller was answered long ago.
        if stretch.on_loop and now - stretch.fired_at > GRACE_SECONDS and self._may_end_process:
            log.critical("%s can't be interrupted: this process ends", stretch.handler)
            self._exit(EXIT_STATUS)


def _raise_in(thread_id: int, exception: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread_id), ctypes.py_object(exception) if exception is not None else None
    )
