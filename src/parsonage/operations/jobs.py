"""Jobs: long work in the background, its state kept in ``_JobStatus``.

A job whose process died can't say how it ended. So a running one shows that it lives, by the ``updatedAt``
of its status, and any process that finds one which has not done so for a while says that it failed.

What it wrote into the log, and how long it took, stand in its status when it has ended.

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
from parsonage.handlers.registry import JOBS, Handler, Invocation, Kind
from parsonage.handlers.schedule import Killed
from parsonage.logs import VERBOSE
from parsonage.operations import job_log, job_status
from parsonage.operations.house import House
from parsonage.operations.idempotency import entry
from parsonage.operations.triggers import run_trigger
from parsonage.protocol.errors import DuplicateRequest, NeedsMasterKey, OperationForbidden, ParseError, ScriptFailed
from parsonage.protocol.objects import ParseObject
from parsonage.protocol.values import parse_date, to_milliseconds
from parsonage.query.model import HasId
from parsonage.storage.changes import Duplicate, Unit, Written

log = logging.getLogger("parsonage.jobs")

STOPPED = "the server stopped"

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


def start_run(house: House, handler: Handler, job_id: str, params: Mapping[str, Any], due: int | None = None) -> None:
    """Start a job whose status is stored already, as ``job_status.running`` makes it."""
    house.jobs.keep(asyncio.ensure_future(_run(house, Call(), handler, job_id, params, due)))


def _handler(house: House, name: str) -> Handler:
    handler = house.handlers.registry.jobs.get(name)
    if handler is None:
        raise ScriptFailed("Invalid job.")
    return handler


async def _begun(house: House, call: Call, handler: Handler) -> str:
    run = job_status.running(house, handler.name, source="api")
    if isinstance((await house.storage.write([Unit((*entry(house, call), run))]))[0], Duplicate):
        raise DuplicateRequest
    return run.object_id


async def _run(
    house: House, call: Call, handler: Handler, job_id: str, params: Mapping[str, Any], due: int | None = None
) -> JobOutcome:
    last: list[str] = []
    began = house.clock()
    if not call.request_id:
        call = msgspec.structs.replace(call, request_id=job_id)

    async def report(message: str) -> None:
        last[:] = [message]
        await job_status.change(house, job_id, {"message": message})

    invocation = Invocation(
        kind=Kind.JOB,
        name=handler.name,
        caller=MASTER,
        call=call,
        params=params,
        job_id=job_id,
        report=report,
    )
    with job_log.lines_of(handler.name, call.request_id) as lines:
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
            await job_status.finish(house, job_id, "failed", STOPPED, job_status.details(due, began, house, lines))
            raise
    await job_status.finish(house, job_id, status, message, job_status.details(due, began, house, lines))
    log.log(VERBOSE if status == "succeeded" else logging.ERROR, "job %s %s: %s", handler.name, status, message)
    if status == "failed":
        await _tell_of_failure(house, job_id)
    return JobOutcome(status, message, job_id)


async def _its_turn(house: House, handler: Handler, job_id: str) -> None:
    """Wait until no earlier run of this job goes on (PC503). A lost one holds it up until it is said to have failed."""
    while True:
        if await job_status.earliest_running(house, handler.name) in (None, job_id):
            return
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def _tell_of_failure(house: House, job_id: str) -> None:
    """Call the app's own handler for jobs that failed, if it has one."""
    handler = house.handlers.registry.trigger(Kind.JOB_FAILED, JOBS)
    if handler is None:
        return
    rows = await job_status.read(house, HasId((job_id,)))
    try:
        await run_trigger(house, Call(), MASTER, handler, ParseObject.from_json("_JobStatus", rows[0]))
    except ParseError as error:
        log.error("%s failed: %s", handler, error.detail)


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
    signs = [Unit((job_status.sign(house, job_id),)) for job_id in sorted(house.jobs.alive)]
    if signs:
        await house.storage.write(signs)


async def fail_lost_jobs(house: House) -> None:
    """Say of jobs that showed no sign of life for ``LOST_AFTER_MILLISECONDS`` that they failed.

    A run whose schedule says that it is to be repeated is begun again here, if this process runs schedules; one that
    does not leaves it to one that does.
    """
    # It is the guard as well: another process may see the same, and the job itself may still speak.
    lost = job_status.silent(house, LOST_AFTER_MILLISECONDS)
    for row in await job_status.read(house, lost):
        if row["objectId"] in house.jobs.alive:
            continue
        handler = house.handlers.registry.jobs.get(row["jobName"])
        schedule = None if handler is None or row.get("source") != job_status.SCHEDULED else handler.schedule
        repeats = schedule is not None and schedule.killed is Killed.REPEAT
        if repeats and not house.jobs.runs_schedules:
            continue
        due = due_of(row)
        again = job_status.running(house, row["jobName"], source=job_status.SCHEDULED, due=due)
        unit = Unit((job_status.lost(house, row["objectId"], lost, STOPPED), *((again,) if repeats else ())))
        if not isinstance((await house.storage.write([unit]))[0], Written):
            continue
        log.error("job %s %s was lost with its process", row["jobName"], row["objectId"])
        await _tell_of_failure(house, row["objectId"])
        if repeats and handler is not None and schedule is not None:
            start_run(house, handler, again.object_id, schedule.params, due)


def due_of(row: Mapping[str, Any]) -> int | None:
    """The moment at which the run of a ``_JobStatus`` was due, in milliseconds since 1970 UTC."""
    text = (row.get("params") or {}).get("due")
    moment = parse_date(text) if isinstance(text, str) else None
    return None if moment is None else to_milliseconds(moment)
