"""The SQLite engine: one file, no server to run; what ``parsonage serve`` uses unless told otherwise."""

from parsonage.storage.sqlite.storage import SQLiteStorage

__all__ = ["SQLiteStorage"]
