"""Removing what has served its time: sessions that ended, requests that are not sent twice any more, old jobs.

Every hour one process of the fleet does it: the first that takes the hour's place in ``_Idempotency``, whose
request ids are unique.
"""

from __future__ import annotations

import asyncio
import logging

from parsonage.operations.house import House
from parsonage.protocol.errors import ParseError
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.model import Compare, Comparison, Condition, Equals, HasId, Not, Query, all_of
from parsonage.query.typed import typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Insert, RemoveAll, Unit, Written

log = logging.getLogger("parsonage.sweep")

HOUR = 3_600_000
"""Milliseconds from one sweep to the next."""

SESSIONS_KEPT = 24 * HOUR
"""Milliseconds that a session stays after its end, so that its client is told that it is expired."""

DAY = 24 * HOUR

SECONDS_BETWEEN_LOOKS = 300.0
"""How often a process looks whether this hour's sweep is done; the first time some minutes after its start."""

ROWS_AT_ONCE = 500
"""So many objects are removed by one write: others want to write as well."""

_REQUESTS = VOLATILE["_Idempotency"]
_JOBS = VOLATILE["_JobStatus"]


async def sweep_for_ever(house: House) -> None:
    """Sweep once an hour, in whichever process of the fleet comes first."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            await sweep(house)
        except ParseError as error:
            log.warning("old sessions and jobs could not be removed: %s", error)


async def sweep(house: House) -> int:
    """Remove what is old, if nobody did in this hour; how many objects went."""
    now = house.clock()
    if not await _is_first(house, now):
        return 0
    swept = await _remove(house, _REQUESTS, _before("expire", now))
    sessions = await house.schemas.get("_Session")
    if sessions is not None:
        swept += await _remove(house, sessions, _before("expiresAt", now - SESSIONS_KEPT))
    days = house.options.sweeping.job_status_days
    if days:
        ended = all_of(_before("updatedAt", now - days * DAY), Not(Equals("status", "running")))
        swept += await _remove(house, _JOBS, ended)
    return swept


async def _is_first(house: House, now: int) -> bool:
    hour = now // HOUR
    values: dict[str, Value] = {"reqId": f"parsonage:sweep:{hour}", "expire": from_milliseconds((hour + 1) * HOUR)}
    taken = Insert(_REQUESTS, house.new_id(), now, now, values)
    return isinstance((await house.storage.write([Unit((taken,))]))[0], Written)


def _before(field: str, moment: int) -> Condition:
    return Compare(field, Comparison.LESS, from_milliseconds(moment))


async def _remove(house: House, schema: ClassSchema, old: Condition) -> int:
    old = typed_condition(old, schema)
    swept = 0
    while True:
        rows = (await house.storage.find(schema, Query(schema.name, old, limit=ROWS_AT_ONCE), fields=())).wire()
        if rows:
            ids = HasId(tuple(row["objectId"] for row in rows))
            # The condition goes along: a session may have been used since, and end later now.
            await house.storage.write([Unit((RemoveAll(schema, all_of(ids, old)),))])
            swept += len(rows)
        if len(rows) < ROWS_AT_ONCE:
            return swept
