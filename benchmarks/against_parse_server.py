"""Parsonage beside Parse Server and PocketBase, in one run: ``python -m benchmarks.against_parse_server``.

For Parse Server node's time alone decides; what PostgreSQL takes for it is shown beside it. Parsonage and
PocketBase have their database within. ``benchmarks.on_postgresql`` has both on one PostgreSQL.

Run it from the checkout, with the packages of tests/node installed (`scripts/test` does that) and
``pip install -e '.[dev,bench]'``.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.rounds import keep, measure_all, table, words
from benchmarks.work import WANTED


def main() -> None:
    """Read the command line, start and fill the servers, measure, stop them, print."""
    told = words("benchmarks.against_parse_server", __doc__, tuple(CONTESTANTS)).parse_args()
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
