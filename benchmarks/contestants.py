"""The servers that are measured, each started as its users start it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.machinery.missing import MissingPart
from tests.machinery.ours import parsonage
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import AS_SAFE_AS_SQLITE, postgresql
from tests.machinery.processes import Server, descendants, free_port, plain_environment, start, stopped_afterwards

from benchmarks import parse_work, pocketbase_work
from benchmarks.work import Workload

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server with its work.

    ``pids`` lists the processes whose time decides; ``database_pids`` those of a database server
    beside it, which are reported and don't decide.
    """

    name: str
    port: int
    work: Workload
    pids: Callable[[], list[int]]
    database_pids: Callable[[], list[int]]


def _nothing() -> list[int]:
    return []


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[Contestant]:
    """Parsonage on SQLite: the supervisor and its worker both count."""
    options = {**parse_work.OPTIONS, "cloud": str(HERE / "parsonage_cloud" / "main.py")}
    with parsonage(options, folder=folder, arguments=("--production",)) as server:
        yield Contestant("Parsonage", server.port, parse_work.prepare(server.port), lambda: server.pids, _nothing)


@contextlib.contextmanager
def peer(folder: Path) -> Iterator[Contestant]:
    """Parse Server on PostgreSQL. Node alone decides: what the database does for it comes on top."""
    options = {**parse_work.OPTIONS, "cloud": str(HERE / "parse_server_cloud" / "main.js")}
    with (
        postgresql(AS_SAFE_AS_SQLITE) as database,
        parse_server(
            options, database_uri=database.create_database("benchmark"), folder=folder, production=True
        ) as server,
    ):

        def database_pids() -> list[int]:
            return [database.process.pid, *descendants(database.process.pid)]

        work = parse_work.prepare(server.port)
        database.analyze("benchmark")
        yield Contestant("Parse Server", server.port, work, lambda: server.pids, database_pids)


@contextlib.contextmanager
def pocketbase(folder: Path) -> Iterator[Contestant]:
    """PocketBase on its SQLite, with hooks in its own JavaScript."""
    program = shutil.which("pocketbase", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")
    if program is None:
        raise MissingPart("PocketBase", "pip install -e '.[bench]'")
    data = str(folder / "pb_data")
    subprocess.run(
        [program, "superuser", "upsert", pocketbase_work.ADMIN, pocketbase_work.PASSWORD, "--dir", data],
        check=True,
        capture_output=True,
    )
    port = free_port()
    hooks = ["--hooksDir", str(HERE / "pocketbase_hooks"), "--hooksWatch=false"]
    server: Server = start(
        [program, "serve", "--http", f"127.0.0.1:{port}", "--dir", data, *hooks],
        url=f"http://127.0.0.1:{port}/api",
        log=folder / "pocketbase.log",
        folder=folder,
        environment=plain_environment(),
    )
    with stopped_afterwards(server):
        yield Contestant("PocketBase", port, pocketbase_work.prepare(port), lambda: server.pids, _nothing)


CONTESTANTS = {"parsonage": ours, "parse-server": peer, "pocketbase": pocketbase}
