"""Servers as processes: start one, wait until it answers, stop it with everything it started.

Each server leads a process group of its own, so that nothing outlives the test that started it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

START_LIMIT = 30.0
"""Seconds until a server must answer; a busy machine with two cores needs some of them."""

STOP_LIMIT = 10.0
"""Seconds between SIGTERM and SIGKILL."""

POLL = 0.02
"""Seconds between two looks at a server that is starting or stopping."""


class ServerDidNotStart(RuntimeError):
    """The process ended or stayed silent; the text has the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    ``url`` is where its API is mounted, such as ``http://127.0.0.1:40123/parse``; ``log`` is the
    file that its standard output and error go to.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return urlsplit(self.url).port or 80

    @property
    def pids(self) -> list[int]:
        """Every process of this server: the one that was started and all below it."""
        return [self.process.pid, *descendants(self.process.pid)]

    def log_text(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL for the whole group, as a power cut would do it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for whatever is left after `STOP_LIMIT`."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_LIMIT)
        self.kill()


def start(command: Sequence[str], *, url: str, log: Path, folder: Path, environment: Mapping[str, str]) -> Server:
    """Start a server and come back when ``GET {url}/health`` answers 200.

    Raises:
        ServerDidNotStart: it ended, or gave no answer within `START_LIMIT`.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            process_group=0,
        )
    server = Server(url, process, log)
    try:
        wait_for_health(server)
    except BaseException:
        server.kill()
        raise
    return server


def wait_for_health(server: Server) -> None:
    """Wait until the server says that it is well.

    Raises:
        ServerDidNotStart: it ended, or gave no answer within `START_LIMIT`.
    """
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise ServerDidNotStart(f"it ended with {server.process.returncode}:\n{server.log_text()[-4000:]}")
        if is_healthy(server.url):
            return
        time.sleep(POLL)
    raise ServerDidNotStart(f"no answer after {START_LIMIT:g} s:\n{server.log_text()[-4000:]}")


def is_healthy(url: str) -> bool:
    """Whether ``GET {url}/health`` answers 200 now."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=5)
    try:
        connection.request("GET", f"{parts.path}/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def stopped_afterwards(server: Server) -> Iterator[Server]:
    """Hand the server on, and stop it whatever happens."""
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def descendants(pid: int) -> list[int]:
    """The processes below one, parents before children, read from /proc."""
    found: list[int] = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def children(pid: int) -> list[int]:
    """The direct children of a process; none if it is gone."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += [int(child) for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split()]
    return found


def plain_environment(**more: str) -> dict[str, str]:
    """This process's environment without the options of any Parse server, and with ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARSE_SERVER_", "PARSONAGE_"))}
    return {**kept, **more}
