"""PgBouncer before a PostgreSQL, handing every transaction to another connection."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.machinery.missing import MissingPart
from tests.machinery.postgresql import hand_over
from tests.machinery.processes import POLL, START_LIMIT, ServerDidNotStart, free_port

CONNECTIONS = 3
"""To the server, for each database: fewer than its clients ask for, so that they take turns."""


@dataclass(frozen=True, slots=True)
class PgBouncer:
    """A running proxy on a TCP port of the loopback address."""

    port: int

    def url(self, database: str) -> str:
        """The URL of a database behind it."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}?prepared=false"


@contextlib.contextmanager
def pgbouncer(server_port: int) -> Iterator[PgBouncer]:
    """Run PgBouncer before the PostgreSQL that listens on a port.

    Raises:
        MissingPart: it is not on this machine.
        ServerDidNotStart: it ended, or takes no connection within `START_LIMIT` seconds.
    """
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if program is None:
        raise MissingPart("PgBouncer", "install it (Debian: apt-get install pgbouncer)")
    with tempfile.TemporaryDirectory(prefix="parsonage-pgbouncer-") as name:
        port, configuration = free_port(), Path(name) / "pgbouncer.ini"
        configuration.write_text(
            f"""
            [databases]
            * = host=127.0.0.1 port={server_port} user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = {CONNECTIONS}
            max_client_conn = 500
            """
        )
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen(
                [program, configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=hand_over(Path(name))
            )
        try:
            _wait_until_ready(port, process, Path(name) / "log")
            yield PgBouncer(port)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(POLL)
    raise ServerDidNotStart(f"PgBouncer takes no connection:\n{log.read_text(errors='replace')[-4000:]}")
