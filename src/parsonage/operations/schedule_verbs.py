"""Schedules as the dashboard makes, lists, changes and removes them: ``/cloud_code/jobs``.

A schedule that Cloud Code declares is not among them: it is changed where it is written.

Rules: reference/cloud-code.md, section 4; PB086, PB087.
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.cloud import CreateSchedule, DeleteSchedule, GetJobs, ListSchedules, UpdateSchedule
from parsonage.commands.objects import Create, Created, Delete, Plain, Update
from parsonage.commands.rest import read_object
from parsonage.operations.delete import delete
from parsonage.operations.house import House
from parsonage.operations.save import save
from parsonage.operations.stored_schedules import SCHEDULES, schedule_rows
from parsonage.protocol.errors import InvalidJSON, NeedsMasterKey, OperationForbidden, ScriptFailed
from parsonage.protocol.values import format_milliseconds


async def list_schedules(house: House, call: Call, caller: Caller, command: ListSchedules) -> Plain:
    """The schedules that were made here, as a bare list."""
    if not caller.is_master:
        raise NeedsMasterKey
    return Plain(await _made(house))


async def get_jobs(house: House, call: Call, caller: Caller, command: GetJobs) -> Plain:
    """The names of all jobs, and of those that have a schedule."""
    if not caller.is_master:
        raise NeedsMasterKey
    in_use = [row["jobName"] for row in await _made(house)]
    return Plain({"in_use": in_use, "jobs": list(house.handlers.registry.jobs)})


async def create_schedule(house: House, call: Call, caller: Caller, command: CreateSchedule) -> Created | Plain:
    """Make a schedule; one that does not say when it begins begins now.

    Raises InvalidJSON (107) for a body that describes none, ScriptFailed (141) for a job that is not there.
    """
    body = {"startAfter": format_milliseconds(house.clock()), **_described(house, caller, command.body)}
    made = await save(house, call, caller, Create(SCHEDULES.name, read_object(SCHEDULES.name, body)))
    house.jobs.wake()
    return made


async def update_schedule(house: House, call: Call, caller: Caller, command: UpdateSchedule) -> Plain:
    """Change a schedule; what is not named stays. Raises as ``create_schedule`` does, and ObjectNotFound (101)."""
    body = _described(house, caller, command.body)
    changed = await save(
        house, call, caller, Update(SCHEDULES.name, command.object_id, read_object(SCHEDULES.name, body))
    )
    house.jobs.wake()
    return Plain({"response": changed.body})  # wrapped twice, as on Parse Server


async def delete_schedule(house: House, call: Call, caller: Caller, command: DeleteSchedule) -> Plain:
    """Remove a schedule. Raises ObjectNotFound (101)."""
    _refuse_others(caller)
    return await delete(house, call, caller, Delete(SCHEDULES.name, command.object_id))


async def _made(house: House) -> list[dict[str, Any]]:
    return [row for row in await schedule_rows(house) if "jobName" in row]


def _described(house: House, caller: Caller, body: Any) -> dict[str, Any]:
    _refuse_others(caller)
    described = body.get("job_schedule") if isinstance(body, dict) else None
    if not isinstance(described, dict):
        raise InvalidJSON("job_schedule must be an object")
    job = described.get("jobName")
    if job and job not in house.handlers.registry.jobs:
        raise ScriptFailed("Cannot Schedule a job that is not deployed")
    return described


def _refuse_others(caller: Caller) -> None:
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise OperationForbidden(detail="read-only masterKey isn't allowed to change schedules.")
