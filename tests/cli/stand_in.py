"""A worker like ours, with a small server in place of the real one: it answers each connection with its process id.

Run as ``python stand_in.py BEHAVIOUR DESCRIPTORS...``.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import types
from collections.abc import Callable
from pathlib import Path

from parsonage.figures import Seat
from parsonage.options.model import Options

BEHAVIOUR, *DESCRIPTORS = sys.argv[1:]

BEGUN = Path("begun")
"""Says that a worker has been started in this folder before."""


class StartFailed(Exception):
    """What the operator must mend."""


def run_worker(
    options: Options, listening: socket.socket, seat: Seat, report_ready: Callable[[dict[str, object]], None]
) -> None:
    """Serve as BEHAVIOUR has it."""
    if BEHAVIOUR == "serves once" and BEGUN.exists():
        raise StartFailed("cloud/main.py:3: name 'clod' is not defined")
    has_begun = BEGUN.exists()
    BEGUN.touch()
    if BEHAVIOUR == "fails":
        raise StartFailed("cloud/main.py:3: name 'clod' is not defined")
    if BEHAVIOUR == "dies":
        os._exit(3)
    signal.signal(signal.SIGTERM, say_that_it_drains if BEHAVIOUR == "stubborn" else leave)
    signal.signal(signal.SIGHUP, leave)
    seat.take_connections(0)
    report_ready({"storage": "SQLite house.db", "functions": 2, "triggers": 1, "jobs": 0})
    if BEHAVIOUR == "dies when ready" and not has_begun:
        os._exit(3)
    while True:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(f"{os.getpid()}\n".encode())


def leave(number: int, frame: object) -> None:
    """End as a server does that has drained."""
    sys.exit(0)


def say_that_it_drains(number: int, frame: object) -> None:
    """Go on serving, and say that the signal has come."""
    print("draining", flush=True)


server = types.ModuleType("parsonage.server")
server.StartFailed = StartFailed  # type: ignore[attr-defined]
server.run_worker = run_worker  # type: ignore[attr-defined]
sys.modules["parsonage.server"] = server

from parsonage.cli.worker import main  # noqa: E402

sys.exit(main(DESCRIPTORS))
