"""Parsonage itself as users run it: ``parsonage serve CONFIG`` in a process of its own."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.machinery.processes import Server, free_port, plain_environment, start, stopped_afterwards

MOUNT = "/parse"


def start_parsonage(
    options: Mapping[str, object], *, folder: Path, port: int | None = None, arguments: tuple[str, ...] = ()
) -> Server:
    """Start Parsonage on an SQLite file in ``folder``, which a later start in the same folder finds again.

    ``options`` are Parse Server's names and ours, as in a configuration file. The caller stops it.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}{MOUNT}"
    configuration = folder / "parsonage.json"
    configuration.write_text(
        json.dumps(
            {
                "port": port,
                "host": "127.0.0.1",
                "mountPath": MOUNT,
                "serverURL": url,
                "databaseURI": f"sqlite:///{folder / 'house.db'}",
                **options,
            }
        )
    )
    return start(
        [sys.executable, "-m", "parsonage", "serve", str(configuration), *arguments],
        url=url,
        log=folder / "parsonage.log",
        folder=folder,
        environment=plain_environment(),
    )


@contextlib.contextmanager
def parsonage(options: Mapping[str, object], *, folder: Path, arguments: tuple[str, ...] = ()) -> Iterator[Server]:
    """Run Parsonage for as long as the block lasts; see `start_parsonage`."""
    with stopped_afterwards(start_parsonage(options, folder=folder, arguments=arguments)) as server:
        yield server
