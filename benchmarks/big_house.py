"""A database filled as years would fill it, by the database's own means, in seconds.

Every 40 objects of `CLASS` share a ``kind``, which is indexed. Of these the reader may see 20: ten by its own
id, ten through a role that has as many users as every other one.
"""

from __future__ import annotations

import asyncpg
import msgspec

CLASS = "Item"
COLUMNS = {"kind": {"type": "Number"}, "n": {"type": "Number"}, "title": {"type": "String"}}
INDEXES = {"by_kind": {"kind": 1}}
SAME_KIND = 40
READABLE = 20


class Size(msgspec.Struct, frozen=True):
    """How much there is."""

    objects: int
    users: int
    roles: int

    @property
    def kinds(self) -> int:
        """Different values of ``kind``."""
        return self.objects // SAME_KIND


_USERS = """
INSERT INTO "_User" ("objectId", "createdAt", "updatedAt", "username", "email", "_rperm", "_wperm")
SELECT 'user' || g, now(), now(), 'User ' || g, 'user' || g || '@example.org', '{*}', ARRAY['user' || g]
FROM generate_series(1, $1::int) AS g
"""
_SESSIONS = """
INSERT INTO "_Session" ("objectId", "createdAt", "updatedAt", "sessionToken", "user", "_rperm", "_wperm")
SELECT 'session' || g, now(), now(), 'r:' || md5(g::text), 'user' || g, '{}', '{}'
FROM generate_series(1, $1::int) AS g
"""
_ROLES = """
INSERT INTO "_Role" ("objectId", "createdAt", "updatedAt", "name", "_rperm", "_wperm")
SELECT 'role' || g, now(), now(), 'Role ' || g, '{*}', '{}' FROM generate_series(0, $1::int - 1) AS g
"""
_MEMBERS = """
INSERT INTO "_Join:users:_Role" ("relatedId", "owningId")
SELECT 'user' || g, 'role' || g % $2::int FROM generate_series(1, $1::int) AS g
"""
_MEMBERSHIP = """INSERT INTO "_Join:users:_Role" ("relatedId", "owningId") VALUES ($1, 'role0')"""
_OBJECTS = """
INSERT INTO "Item" ("objectId", "createdAt", "updatedAt", "_rperm", "_wperm", kind, n, title)
SELECT
    'item' || g, now() + g * interval '1 ms', now() + g * interval '1 ms',
    CASE g / $2::int % 4
        WHEN 0 THEN ARRAY[$3]
        WHEN 1 THEN ARRAY['role:Role 0']
        WHEN 2 THEN ARRAY['user' || 1 + g % $4::int]
        ELSE ARRAY['role:Role ' || 1 + g % ($5::int - 1)]
    END,
    '{}', g % $2::int, g, 'Item number ' || g
FROM generate_series(0, $1::int - 1) AS g
"""


async def fill(uri: str, size: Size, reader: str) -> None:
    """Fill a database in which `CLASS` is made and empty; ``reader`` is the id of the user who will ask."""
    connection = await asyncpg.connect(uri, timeout=30, command_timeout=600)
    try:
        await connection.execute(_USERS, size.users)
        await connection.execute(_SESSIONS, size.users)
        await connection.execute(_ROLES, size.roles)
        await connection.execute(_MEMBERS, size.users, size.roles)
        await connection.execute(_MEMBERSHIP, reader)
        await connection.execute(_OBJECTS, size.objects, size.kinds, reader, size.users, size.roles)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
