"""Jobs: how one is started, what its status says, and what becomes of one whose process died.

Rules: reference/cloud-code.md, section 4.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parsonage.cloud import Cloud, JobRequest
from parsonage.operations.jobs import (
    LOST_AFTER_MILLISECONDS,
    fail_lost_jobs,
    run_job,
    show_signs_of_life,
)
from parsonage.protocol.errors import ParseError
from tests.flows.door import Door, User

LATER = LOST_AFTER_MILLISECONDS + 60_000


class Gate:
    """Where a job waits: ``reached`` says that it does, ``opened`` lets it go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()


@pytest.fixture
def gate(door: Door) -> Gate:
    """Cloud Code with a job that waits until the gate is opened."""
    gate = Gate()
    cloud = Cloud()

    @cloud.job
    async def tidy(request: JobRequest) -> str | None:
        await request.message("begun")
        door.events.append(dict(request.params))
        gate.reached.set()
        await gate.opened.wait()
        if "fail" in request.params:
            raise RuntimeError("no broom")
        if "number" in request.params:
            raise ParseError(5, KeyError("broom"))  # type: ignore[arg-type] # as people do
        return "\ud800" if "odd" in request.params else request.params.get("last")

    door.deploy(cloud)
    return gate


async def status(door: Door, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = (await door.get(f"/classes/_JobStatus/{job_id}", master=True)).body
    return body


async def run(door: Door, gate: Gate, **params: Any) -> dict[str, Any]:
    """Run the job to its end, and read its status."""
    gate.opened.set()
    outcome = await run_job(door.house, "tidy", params)
    return await status(door, outcome.job_id)


class TestStartingAJob:
    async def test_answers_at_once_with_the_id_of_its_status(self, door: Door, gate: Gate) -> None:
        answer = await door.post("/jobs/tidy", {"a": 1}, master=True, b="2")

        shown = await status(door, answer.headers["x-parse-job-status-id"])
        gate.opened.set()

        assert answer.plain == (200, {})
        assert (shown["jobName"], shown["source"], shown["status"], shown["ACL"]) == ("tidy", "api", "running", {})

    @pytest.mark.parametrize(
        ("headers", "status", "body"),
        [
            ({}, 403, {"error": "Permission denied"}),
            ({"x-parse-maintenance-key": "the-maintenance-key"}, 403, {"error": "Permission denied"}),
            ({"x-parse-master-key": "the-read-only-key"}, 400, {"code": 119, "error": "Permission denied"}),
        ],
    )
    async def test_needs_the_whole_master_key(
        self, door: Door, gate: Gate, headers: dict[str, str], status: int, body: Any
    ) -> None:
        assert (await door.post("/jobs/tidy", {}, headers=headers)).plain == (status, body)
        assert await door.find("_JobStatus", master=True) == []

    @pytest.mark.parametrize("path", ["/jobs/nothing", "/jobs/__proto__", "/jobs/tidy.x", "/jobs"])
    async def test_that_is_not_there_is_refused(self, door: Door, gate: Gate, path: str) -> None:
        assert (await door.post(path, {}, master=True)).plain == (400, {"code": 141, "error": "Invalid job."})

    async def test_may_name_it_in_the_body(self, door: Door, gate: Gate) -> None:
        gate.opened.set()

        answer = await door.post("/jobs", {"jobName": "tidy", "a": 1}, master=True)

        assert answer.status == 200

    async def test_leaves_no_trace_that_clients_can_read(self, door: Door, gate: Gate, ada: User) -> None:
        assert (await door.get("/classes/_JobStatus", token=ada.token)).refusal == (400, 119, "Permission denied")


class TestAJobThatEnds:
    async def test_has_the_text_that_it_returned_as_its_message(self, door: Door, gate: Gate) -> None:
        shown = await run(door, gate, last="all tidy")

        assert (shown["status"], shown["message"]) == ("succeeded", "all tidy")
        assert shown["finishedAt"]["__type"] == "Date"

    async def test_keeps_its_last_message_if_it_returned_none(self, door: Door, gate: Gate) -> None:
        shown = await run(door, gate)

        assert (shown["status"], shown["message"]) == ("succeeded", "begun")

    async def test_by_raising_has_failed_with_the_reason(self, door: Door, gate: Gate) -> None:
        shown = await run(door, gate, fail=True)

        assert (shown["status"], shown["message"]) == ("failed", "no broom")

    @pytest.mark.parametrize(("how", "status"), [("number", "failed"), ("odd", "succeeded")])
    async def test_with_what_is_no_text_has_ended_all_the_same(
        self, door: Door, gate: Gate, how: str, status: str
    ) -> None:
        assert (await run(door, gate, **{how: True}))["status"] == status


class TestAJobWhoseProcessDied:
    async def test_is_said_to_have_failed_after_a_while(self, door: Door, gate: Gate) -> None:
        job_id = await door.create("_JobStatus", {"jobName": "tidy", "status": "running"}, master=True)
        clock = door.house.clock
        later = msgspec.structs.replace(door.house, clock=lambda: clock() + LATER)

        await fail_lost_jobs(door.house)
        at_first = await status(door, job_id)
        await fail_lost_jobs(later)
        shown = await status(door, job_id)

        assert at_first["status"] == "running"
        assert (shown["status"], shown["message"]) == ("failed", "the server stopped")

    async def test_is_told_from_one_that_shows_signs_of_life(self, door: Door, gate: Gate) -> None:
        answer = await door.post("/jobs/tidy", {}, master=True)
        clock = door.house.clock
        later = msgspec.structs.replace(door.house, clock=lambda: clock() + LATER)
        elsewhere = msgspec.structs.replace(later, jobs=type(later.jobs)())

        await gate.reached.wait()
        await show_signs_of_life(later)
        await fail_lost_jobs(elsewhere)
        shown = await status(door, answer.headers["x-parse-job-status-id"])
        gate.opened.set()

        assert shown["status"] == "running"
