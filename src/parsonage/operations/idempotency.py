"""Carrying a request out once: its id is stored with what it does, and refused while it is remembered.

A save stores the id in the object's own unit: an id that is there tells of an object that is there, and a try that
failed or died leaves none behind (PB007). A job's id is stored with its status. A function may write wherever it
likes, so its id is stored before it runs and taken back if it answers with an error.

Rules: reference/rest-core.md, section 8.1; PB007, PB008.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parsonage.commands.call import Call, OnlyOnce
from parsonage.operations.house import House
from parsonage.protocol.errors import DuplicateRequest, ParseError
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.model import Compare, Comparison, Condition, Equals, Query, all_of
from parsonage.query.typed import typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Change, Duplicate, Insert, RemoveAll, Unit

log = logging.getLogger("parsonage.requests")

_CLASS = VOLATILE["_Idempotency"]

SECONDS_BETWEEN_SWEEPS = 60.0
"""How often ids are removed that need not be remembered any longer."""


async def refuse_repeated(house: House, once: OnlyOnce) -> None:
    """Refuse a request whose id is remembered, before anything of it is carried out. Raises DuplicateRequest (159)."""
    fresh = Compare("expire", Comparison.GREATER, from_milliseconds(house.clock()))
    known = typed_condition(all_of(_named(once), fresh), _CLASS)
    found = await house.storage.find(_CLASS, Query(_CLASS.name, known, limit=1), fields=("reqId",))
    if found.wire():
        raise DuplicateRequest


def entry(house: House, call: Call) -> tuple[Change, ...]:
    """What a unit must begin with to store the id of its request; nothing for a request without one.

    The id is unique: the unit of a request that is carried out at the same moment comes back as ``Duplicate``.
    """
    once = call.only_once
    if once is None:
        return ()
    now = house.clock()
    values: dict[str, Value] = {"reqId": once.request_id, "expire": from_milliseconds(once.until)}
    # An entry that nobody needs any more may not have been swept yet.
    stale = typed_condition(all_of(_named(once), _stale(now)), _CLASS)
    return (RemoveAll(_CLASS, stale), Insert(_CLASS, house.new_id(), now, now, values))


@asynccontextmanager
async def remembered(house: House, call: Call) -> AsyncIterator[None]:
    """Hold the id of a request while something runs that stores none itself; what it refuses may be sent again.

    Raises DuplicateRequest (159) where the same request runs at this moment.
    """
    if call.only_once is None:
        yield
        return
    outcome = (await house.storage.write([Unit(entry(house, call))]))[0]
    if isinstance(outcome, Duplicate):
        raise DuplicateRequest
    try:
        yield
    except ParseError:
        await house.storage.write([Unit((RemoveAll(_CLASS, typed_condition(_named(call.only_once), _CLASS)),))])
        raise


async def sweep_request_ids(house: House) -> None:
    """Remove for ever what need not be remembered any longer. Every process may do it at the same time."""
    while True:
        try:
            await remove_stale(house)
        except ParseError as error:
            log.warning("the ids of old requests could not be removed: %s", error)
        await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)


async def remove_stale(house: House) -> None:
    """Remove the ids whose time is over (PB008)."""
    stale = typed_condition(_stale(house.clock()), _CLASS)
    await house.storage.write([Unit((RemoveAll(_CLASS, stale),))])


def _named(once: OnlyOnce) -> Condition:
    return Equals("reqId", once.request_id)


def _stale(now: int) -> Condition:
    return Compare("expire", Comparison.LESS_OR_EQUAL, from_milliseconds(now))
