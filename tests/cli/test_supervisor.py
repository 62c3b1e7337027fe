"""The supervisor keeps workers running: real processes, with a stand-in for the server inside the worker."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parsonage.cli.handover import Handover
from parsonage.cli.listening import listen
from parsonage.cli.serve import SUPERVISOR
from parsonage.figures import shared_memory
from parsonage.options.model import App, CloudCode, Keys, Options
from tests.machinery.processes import POLL, children

PATIENCE = 30.0
"""Seconds after which a test gives up."""


class Supervised:
    """A supervisor with a stand-in worker that behaves in a certain way."""

    def __init__(self, behaviour: str, folder: Path, workers: int) -> None:
        listening = listen("127.0.0.1", 0)
        self.port: int = listening.getsockname()[1]
        options = Options(App("a", name="house"), Keys("m"), cloud=CloudCode(path="cloud.py"))
        inherited = (listening.fileno(), Handover(options, began=0.0).to_file(), shared_memory(workers))
        stand_in = str(Path(__file__).with_name("stand_in.py"))
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(SUPERVISOR), str(workers), "35", *map(str, inherited)),
                *(sys.executable, stand_in, behaviour),
            ],
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        listening.close()
        for descriptor in inherited[1:]:
            os.close(descriptor)

    def worker(self) -> int:
        """The process id of the worker that answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            return int(connection.makefile().readline())

    def workers(self, count: int) -> list[int]:
        """The process ids of the workers, once there are so many."""
        deadline = time.monotonic() + PATIENCE
        while len(found := children(self.process.pid)) != count and time.monotonic() < deadline:
            time.sleep(POLL)
        return found

    def line(self) -> str:
        """The next line on standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def complaint(self) -> str:
        """The next line on standard error."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def end(self) -> tuple[int, str, str]:
        """The exit status, and the rest of both outputs."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts supervisors, and ends those that still run."""
    started: list[Supervised] = []

    def start(behaviour: str, workers: int = 1) -> Supervised:
        started.append(Supervised(behaviour, tmp_path, workers))
        return started[-1]

    yield start
    for supervised in started:
        supervised.process.terminate()
        supervised.process.communicate()


class TestAServerThatRuns:
    def test_the_start_lines_are_printed_once_it_is_ready(self, start: Start) -> None:
        supervised = start("serves")

        assert "app house · SQLite house.db · Cloud Code cloud.py (2 functions, 1 trigger, 0 jobs)" in supervised.line()
        assert supervised.line().startswith("  REST ")

    def test_a_worker_that_is_killed_is_replaced(self, start: Start) -> None:
        supervised = start("serves")
        first = supervised.worker()

        os.kill(first, signal.SIGKILL)

        assert supervised.complaint() == "parsonage: the server was ended by SIGKILL; starting it again\n"
        assert supervised.worker() != first

    def test_a_connection_made_while_there_is_no_worker_waits_for_the_next_one(self, start: Start) -> None:
        supervised = start("serves")
        os.kill(supervised.worker(), signal.SIGKILL)
        supervised.complaint()

        with socket.create_connection(("127.0.0.1", supervised.port), timeout=PATIENCE) as connection:
            answer = connection.makefile().readline()

        assert answer.strip().isdigit()

    def test_a_worker_that_dies_as_soon_as_it_is_ready_is_replaced(self, start: Start) -> None:
        supervised = start("dies when ready")

        assert "starting it again" in supervised.complaint()
        assert supervised.worker() > 0

    def test_workers_that_die_one_after_the_other_are_all_replaced(self, start: Start) -> None:
        supervised = start("serves")

        workers = [kill_worker(supervised) for _ in range(4)]

        assert len({*workers, supervised.worker()}) == 5

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_the_worker_and_the_exit_status_is_0(self, start: Start, number: signal.Signals) -> None:
        supervised = start("serves")
        worker = supervised.worker()

        supervised.process.send_signal(number)

        status, _, complaints = supervised.end()
        assert (status, complaints) == (0, "")
        assert not is_alive(worker)

    def test_a_second_signal_ends_a_worker_that_does_not_want_to_go(self, start: Start) -> None:
        supervised = start("stubborn")
        worker = supervised.worker()
        supervised.line()
        supervised.line()
        supervised.process.terminate()
        assert supervised.line() == "draining\n"

        supervised.process.terminate()

        assert supervised.end()[0] == 0
        assert not is_alive(worker)

    def test_the_worker_ends_when_the_supervisor_is_killed(self, start: Start) -> None:
        supervised = start("serves")
        worker = supervised.worker()
        watched = os.pidfd_open(worker)

        supervised.process.kill()

        assert ended_within_patience(watched)

    def test_it_takes_half_the_memory_of_what_read_the_options(self, start: Start) -> None:
        supervised = start("serves")
        supervised.worker()

        assert private_kilobytes(supervised.process.pid) < private_kilobytes(os.getpid()) / 2


