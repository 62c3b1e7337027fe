"""What no two users may share: names and addresses whatever their case, and ids at sign-in providers.

Parse Server's unique indexes on ``username`` and ``email`` mind the case; its own look-up without case
leaves a gap between look and write. Ours looks under a lock that lasts as long as the transaction: so no
index is forced upon a database that holds such users already.

Rules: reference/storage-postgres.md, section 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import asyncpg

from parsonage.protocol import field_operations as op
from parsonage.storage.changes import Change, Insert, Patch, Unit
from parsonage.storage.postgresql.connect import Connections, log
from parsonage.storage.postgresql.tables import quoted
from parsonage.storage.postgresql.where import PROVIDER

FOLDED_FIELDS = ("email", "username")
"""Fields of ``_User`` that must be unique whatever the case, in the order in which they are locked."""


async def claim_names(connection: Any, object_id: str, values: Mapping[str, Any]) -> str | None:
    """Hold the names that a user is to get until the transaction ends; the field that another user has, if any."""
    for field in FOLDED_FIELDS:
        value = values.get(field)
        if not isinstance(value, str):
            continue
        # Two statements: the second must see what was committed while the first waited.
        await connection.fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended($1::text || lower($2::text), 0))",
            f"parsonage {field} ",
            value,
        )
        name = quoted(field)
        if await connection.fetch(
            f'SELECT FROM "_User" WHERE lower({name}) = lower($1::text) AND "objectId" <> $2 LIMIT 1',
            value,
            object_id,
        ):
            return field
    return None


def index_of(provider: str) -> str:
    """The statement that makes ids of a provider unique, under the name that Parse Server gives its index."""
    identity = f"""("authData" -> '{provider}' ->> 'id')"""
    name = quoted(f"_User_unique_authData_{provider}_id")
    return f'CREATE UNIQUE INDEX IF NOT EXISTS {name} ON "_User" ({identity}) WHERE {identity} IS NOT NULL'


class SignInIndexes:
    """Which providers have their index: made before the first user signs in by one, by itself, as schema growth is."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._known: set[str] = set()

    def missing(self, units: Sequence[Unit]) -> set[str]:
        """The providers whose indexes these units need and nobody made yet."""
        changes = [change for unit in units for change in unit.changes if change.schema.name == "_User"]
        needed = [provider for change in changes for provider in _providers(change)]
        return {provider for provider in needed if provider not in self._known and PROVIDER.match(provider)}

    async def make(self, providers: Iterable[str]) -> None:
        """Make the indexes of providers."""
        for provider in providers:
            try:
                async with self._connections.use() as connection:
                    await connection.execute(index_of(provider))
            except (asyncpg.UniqueViolationError, asyncpg.InsufficientPrivilegeError) as error:
                log.warning("ids of %s can't be kept unique by an index: %s", provider, error)
            self._known.add(provider)


def _providers(change: Change) -> Iterator[str]:
    if isinstance(change, Insert):
        yield from _keys(change.values.get("authData"))
    if not isinstance(change, Patch):
        return
    for key, operation in change.operations.items():
        root, *path = key.split(".")
        if root == "authData" and isinstance(operation, op.Set):
            yield from path[:1] or _keys(operation.value)


def _keys(auth_data: object) -> Iterator[str]:
    if isinstance(auth_data, dict):
        yield from (provider for provider, value in auth_data.items() if isinstance(value, dict))
