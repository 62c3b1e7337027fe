"""A PostgreSQL database for many tests, one after the other: what each did to it is undone.

To make a database takes longer than most tests do.
"""

from __future__ import annotations

from typing import Any

import asyncpg

_LAYOUT = """
SELECT 'TABLE' AS kind, c.relname AS "table", '' AS name, '' AS definition
FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT {foreign_class}
UNION ALL
SELECT 'COLUMN', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
AND NOT {foreign_class}
UNION ALL
SELECT 'INDEX', i.tablename, i.indexname, i.indexdef
FROM pg_indexes AS i JOIN pg_class AS c ON c.relname = i.tablename AND c.relnamespace = 'public'::regnamespace
WHERE i.schemaname = 'public' AND NOT {foreign_class}
""".format(
    foreign_class="EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')"  # an extension's
)


class LayoutLost(AssertionError):
    """A test took away what no restoring brings back; give it a database of its own."""


class House:
    """A database whose state is remembered by `remember`, and brought back by `restore`."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._layout: frozenset[tuple[str, ...]] = frozenset()

    async def remember(self) -> None:
        """Take the tables as they are now, and the catalogue's rows."""
        connection = await asyncpg.connect(self.uri)
        await connection.execute('CREATE SCHEMA kept; CREATE TABLE kept.catalogue AS TABLE public."_SCHEMA"')
        self._layout = await _layout(connection)
        await connection.close()

    async def restore(self) -> None:
        """Empty every table, and undo what was added. Raises LayoutLost where something is missing."""
        # Whoever is still at work on a table would be waited for without end.
        connection = await asyncpg.connect(self.uri, server_settings={"lock_timeout": "20s"})
        try:
            added = await _layout(connection) - self._layout
            tables = {table for kind, table, _, _ in added if kind == "TABLE"}
            statements = [f'DROP TABLE "{table}" CASCADE' for table in tables]
            for kind, table, name, _ in added:
                if kind == "COLUMN" and table not in tables:
                    statements.append(f'ALTER TABLE "{table}" DROP COLUMN "{name}"')
                elif kind == "INDEX" and table not in tables:
                    statements.append(f'DROP INDEX IF EXISTS "{name}"')
            statements += [f'DELETE FROM "{table}"' for kind, table, _, _ in self._layout if kind == "TABLE"]
            await connection.execute("; ".join([*statements, 'INSERT INTO "_SCHEMA" TABLE kept.catalogue']))
            missing = self._layout - await _layout(connection)
        finally:
            await connection.close()
        if missing:
            raise LayoutLost(sorted(missing))


async def _layout(connection: Any) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(row) for row in await connection.fetch(_LAYOUT))
