"""The peer: a real Parse Server 9.10.0 on PostgreSQL, in a process of its own.

Its dependency ``router`` is pinned to 2.2.0 by tests/node/package.json: with 2.3.0 every ``/batch``
answers 500, which would be blamed on the peer (PB001).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.machinery.node import node, package
from tests.machinery.processes import Server, free_port, plain_environment, start, stopped_afterwards

MOUNT = "/parse"


@contextlib.contextmanager
def parse_server(
    options: Mapping[str, object], *, database_uri: str, folder: Path, production: bool = False
) -> Iterator[Server]:
    """Run Parse Server with the options given, which also name its keys.

    ``folder`` takes its configuration, log and files; ``production`` sets NODE_ENV as deployments do.
    """
    package("parse-server")
    port = free_port()
    url = f"http://127.0.0.1:{port}{MOUNT}"
    files = {"module": str(package("@parse/fs-files-adapter")), "options": {"filesSubDirectory": "files"}}
    configuration = folder / "parse-server.json"
    configuration.write_text(
        json.dumps(
            {
                "port": port,
                "host": "127.0.0.1",
                "mountPath": MOUNT,
                "serverURL": url,
                "databaseURI": database_uri,
                "filesAdapter": files,
                "silent": True,
                **options,
            }
        )
    )
    server = start(
        [node(), str(package("parse-server") / "bin" / "parse-server"), str(configuration)],
        url=url,
        log=folder / "parse-server.log",
        folder=folder,
        environment=plain_environment(**({"NODE_ENV": "production"} if production else {})),
    )
    with stopped_afterwards(server):
        yield server
