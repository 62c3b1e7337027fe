"""The supervisor: keeps one worker running.

It does nothing but wait, for as long as the server lives. That is why the starter replaces itself by a bare
interpreter that runs this file, and why the file imports nothing but a little of the standard library: it
takes 10 MB instead of the 23 MB that reading the options has taken.

::

    python -I -S supervisor.py LISTENING HANDOVER COMMAND...

LISTENING and HANDOVER are the descriptors of the socket and of the options. COMMAND is the worker's; it gets four
descriptors as its last words: these two, then REPORT and LIFELINE. On REPORT the worker says ``ready`` with the
lines to be printed, or ``failed`` with one sentence, and closes it. LIFELINE never says anything: its end tells the
worker that the supervisor is gone.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time

DRAIN_LIMIT = 35.0
"""Seconds between SIGTERM and SIGKILL for a worker: more than it allows running requests and jobs together."""

LIVED = 1.0
"""A worker that has been ready for so many seconds does not count as dying at once."""

LONGEST_PAUSE = 1.0
"""Seconds before the next worker, after several that died at once."""

LONGEST_PAUSE_UNREADY = 5.0
"""The same, after several that did not even become ready."""

STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class Signals:
    """Signals as something to wait for."""

    def __init__(self) -> None:
        self.requests_to_stop = 0
        """How many of the signals came that ask for the end."""
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (*STOPPING, signal.SIGCHLD):
            # nohup has SIGHUP ignored, and it is to stay so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, frame: None)

    def wait(self, seconds: float | None = None, *, also: int | None = None) -> bool:
        """Wait for a signal, for something to read from ``also``, or for the time to pass.

        The answer is whether there is something to read.
        """
        watched = [self._reader] if also is None else [self._reader, also]
        readable, _, _ = select.select(watched, [], [], seconds)
        if self._reader in readable:
            self.requests_to_stop += sum(number in STOPPING for number in os.read(self._reader, 512))
        return also in readable


class Worker:
    """A running worker."""

    def __init__(self, command: list[str], listening: int, handover: int, lifeline: int) -> None:
        self._status: int | None = None
        self._report, report = os.pipe()
        os.set_inheritable(report, True)
        words = [*command, str(listening), str(handover), str(report), str(lifeline)]
        self._pid = os.posix_spawn(words[0], words, os.environ)
        os.close(report)

    def report(self, signals: Signals) -> str:
        """What it says about its start; cut short if it ends, or if we are to end, before it has said all."""
        said = b""
        while not signals.requests_to_stop:
            if signals.wait(also=self._report):
                part = os.read(self._report, 65536)
                said += part
                if not part:
                    break
        os.close(self._report)
        return said.decode()

    def is_running(self) -> bool:
        """Whether it has not ended yet. Collects whatever else has ended, too: in a container we are process 1."""
        while self._status is None:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return True
            if pid == self._pid:
                self._status = status
        return False

    def stop(self, signals: Signals) -> None:
        """Let it finish what it is doing; end it for good when that takes too long, or when we are asked again."""
        requests_before = signals.requests_to_stop
        give_up = time.monotonic() + DRAIN_LIMIT
        # Until is_running has collected it, its process id can't be anybody else's.
        if self.is_running():
            os.kill(self._pid, signal.SIGTERM)
        while self.is_running():
            signals.wait(max(0.0, give_up - time.monotonic()))
            if signals.requests_to_stop > requests_before or time.monotonic() >= give_up:
                os.kill(self._pid, signal.SIGKILL)
                give_up = time.monotonic() + 1.0

    def end(self) -> str:
        """How it ended, in words."""
        code = os.waitstatus_to_exitcode(self._status or 0)
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


class Supervisor:
    """Keeps a worker running until it is asked to stop."""

    def __init__(self, command: list[str], listening: int, handover: int) -> None:
        self._command = command
        self._listening = listening
        self._handover = handover
        self._signals = Signals()
        # Every worker inherits the reading end, and we alone hold the writing end until we are gone.
        self._lifeline, self._held = os.pipe()
        os.set_inheritable(self._lifeline, True)
        self._has_served = False
        self._problem = ""
        self._pause = 0.0

    def run(self) -> int:
        """Run one worker after the other. The answer is our exit status.

        A first worker that does not become ready ends it all: what it says is for the operator to mend.
        """
        while not self._signals.requests_to_stop:
            worker = Worker(self._command, self._listening, self._handover, self._lifeline)
            outcome, _, text = worker.report(self._signals).partition("\n")
            if outcome == "ready":
                self._serve(worker, text)
            else:
                worker.stop(self._signals)
                self._explain(worker, text)
                if not self._has_served:
                    break
                self._rest(LONGEST_PAUSE_UNREADY)
        return 0 if self._signals.requests_to_stop else 1

    def _serve(self, worker: Worker, lines: str) -> None:
        """Let a worker that is ready do its work, until it ends or we are asked to stop."""
        if not self._has_served:
            print(lines, end="", flush=True)
        self._has_served = True
        self._problem = ""
        began = time.monotonic()
        while worker.is_running() and not self._signals.requests_to_stop:
            self._signals.wait()
        if self._signals.requests_to_stop:
            worker.stop(self._signals)
            return
        complain(f"the server {worker.end()}; starting it again")
        if time.monotonic() - began >= LIVED:
            self._pause = 0.0
        self._rest(LONGEST_PAUSE)

    def _explain(self, worker: Worker, problem: str) -> None:
        """Say why a worker did not become ready; once, if the next ones fail for the same reason."""
        if self._signals.requests_to_stop:
            return
        problem = problem or f"the server {worker.end()} before it was ready"
        if problem != self._problem:
            complain(problem)
        self._problem = problem

    def _rest(self, longest: float) -> None:
        """Wait before the next worker: not at all the first time, then twice as long each time."""
        until = time.monotonic() + self._pause
        while not self._signals.requests_to_stop and time.monotonic() < until:
            self._signals.wait(max(0.0, until - time.monotonic()))
        self._pause = min(max(0.1, 2 * self._pause), longest)


def complain(sentence: str) -> None:
    """Say something to the operator, as every command does it."""
    print(f"parsonage: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(Supervisor(sys.argv[3:], int(sys.argv[1]), int(sys.argv[2])).run())
