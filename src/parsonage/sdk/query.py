"""Query: ``await client.query("Note").equal_to("text", "hi").find()``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from parsonage.protocol.objects import ParseObject
from parsonage.sdk.criteria import Criteria
from parsonage.sdk.link import Link, Maker
from parsonage.sdk.reading import PAGE, Counted, Reader

T = TypeVar("T", bound=ParseObject)


class Query(Criteria, Generic[T]):
    """Criteria that can be sent to the server, in the name of the client they came from."""

    def __init__(self, link: Link, class_name: str, made: Maker[T]) -> None:
        super().__init__(class_name)
        self._reader = Reader(link, made)

    async def find(self) -> list[T]:
        """All that match, as far as the limit goes."""
        return await self._reader.find(self)

    async def first(self) -> T | None:
        """The first that matches, or ``None``."""
        return await self._reader.first(self)

    async def get(self, object_id: str | None) -> T:
        """The object with this id. Raises ObjectNotFound (101) if there is none that the client may read."""
        return await self._reader.get(self, object_id)

    async def count(self) -> int:
        """How many match."""
        return await self._reader.count(self)

    async def with_count(self) -> Counted[T]:
        """``(objects, total)``: what ``find`` gives, and how many match in all."""
        return await self._reader.with_count(self)

    async def each(self) -> AsyncIterator[T]:
        """Go through all that match, however many, in the order of their ids.

        Raises ValueError for a query with an order, a skip or a limit.
        """
        after = None
        while page := await self._reader.page(self, after):
            for item in page:
                yield item
            if len(page) < PAGE:
                return
            after = page[-1].id
