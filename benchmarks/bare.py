"""The way to the limit: ``python -m benchmarks.bare PORT DSN`` reads one object by its id, and nothing else.

The same web server, the same driver, one statement, the row as JSON: no credentials, no class, no ACL. What
Parsonage's whole get takes is held against it.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import asyncpg
import orjson
import uvicorn
import uvloop

CONNECTIONS = 16
STATEMENT = (
    'SELECT "objectId", "createdAt", "updatedAt", "_rperm", "_wperm", n, kind, title, text, stars, price, open, tags,'
    ' meta, "when", author FROM "Page" WHERE "objectId" = $1'
)
HEADERS = [(b"content-type", b"application/json; charset=utf-8")]


class Bare:
    """An ASGI application that answers any path with the object that its last part names."""

    def __init__(self, connections: list[Any]) -> None:
        self._free = connections

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        name = scope["path"].rpartition("/")[2]
        body = b"{}" if name == "health" else await self._read(name)
        headers = [*HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _read(self, object_id: str) -> bytes:
        connection = self._free.pop()
        [row] = await connection.fetch(STATEMENT, object_id)
        self._free.append(connection)
        made = dict(row)
        made["tags"], made["meta"] = orjson.Fragment(made["tags"]), orjson.Fragment(made["meta"])
        return orjson.dumps(made)


async def main() -> None:
    """Serve until the process is ended."""
    port, dsn = int(sys.argv[1]), sys.argv[2]
    application = Bare([await asyncpg.connect(dsn) for _ in range(CONNECTIONS)])
    config = uvicorn.Config(
        application,
        port=port,
        http="httptools",
        loop="none",
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
