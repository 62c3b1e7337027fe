"""The conformance kit: what every storage engine must do, as tests.

Subclass it beside your engine, say how a storage is opened, and pass::

    class TestMyEngine(StorageConformance):
        @pytest.fixture
        async def open_storage(self, tmp_path):
            opened = []

            async def open_another():
                opened.append(MyStorage(tmp_path / "db"))
                await opened[-1].open()
                return opened[-1]

            yield open_another
            for storage in opened:
                await storage.close()

Every call of ``open_storage`` opens one more storage on the same database, empty at first. The kit needs
pytest and pytest-asyncio in its ``auto`` mode.
"""

from parsonage.storage.conformance.cast import Cast, Notes, OpenStorage
from parsonage.storage.conformance.queries import QueryConformance
from parsonage.storage.conformance.schemas import SchemaConformance
from parsonage.storage.conformance.values import ValueConformance
from parsonage.storage.conformance.writes import WriteConformance

__all__ = ["Cast", "Notes", "OpenStorage", "StorageConformance"]


class StorageConformance(ValueConformance, QueryConformance, WriteConformance, SchemaConformance):
    """All of it, in one class to be subclassed. ``open_storage`` is the one fixture to be given."""
