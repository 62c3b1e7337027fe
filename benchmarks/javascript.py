"""JavaScript Cloud Code hosted here and in Parse Server: ``python -m benchmarks.javascript``.

Both run the same file. Of ours the Python process and its Node count together, of Parse Server node alone. The same
handlers in Python run beside them. Wanted is 1.5 times Parse Server's requests for the same processor time in
JavaScript, and 4 times in a Python function.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.machinery.node import PACKAGES, package
from tests.machinery.ours import parsonage

from benchmarks import parse_work
from benchmarks.contestants import HERE, Contestant, ours, peer
from benchmarks.rounds import keep, measure_all, table, words
from benchmarks.work import CREATE_CHECKED, FUNCTION, Workload

OPERATIONS = (FUNCTION, CREATE_CHECKED)

WANTED = {FUNCTION: 1.5, CREATE_CHECKED: 1.5}
"""How many times less processor time than the peer's a request to a JavaScript handler is to take."""


@contextlib.contextmanager
def hosting(folder: Path) -> Iterator[Contestant]:
    """Parsonage with the peer's own Cloud Code: supervisor, worker and Node all count."""
    package("parse")
    shutil.copy(HERE / "parse_server_cloud" / "main.js", folder)
    (folder / "node_modules").symlink_to(PACKAGES)
    options = {**parse_work.OPTIONS, "cloud": str(folder / "main.js")}
    with parsonage(options, folder=folder, arguments=("--production",)) as server:
        prepared = parse_work.prepare(server.port)
        yield Contestant("Parsonage", server.port, _with_handlers(prepared), lambda: server.pids, list)


@contextlib.contextmanager
def in_python(folder: Path) -> Iterator[Contestant]:
    """Parsonage with the same handlers in Python."""
    with ours(folder) as one:
        yield Contestant("in Python", one.port, _with_handlers(one.work), one.pids, one.database_pids)


@contextlib.contextmanager
def in_parse_server(folder: Path) -> Iterator[Contestant]:
    """Parse Server with its own."""
    with peer(folder) as one:
        yield Contestant(one.name, one.port, _with_handlers(one.work), one.pids, one.database_pids)


def _with_handlers(work: Workload) -> Workload:
    return Workload({name: requests for name, requests in work.requests.items() if name in OPERATIONS})


CONTESTANTS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Contestant]]] = {
    "hosting": hosting,
    "python": in_python,
    "parse-server": in_parse_server,
}


def main() -> None:
    """Read the command line, start and fill the servers, measure, stop them, print."""
    told = words("benchmarks.javascript", __doc__, tuple(CONTESTANTS)).parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parsonage-benchmark-")))
        contestants: list[Contestant] = []
        for name in told.servers or CONTESTANTS:
            (folder / name).mkdir()
            contestants.append(stack.enter_context(CONTESTANTS[name](folder / name)))
            print(f"{contestants[-1].name} is ready", file=sys.stderr)
        report = measure_all(contestants, told)
    print(table(report, WANTED))
    keep(report, told.json)


if __name__ == "__main__":
    main()
