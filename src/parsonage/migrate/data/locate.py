"""Which engine a database belongs to, by its location."""

from __future__ import annotations

from parsonage.storage.bulk import BulkStorage
from parsonage.storage.postgresql.bulk import PostgreSQLBulk
from parsonage.storage.sqlite.bulk import SQLiteBulk


def bulk_at(location: str, *, reading: bool) -> BulkStorage:
    """The database at a location: a PostgreSQL URI, or the path of an SQLite file.

    Raises StorageUnavailable for a URI that can't be read.
    """
    if location.startswith(("postgres://", "postgresql://")):
        return PostgreSQLBulk(location, reading=reading)
    return SQLiteBulk(location, reading=reading)
