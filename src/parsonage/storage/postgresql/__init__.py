"""The PostgreSQL engine: opens databases that Parse Server made in place, and lives beside one."""

from parsonage.storage.postgresql.storage import PostgreSQLStorage

__all__ = ["PostgreSQLStorage"]
