"""The servers that are measured, each started as its users start it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path

from tests.machinery.missing import MissingPart
from tests.machinery.ours import parsonage
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import AS_SAFE_AS_SQLITE, PostgreSQL, postgresql
from tests.machinery.processes import Server, descendants, free_port, plain_environment, start, stopped_afterwards

import parsonage as package
from benchmarks import further_work, parse_work, pocketbase_work
from benchmarks.work import GET, NEAR, Workload

HERE = Path(__file__).parent
OUR_OPTIONS: dict[str, object] = {**parse_work.OPTIONS, "cloud": str(HERE / "parsonage_cloud" / "main.py")}


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
    with parsonage(OUR_OPTIONS, folder=folder, arguments=("--production",)) as server:
        yield Contestant("Parsonage", server.port, parse_work.prepare(server.port), lambda: server.pids, _nothing)


@contextlib.contextmanager
def peer(folder: Path) -> Iterator[Contestant]:
    """Parse Server on a PostgreSQL of its own. Node alone decides: what the database does for it comes on top."""
    with postgresql(AS_SAFE_AS_SQLITE) as database, OnPostgreSQL(database).contestant("parse-server", folder) as one:
        yield one


class OnPostgreSQL:
    """Servers on one PostgreSQL, each with a database of its own there."""

    NAMES = ("parsonage", "parse-server", "files in a folder", "bare")

    def __init__(self, database: PostgreSQL) -> None:
        self._database = database
        compile_dir(Path(package.__file__).parent, quiet=2)  # as pip leaves it
        self._uris: dict[str, str] = {}
        self._gets: list[bytes] = []

    @contextlib.contextmanager
    def contestant(self, name: str, folder: Path) -> Iterator[Contestant]:
        """One of `NAMES`, with its work. The bare handler reads what Parsonage has: it comes after it.

        Parsonage keeps files in the database, and a second one in a folder, as Parse Server does; that one has
        no other work. Where PostgreSQL has no PostGIS, Parse Server knows no places.
        """
        if name == "bare":
            with self._bare(folder) as one:
                yield one
            return
        if name == "files in a folder":
            with self._files_in_a_folder(folder) as one:
                yield one
            return
        start = self.start_ours if name == "parsonage" else self.start_peer
        has_postgis = self._database.add_postgis(self._uri(name))
        with start(folder) as server:
            objects, further = parse_work.prepare(server.port), further_work.prepare(server.port)
            work = Workload({**objects.requests, **further.requests})
            self._database.analyze(name)
            title = "Parsonage" if name == "parsonage" else "Parse Server"
            if name == "parsonage":
                self._gets = work.requests[GET]
            elif not has_postgis:
                del work.requests[NEAR]
            yield Contestant(title, server.port, work, lambda: server.pids, self.pids)

    @contextlib.contextmanager
    def _files_in_a_folder(self, folder: Path) -> Iterator[Contestant]:
        options = {**OUR_OPTIONS, "databaseURI": self._uri("folder"), "filesFolder": str(folder / "files")}
        with parsonage(options, folder=folder, arguments=("--production",)) as server:
            work = further_work.prepare_files(server.port)
            yield Contestant("files in folder", server.port, work, lambda: server.pids, self.pids)

    def pids(self) -> list[int]:
        """Every process of the database server."""
        return [self._database.process.pid, *descendants(self._database.process.pid)]

    def start_ours(self, folder: Path) -> contextlib.AbstractContextManager[Server]:
        """Parsonage: the supervisor and its worker both count."""
        options = {**OUR_OPTIONS, "databaseURI": self._uri("parsonage")}
        return parsonage(options, folder=folder, arguments=("--production",))

    def start_peer(self, folder: Path) -> contextlib.AbstractContextManager[Server]:
        """Parse Server; node alone decides."""
        options = {**parse_work.OPTIONS, "cloud": str(HERE / "parse_server_cloud" / "main.js")}
        return parse_server(options, database_uri=self._uri("parse-server"), folder=folder, production=True)

    @contextlib.contextmanager
    def _bare(self, folder: Path) -> Iterator[Contestant]:
        port = free_port()
        server = start(
            [sys.executable, "-m", "benchmarks.bare", str(port), self._uri("parsonage")],
            url=f"http://127.0.0.1:{port}",
            log=folder / "bare.log",
            folder=HERE.parent,
            environment=plain_environment(),
        )
        with stopped_afterwards(server):
            yield Contestant("bare handler", port, Workload({GET: self._gets}), lambda: server.pids, self.pids)

    def _uri(self, name: str) -> str:
        if name not in self._uris:
            self._uris[name] = self._database.create_database(name)
        return self._uris[name]


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
