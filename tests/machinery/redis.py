"""A Redis server of one's own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator

from tests.machinery.missing import MissingPart
from tests.machinery.processes import POLL, START_LIMIT, STOP_LIMIT, ServerDidNotStart, free_port


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run Redis on a TCP port of the loopback address, without a file; the value is its URL.

    Raises:
        MissingPart: it is not on this machine.
        ServerDidNotStart: it takes no connection within `START_LIMIT` seconds.
    """
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise MissingPart("Redis", "install it (Debian: apt-get install redis-server)")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="parsonage-redis-") as folder:
        words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(STOP_LIMIT)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(POLL)
    raise ServerDidNotStart("Redis takes no connection")
