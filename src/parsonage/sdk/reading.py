"""How a query is answered: the stories that ``Query`` and ``SyncQuery`` both tell.

Rules: reference/query.md, sections 1 and 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from parsonage.commands.objects import Find, Get
from parsonage.protocol.errors import MissingObjectId, ObjectNotFound
from parsonage.protocol.objects import ParseObject
from parsonage.query.model import Always
from parsonage.sdk.criteria import Criteria
from parsonage.sdk.link import Link, Maker

T = TypeVar("T", bound=ParseObject)

PAGE = 100
"""Objects that ``each`` reads at a time."""


class Counted(NamedTuple, Generic[T]):
    """The objects that were found, and how many match in all, whatever limit and skip say."""

    objects: list[T]
    total: int


class Reader(Generic[T]):
    """Asks over a link, and makes objects of the answers."""

    __slots__ = ("_link", "_made")

    def __init__(self, link: Link, made: Maker[T]) -> None:
        self._link = link
        self._made = made

    async def find(self, criteria: Criteria) -> list[T]:
        """All that the server gives."""
        return self._objects(criteria.asked, await self._link.send(criteria.asked))

    async def with_count(self, criteria: Criteria) -> Counted[T]:
        """The same, and the number of all matches."""
        body = await self._link.send(criteria.counted())
        return Counted(self._objects(criteria.asked, body), body["count"])

    async def count(self, criteria: Criteria) -> int:
        """The number of all matches, without the objects."""
        body = await self._link.send(criteria.limit(0).counted())
        count: int = body["count"]
        return count

    async def first(self, criteria: Criteria) -> T | None:
        """The first object, or ``None``."""
        return next(iter(await self.find(criteria.limit(1))), None)

    async def get(self, criteria: Criteria, object_id: str | None) -> T:
        """The object with this id that meets the conditions. Raises ObjectNotFound (101).

        ``None`` is the id of an object that was never saved: MissingObjectId (104).
        """
        if object_id is None:
            raise MissingObjectId
        asked = criteria.asked
        if isinstance(asked.query.where, Always) and asked.redirect_key is None:
            json = await self._link.send(Get(criteria.class_name, object_id, asked.projection))
            return self._made(self._link, criteria.class_name, json)
        found = await self.first(criteria.equal_to("objectId", object_id))
        if found is None:
            raise ObjectNotFound
        return found

    async def page(self, criteria: Criteria, after: str | None) -> list[T]:
        """The next objects in the order of their ids. Raises ValueError for criteria with an order of their own."""
        asked = criteria.asked.query
        if asked.order or asked.skip or asked.limit is not None:
            raise ValueError("each() goes through all objects by id: it takes no order, skip or limit")
        if after is not None:
            criteria = criteria.greater_than("objectId", after)
        return await self.find(criteria.ascending("objectId").limit(PAGE))

    def _objects(self, command: Find, body: Mapping[str, Any]) -> list[T]:
        class_name = command.query.class_name
        return [self._made(self._link, row.get("className", class_name), row) for row in body["results"]]
