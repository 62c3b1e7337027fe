"""Read: the shape of ``find.read``, for the leaves that are handed it."""

from __future__ import annotations

from typing import Any, Protocol

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Projection
from parsonage.operations.house import House
from parsonage.query.model import Query
from parsonage.schema.class_permissions import Operation


class Read(Protocol):
    """Reads objects under a caller's rights; includes and sub-queries are reads of their own."""

    async def __call__(
        self,
        house: House,
        call: Call,
        caller: Caller,
        query: Query,
        projection: Projection = ...,
        judged_as: Operation | None = ...,
    ) -> list[dict[str, Any]]:
        """The objects that match and that the caller may see, as they stand in an answer."""
        ...
