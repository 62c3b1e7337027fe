"""Jobs: long work in the background, its state kept in ``_JobStatus``.

A job whose process died can't say how it ended. So a running one shows that it lives, by the ``updatedAt``
of its status, and any process that finds one which has not done so for a while says that it failed.

Rules: reference/cloud-code.md, section 4.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import MASTER, Caller
from parsonage.commands.cloud import StartJob
from parsonage.commands.objects import Plain
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.logs import VERBOSE
from parsonage.operations.house import House
from parsonage.operations.idempotency import entry
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import DuplicateRequest, NeedsMasterKey, OperationForbidden, ParseError, ScriptFailed
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.model import Compare, Comparison, Equals, Query, Sort, all_of
from parsonage.query.typed import typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Duplicate, Failed, Insert, Outcome, Patch, Unit

log = logging.getLogger("parsonage.jobs")

_CLASS = VOLATILE["_JobStatus"]

SECONDS_BETWEEN_SIGNS = 30.0
"""How often a running job shows that it lives, and how often lost ones are looked for."""

SECONDS_BETWEEN_LOOKS = 0.1
"""How often a job that waits for an earlier run of its own looks whether that has ended."""

LOST_AFTER_MILLISECONDS = 120_000
"""A running job that showed no sign for so long is lost: its process died, or its machine."""


class JobOutcome(msgspec.Struct, frozen=True):
    """How a job ended: ``succeeded`` or ``failed``, and its last message."""

    status: str
    message: str | None
    job_id: str

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status == "succeeded"


async def start_job(house: House, call: Call, caller: Caller, command: StartJob) -> Plain:
    """Start a job and answer at once, with the id of its status in a header."""
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to run jobs.")
    handler = _handler(house, command.name)
    job_id = await _begun(house, call, handler)
    call = msgspec.structs.replace(call, deadline=None)
    house.jobs.keep(asyncio.ensure_future(_run(house, call, handler, job_id, command.params)))
    return Plain({}, headers={"X-Parse-Job-Status-Id": job_id})


async def run_job(house: House, name: str, params: Mapping[str, Any]) -> JobOutcome:
    """Run a job to its end, as from a shell, cron or a test. Raises ScriptFailed (141) if there is none."""
    handler = _handler(house, name)
    call = Call()
    return await _run(house, call, handler, await _begun(house, call, handler), params)


def _handler(house: House, name: str) -> Handler:
    handler = house.handlers.registry.jobs.get(name)
    if handler is None:
        raise ScriptFailed("Invalid job.")
    return handler


async def _begun(house: House, call: Call, handler: Handler) -> str:
    job_id, now = house.new_id(), house.clock()
    values: dict[str, Value] = {"jobName": handler.name, "source": "api", "status": "running"}
    unit = Unit((*entry(house, call), Insert(_CLASS, job_id, now, now, values, acl=ACL())))
    if isinstance((await house.storage.write([unit]))[0], Duplicate):
        raise DuplicateRequest
    return job_id


async def _run(house: House, call: Call, handler: Handler, job_id: str, params: Mapping[str, Any]) -> JobOutcome:
    last: list[str] = []

    async def report(message: str) -> None:
        last[:] = [message]
        await _set(house, job_id, {"message": message})

    invocation = Invocation(
        kind=Kind.JOB,
        name=handler.name,
        caller=MASTER,
        call=call,
        params=params,
        job_id=job_id,
        report=report,
    )
    try:
        with house.jobs.living(job_id):
            if handler.one_at_a_time:
                await _its_turn(house, handler, job_id)
            result = await house.handlers.runner.run(handler, invocation)
        status = "succeeded"
        message = result if isinstance(result, str) else (last[0] if last else None)
    except ParseError as error:
        status, message = "failed", error.detail
    except asyncio.CancelledError:
        await _finished(house, job_id, "failed", "the server stopped")
        raise
    await _finished(house, job_id, status, message)
    log.log(VERBOSE if status == "succeeded" else logging.ERROR, "job %s %s: %s", handler.name, status, message)
    return JobOutcome(status, message, job_id)


async def _its_turn(house: House, handler: Handler, job_id: str) -> None:
    """Wait until no earlier run of this job goes on (PC503). A lost one holds it up until it is said to have failed."""
    going_on = typed_condition(all_of(Equals("jobName", handler.name), Equals("status", "running")), _CLASS)
    earliest = Query(_CLASS.name, going_on, order=(Sort("createdAt"), Sort("objectId")), limit=1)
    while True:
        first = (await house.storage.find(_CLASS, earliest, fields=())).wire()
        if not first or first[0]["objectId"] == job_id:
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def _finished(house: House, job_id: str, status: str, message: str | None) -> None:
    values: dict[str, Value] = {"status": status, "finishedAt": from_milliseconds(house.clock())}
    told = values if message is None else {**values, "message": message}
    if isinstance(await _set(house, job_id, told), Failed):
        await _set(house, job_id, values)  # a message that can't be stored must not leave it running


async def look_after_jobs(house: House) -> None:
    """Show for ever that the jobs of this process live, and say of lost ones that they failed."""
    while True:
        try:
            await show_signs_of_life(house)
            await fail_lost_jobs(house)
        except ParseError as error:
            log.warning("the state of jobs could not be looked after: %s", error)
        await asyncio.sleep(SECONDS_BETWEEN_SIGNS)


async def show_signs_of_life(house: House) -> None:
    """Set ``updatedAt`` of the jobs that run here."""
    now = house.clock()
    signs = [Unit((Patch(_CLASS, job_id, now, {}),)) for job_id in sorted(house.jobs.alive)]
    if signs:
        await house.storage.write(signs)


async def fail_lost_jobs(house: House) -> None:
    """Say of jobs that showed no sign of life for ``LOST_AFTER_MILLISECONDS`` that they failed."""
    now = house.clock()
    silent = Compare("updatedAt", Comparison.LESS, from_milliseconds(now - LOST_AFTER_MILLISECONDS))
    # It is the guard as well: another process may see the same, and the job itself may still speak.
    lost = typed_condition(all_of(Equals("status", "running"), silent), _CLASS)
    rows = (await house.storage.find(_CLASS, Query(_CLASS.name, lost), fields=("jobName",))).wire()
    operations = {
        "status": op.Set("failed"),
        "message": op.Set("the server stopped"),
        "finishedAt": op.Set(from_milliseconds(now)),
    }
    for row in rows:
        if row["objectId"] not in house.jobs.alive:
            log.error("job %s %s was lost with its process", row["jobName"], row["objectId"])
            await house.storage.write([Unit((Patch(_CLASS, row["objectId"], now, operations, guard=lost),))])


async def _set(house: House, job_id: str, values: Mapping[str, Value]) -> Outcome:
    operations = {name: op.Set(value) for name, value in values.items()}
    return (await house.storage.write([Unit((Patch(_CLASS, job_id, house.clock(), operations),))]))[0]