class TestSeveralWorkers:
    def test_as_many_run_as_were_asked_for(self, start: Start) -> None:
        supervised = start("serves", 3)

        assert len(supervised.workers(3)) == 3

    def test_one_that_is_killed_is_replaced_while_the_others_go_on(self, start: Start) -> None:
        supervised = start("serves", 3)
        killed, *others = supervised.workers(3)

        os.kill(killed, signal.SIGKILL)

        assert supervised.complaint() == "parsonage: a worker was ended by SIGKILL; starting it again\n"
        assert set(others) < set(supervised.workers(3))

    def test_a_signal_ends_them_all(self, start: Start) -> None:
        supervised = start("serves", 3)
        workers = supervised.workers(3)

        supervised.process.terminate()

        assert supervised.end()[0] == 0
        assert [is_alive(worker) for worker in workers] == [False] * 3


class TestARollingRestart:
    def test_every_worker_is_replaced(self, start: Start) -> None:
        supervised = start("serves", 2)
        before = supervised.workers(2)
        watched = [os.pidfd_open(worker) for worker in before]

        supervised.process.send_signal(signal.SIGHUP)

        assert [ended_within_patience(worker) for worker in watched] == [True, True]
        assert set(supervised.workers(2)).isdisjoint(before)

    def test_an_old_worker_answers_until_its_successor_does(self, start: Start) -> None:
        supervised = start("serves once")
        worker = supervised.worker()

        supervised.process.send_signal(signal.SIGHUP)

        assert supervised.complaint() == "parsonage: cloud/main.py:3: name 'clod' is not defined\n"
        assert supervised.complaint() == "parsonage: nothing was replaced: what runs goes on\n"
        assert supervised.worker() == worker

    def test_a_restart_may_be_asked_for_again(self, start: Start) -> None:
        supervised = start("serves")
        first = supervised.worker()

        second = renewed(supervised, first)
        third = renewed(supervised, second)

        assert len({first, second, third}) == 3


class TestAServerThatCannotStart:
    def test_its_sentence_is_printed_and_the_exit_status_is_1(self, start: Start) -> None:
        assert start("fails").end() == (1, "", "parsonage: cloud/main.py:3: name 'clod' is not defined\n")

    def test_one_that_ends_without_a_word_is_told_with_its_status(self, start: Start) -> None:
        assert start("dies").end() == (1, "", "parsonage: the server ended with status 3 before it was ready\n")


def kill_worker(supervised: Supervised) -> int:
    """Kill the worker that answers, and come back when the supervisor has noticed."""
    worker = supervised.worker()
    os.kill(worker, signal.SIGKILL)
    supervised.complaint()
    return worker


def renewed(supervised: Supervised, worker: int) -> int:
    """Ask for a rolling restart; the worker that follows."""
    watched = os.pidfd_open(worker)
    supervised.process.send_signal(signal.SIGHUP)
    assert ended_within_patience(watched)
    return supervised.worker()


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def ended_within_patience(process: int) -> bool:
    # The descriptor of a process becomes readable when it ends.
    readable, _, _ = select.select([process], [], [], PATIENCE)
    os.close(process)
    return bool(readable)


def private_kilobytes(pid: int) -> int:
    """Memory that a process has for itself."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
