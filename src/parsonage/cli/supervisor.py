"""The supervisor: keeps so many workers running on one listening socket.

It does nothing but wait, for as long as the server lives. That is why the starter replaces itself by a bare
interpreter that runs this file, and why the file imports nothing but a little of the standard library: it
takes 10 MB instead of the 23 MB that reading the options has taken.

::

    python -I -S supervisor.py WORKERS DRAIN LISTENING HANDOVER FIGURES COMMAND...

WORKERS is how many there are to be, DRAIN how many seconds one may take to end. LISTENING, HANDOVER and FIGURES are
the descriptors of the socket, of the options and of the memory that all workers share. COMMAND is the worker's; its
last words are LISTENING, HANDOVER, FIGURES, then SEAT, REPORT and LIFELINE. SEAT is its place in the shared memory, a
number below twice WORKERS. On REPORT the worker says ``ready`` with the lines to be printed, or ``failed`` with one
sentence, and closes it. LIFELINE never says anything: its end tells the worker that the supervisor is gone.

SIGTERM tells a worker that the server ends, SIGHUP that a successor has taken over. To us SIGHUP says that every worker
is to be replaced by a new one, each old one once its successor is ready.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

LIVED = 1.0
"""A worker that has been ready for so many seconds does not count as dying at once."""

LONGEST_PAUSE = 1.0
"""Seconds before the next worker, after several that died at once."""

LONGEST_PAUSE_UNREADY = 5.0
"""The same, after several that did not even become ready."""

SEAT_BYTES = 8
"""What stands in the shared memory for each seat, at its beginning: zeros say that nobody sits there."""


class Signals:
    """Signals as something to wait for."""

    def __init__(self) -> None:
        self.requests_to_stop = 0
        """How many of the signals came that ask for the end."""
        self._asked_to_renew = False
        # A closed terminal window sends SIGHUP, too, and then it asks for the end.
        ends_with_terminal = os.isatty(0)
        self._stopping = {signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if ends_with_terminal else [])}
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            # nohup has SIGHUP ignored, and it is to stay so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, frame: None)

    def wait(self, seconds: float | None, also: list[int]) -> list[int]:
        """Wait for a signal, for something to read, or for the time to pass; what of ``also`` has something to read."""
        readable, _, _ = select.select([self._reader, *also], [], [], seconds)
        if self._reader in readable:
            readable.remove(self._reader)
            numbers = os.read(self._reader, 512)
            self.requests_to_stop += sum(number in self._stopping for number in numbers)
            self._asked_to_renew |= signal.SIGHUP in numbers
        return readable

    def asked_to_renew(self) -> bool:
        """Whether all workers are to be replaced; said once."""
        asked, self._asked_to_renew = self._asked_to_renew, False
        return asked


class Worker:
    """A process that serves, becomes ready to, or ends."""

    def __init__(self, seat: int, pid: int, report: int, generation: int) -> None:
        self.seat = seat
        self.pid = pid
        self.generation = generation
        """One more for those that were started after each request for new workers."""
        self.report: int | None = report
        """Where it speaks until it has said all."""
        self.said = b""
        self.ready_since: float | None = None
        self.must_end_by: float | None = None

    def listen(self) -> None:
        """Take what it says; ``report`` is ``None`` once it has said all."""
        assert self.report is not None
        part = os.read(self.report, 65536)
        self.said += part
        if not part:
            os.close(self.report)
            self.report = None

    def last_words(self) -> None:
        """Take all that it said before it ended; a process that outlives it may still hold the other end."""
        if self.report is not None:
            os.set_blocking(self.report, False)
        with contextlib.suppress(BlockingIOError):
            while self.report is not None:
                self.listen()
        if self.report is not None:
            os.close(self.report)
            self.report = None

    @property
    def was_ready(self) -> bool:
        """Whether it said that it serves."""
        return self.said.startswith(b"ready\n")

    def end(self, number: signal.Signals, seconds: float) -> None:
        """Ask it to end, within so many seconds."""
        # It has not been collected yet: its process id can't be anybody else's.
        os.kill(self.pid, number)
        self.must_end_by = time.monotonic() + seconds


class Place:
    """Where one worker is to serve at any time."""

    def __init__(self) -> None:
        self.serving: Worker | None = None
        self.starting: Worker | None = None
        self.due = 0.0
        """The next one may be started then, by the monotonic clock."""
        self._pause = 0.0

    def rest(self, longest: float) -> None:
        """Wait before the next worker: not at all the first time, then twice as long each time."""
        self.due = time.monotonic() + self._pause
        self._pause = min(max(0.1, 2 * self._pause), longest)

    def forget_pauses(self) -> None:
        """The next worker that dies is the first one again."""
        self._pause = 0.0


class Supervisor:
    """Keeps workers running until it is asked to stop."""

    def __init__(
        self, workers: int, drain: float, listening: int, handover: int, figures: int, command: list[str]
    ) -> None:
        self._command = command
        self._drain = drain
        self._listening = listening
        self._inherited = [str(descriptor) for descriptor in (listening, handover, figures)]
        self._figures = figures
        self._places = [Place() for _ in range(workers)]
        self._alive: dict[int, Worker] = {}
        self._signals = Signals()
        # Every worker inherits the reading end, and we alone hold the writing end until we are gone.
        self._lifeline, self._held = os.pipe()
        os.set_inheritable(self._lifeline, True)
        self._generation = 0
        self._has_served = False
        self._cannot_start = False
        self._problem = ""
        self._one = "the server" if workers == 1 else "a worker"

    def run(self) -> int:
        """Keep a worker at each place. The answer is our exit status.

        A first worker that does not become ready ends it all: what it says is for the operator to mend.
        """
        while not (self._signals.requests_to_stop or self._cannot_start):
            self._start_what_is_due()
            self._wait()
            if self._signals.asked_to_renew():
                self._generation += 1
        self._stop()
        return 0 if self._signals.requests_to_stop else 1

    def _start_what_is_due(self) -> None:
        """Start the workers that are lacking; successors one after the other, for each takes memory."""
        # The first one alone: it makes what an empty database lacks, and says what the operator must mend.
        for place in self._places if self._has_served else self._places[:1]:
            if place.starting is None and self._is_due(place):
                self._start(place)

    def _is_due(self, place: Place) -> bool:
        if place.serving is None:
            return time.monotonic() >= place.due
        is_outdated = place.serving.generation < self._generation
        return is_outdated and not any(other.serving and other.starting for other in self._places)

    def _start(self, place: Place) -> None:
        taken = {worker.seat for worker in self._alive.values()}
        free = [seat for seat in range(2 * len(self._places)) if seat not in taken]
        if not free:
            return  # until one of those that end has ended
        report, said = os.pipe()
        os.set_inheritable(said, True)
        words = [*self._command, *self._inherited, str(free[0]), str(said), str(self._lifeline)]
        worker = Worker(free[0], os.posix_spawn(words[0], words, os.environ), report, self._generation)
        os.close(said)
        self._alive[worker.pid] = worker
        place.starting = worker

    def _wait(self) -> None:
        """Wait until there is something to do, and do what a worker's words or its end ask for."""
        reporting = {worker.report: worker for worker in self._alive.values() if worker.report is not None}
        for report in self._signals.wait(self._seconds_to_wait(), list(reporting)):
            reporting[report].listen()
        for place in self._places:
            if place.starting is not None and place.starting.report is None:
                self._heard(place, place.starting)
        self._collect()
        now = time.monotonic()
        for worker in self._alive.values():
            if worker.must_end_by is not None and now >= worker.must_end_by:
                worker.end(signal.SIGKILL, 1.0)

    def _seconds_to_wait(self) -> float | None:
        moments = [worker.must_end_by for worker in self._alive.values() if worker.must_end_by is not None]
        moments += [place.due for place in self._places if place.starting is None and place.serving is None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _heard(self, place: Place, worker: Worker) -> None:
        """A worker that was starting has said all."""
        outcome, _, text = worker.said.decode().partition("\n")
        if outcome != "ready":
            if worker.must_end_by is None:
                worker.end(signal.SIGTERM, self._drain)  # what it had to say is told when it has ended
            return
        if not self._has_served:
            print(text, end="", flush=True)
        self._has_served = True
        self._problem = ""
        worker.ready_since = time.monotonic()
        if place.serving is not None:
            place.serving.end(signal.SIGHUP, self._drain)
        place.serving, place.starting = worker, None

    def _collect(self) -> None:
        """Collect what has ended, be it a worker or not: in a container we are process 1."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            worker = self._alive.pop(pid, None)
            if worker is not None:
                os.pwrite(self._figures, bytes(SEAT_BYTES), worker.seat * SEAT_BYTES)
                self._ended(worker, status)

    def _ended(self, worker: Worker, status: int) -> None:
        worker.last_words()
        for place in self._places:
            if place.starting is worker and place.serving is None and worker.was_ready:
                self._heard(place, worker)  # it ended before we looked
            if place.serving is worker:
                self._ended_serving(place, worker, status)
            elif place.starting is worker:
                self._ended_unready(place, worker, status)

    def _ended_serving(self, place: Place, worker: Worker, status: int) -> None:
        place.serving = None
        if self._signals.requests_to_stop:
            return
        complain(f"{self._one} {in_words(status)}; starting it again")
        if worker.ready_since is not None and time.monotonic() - worker.ready_since >= LIVED:
            place.forget_pauses()
        place.rest(LONGEST_PAUSE)

    def _ended_unready(self, place: Place, worker: Worker, status: int) -> None:
        place.starting = None
        if self._signals.requests_to_stop:
            return
        _, _, problem = worker.said.decode().partition("\n")
        if worker.was_ready or not problem:
            problem = f"{self._one} {in_words(status)} before it was ready"
        if not self._has_served:
            self._cannot_start = True
        if place.serving is not None:
            # What runs is better than what does not start.
            complain(f"{problem}\nparsonage: nothing was replaced: what runs goes on")
            for other in self._places:
                if other.serving is not None:
                    other.serving.generation = self._generation
            return
        if problem != self._problem:  # once, if the next ones fail for the same reason
            complain(problem)
        self._problem = problem
        place.rest(LONGEST_PAUSE_UNREADY)

    def _stop(self) -> None:
        """Let all finish what they are doing; end them for good when that takes too long, or when asked again."""
        # Or connections would go on to queue where nobody takes them any more.
        os.close(self._listening)
        requests_before = self._signals.requests_to_stop
        for worker in self._alive.values():
            worker.end(signal.SIGTERM, self._drain)
        self._collect()
        while self._alive:
            self._wait()
            if self._signals.requests_to_stop > requests_before:
                requests_before = self._signals.requests_to_stop
                for worker in self._alive.values():
                    worker.end(signal.SIGKILL, 1.0)


def in_words(status: int) -> str:
    """How a process ended."""
    code = os.waitstatus_to_exitcode(status)
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def complain(sentence: str) -> None:
    """Say something to the operator, as every command does it."""
    print(f"parsonage: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    _, count, drain, *descriptors = sys.argv[:6]
    listening, handover, figures = map(int, descriptors)
    sys.exit(Supervisor(int(count), float(drain), listening, handover, figures, sys.argv[6:]).run())
