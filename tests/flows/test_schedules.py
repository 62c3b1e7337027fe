"""Jobs on a schedule: who runs what is due, and what becomes of what could not be on time.

Rules: reference/cloud-code.md, section 4; PB086, PB087.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parsonage.cloud import Cloud, JobRequest, TriggerRequest
from parsonage.operations.house import House
from parsonage.operations.job_status import SCHEDULED, running
from parsonage.operations.jobs import LOST_AFTER_MILLISECONDS, fail_lost_jobs
from parsonage.operations.schedules import run_due
from parsonage.storage.changes import Unit
from tests.flows.door import Door, open_door

NIGHT = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE


class Clock:
    """The time that houses of a test share."""

    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> int:
        return self.now

    def house(self, door: Door) -> House:
        return msgspec.structs.replace(door.house, clock=self)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def beside(tmp_path: Path, door: Door) -> AsyncIterator[Door]:
    """Another process on the same database."""
    async with open_door(tmp_path) as opened:
        opened.events = door.events
        yield opened


def hourly(door: Door, **policy: Any) -> Cloud:
    """Cloud Code with a job that is due every hour; it fails when the database says so."""
    cloud = Cloud()

    @cloud.job(schedule="0 * * * *", **policy)
    async def count(request: JobRequest) -> str:
        door.events.append("run")
        request.log.warning("counting")
        if await request.master_client.query("Broken").count():
            raise RuntimeError("out of numbers")
        return "counted"

    @cloud.job_failed
    def tell(request: TriggerRequest) -> None:
        door.events.append((request.object.get("jobName"), request.object.get("message")))

    return cloud


async def pass_time(clock: Clock, milliseconds: int, *doors: Door) -> None:
    """Let time go by, and every process look at its schedules once; the jobs that they start end."""
    clock.now += milliseconds
    for door in doors:
        await run_due(clock.house(door))
        await door.house.jobs.ended()


async def statuses(door: Door) -> list[Any]:
    return await door.find("_JobStatus", master=True, order="createdAt")


class TestAJobThatIsDue:
    async def test_is_not_run_before_its_time(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door))

        await pass_time(clock, 0, door)
        await pass_time(clock, HOUR - 1, door)

        assert door.events == []

    async def test_is_run_by_one_process_of_all(self, door: Door, beside: Door, clock: Clock) -> None:
        door.deploy(hourly(door))
        beside.deploy(hourly(door))
        await pass_time(clock, 0, door, beside)

        await pass_time(clock, HOUR, door, beside)
        await pass_time(clock, HOUR, beside, door)

        assert door.events == ["run", "run"]

    async def test_tells_how_it_went(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door))
        await pass_time(clock, 0, door)

        await pass_time(clock, HOUR, door)
        told = (await statuses(door))[0]

        assert (told["source"], told["status"], told["message"]) == ("schedule", "succeeded", "counted")
        assert told["params"] == {
            "due": "2030-01-01T01:00:00.000Z",
            "milliseconds": 0,
            "log": ["warning: counting"],
        }

    async def test_by_another_clock_than_utc(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door, timezone="Asia/Kathmandu"))  # 5:45 ahead
        await pass_time(clock, 0, door)

        await pass_time(clock, 15 * MINUTE, door)

        assert door.events == ["run"]


class TestAJobThatFails:
    async def test_is_told_to_the_app(self, door: Door, clock: Clock) -> None:
        await door.create("Broken", {})
        door.deploy(hourly(door))
        await pass_time(clock, 0, door)

        await pass_time(clock, HOUR, door)

        assert door.events == ["run", ("count", "out of numbers")]


class TestARunThatWasMissed:
    @pytest.mark.parametrize(
        ("missed", "runs", "recorded"),
        [
            ("skip", 0, [("skipped", 3, "missed: no server ran")]),
            ("last", 1, [("skipped", 2, "missed: no server ran"), ("succeeded", None, "counted")]),
        ],
    )
    async def test_is_skipped_or_made_up_for(
        self, door: Door, clock: Clock, missed: str, runs: int, recorded: list[Any]
    ) -> None:
        door.deploy(hourly(door, missed=missed))
        await pass_time(clock, 0, door)

        await pass_time(clock, 3 * HOUR + 5 * MINUTE, door)
        told = [(row["status"], row["params"].get("count"), row["message"]) for row in await statuses(door)]

        assert door.events == ["run"] * runs
        assert sorted(told, key=str) == sorted(recorded, key=str)

    async def test_is_made_up_for_one_after_the_other(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door, missed="all"))
        await pass_time(clock, 0, door)

        await pass_time(clock, 3 * HOUR + 5 * MINUTE, door)
        first = list(door.events)
        await pass_time(clock, 0, door)
        await pass_time(clock, 0, door)

        assert (first, door.events) == (["run"], ["run", "run", "run"])


class TestARunBesideAnother:
    async def test_is_skipped(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door))
        await pass_time(clock, 0, door)
        clock.now += HOUR
        await clock.house(door).storage.write([going_on(clock.house(door))])

        await pass_time(clock, 0, door)
        reasons = [row["message"] for row in await statuses(door) if row["status"] == "skipped"]

        assert (door.events, reasons) == ([], ["the run before it still went on"])

    async def test_begins_if_its_schedule_says_so(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door, overlaps=True))
        await pass_time(clock, 0, door)
        clock.now += HOUR
        await clock.house(door).storage.write([going_on(clock.house(door))])

        await pass_time(clock, 0, door)

        assert door.events == ["run"]


class TestARunWhoseProcessDied:
    async def test_has_failed(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door))
        await door.house.storage.write([going_on(clock.house(door))])

        clock.now += LOST_AFTER_MILLISECONDS + 1
        await fail_lost_jobs(clock.house(door))

        assert door.events == [("count", "the server stopped")]

    async def test_is_repeated_once_if_its_schedule_says_so(self, door: Door, beside: Door, clock: Clock) -> None:
        door.deploy(hourly(door, killed="repeat"))
        beside.deploy(hourly(door, killed="repeat"))
        await door.house.storage.write([going_on(clock.house(door))])
        door.house.jobs.runs_schedules = beside.house.jobs.runs_schedules = True

        clock.now += LOST_AFTER_MILLISECONDS + 1
        await fail_lost_jobs(clock.house(door))
        await fail_lost_jobs(clock.house(beside))
        await door.house.jobs.ended()

        assert door.events == [("count", "the server stopped"), "run"]
        assert sorted(row["status"] for row in await statuses(door)) == ["failed", "succeeded"]


class TestASchedule:
    @pytest.mark.parametrize(("schedule", "timezone"), [("nonsense", "UTC"), ("0 * * * *", "Mars/Olympus")])
    def test_that_says_nothing_is_refused_where_it_is_declared(self, schedule: str, timezone: str) -> None:
        with pytest.raises(ValueError, match=r"is no (cron expression|time zone)"):
            Cloud().job(schedule=schedule, timezone=timezone)(print)

    async def test_of_the_dashboard_is_run_with_its_parameters(self, door: Door, clock: Clock) -> None:
        cloud = Cloud()

        @cloud.job
        async def greet(request: JobRequest) -> None:
            door.events.append(request.params["name"])

        door.deploy(cloud)
        told = {"jobName": "greet", "params": '{"name": "Ada"}', "timeOfDay": "01:30:00.000Z", "repeatMinutes": 1440}
        made = await door.post("/cloud_code/jobs", {"job_schedule": told}, master=True)
        await put_back(door, made.body["objectId"], NIGHT)

        await pass_time(clock, 90 * MINUTE, door)
        await pass_time(clock, 24 * HOUR, door)

        assert door.events == ["Ada", "Ada"]

    async def test_is_listed_changed_and_removed(self, door: Door) -> None:
        door.deploy(hourly(door))
        begins = {"jobName": "count", "startAfter": "2030-01-01T00:00:00.000Z", "repeatMinutes": 5}
        made = await door.post("/cloud_code/jobs", {"job_schedule": begins}, master=True)
        path = f"/cloud_code/jobs/{made.body['objectId']}"

        changed = await door.put(path, {"job_schedule": {"repeatMinutes": 10}}, master=True)
        listed = await door.get("/cloud_code/jobs", master=True)
        names = await door.get("/cloud_code/jobs/data", master=True)
        removed = await door.delete(path, master=True)

        assert (made.status, list(changed.body["response"]), removed.plain) == (201, ["updatedAt"], (200, {}))
        assert [(row["repeatMinutes"], row["startAfter"]) for row in listed.body] == [(10, begins["startAfter"])]
        assert names.body == {"in_use": ["count"], "jobs": ["count"]}

    async def test_that_code_declares_is_not_among_those_of_the_dashboard(self, door: Door, clock: Clock) -> None:
        door.deploy(hourly(door))
        await pass_time(clock, 0, door)

        assert (await door.get("/cloud_code/jobs", master=True)).body == []

    @pytest.mark.parametrize(
        ("body", "code", "text"),
        [
            ({"job_schedule": {"jobName": "nothing"}}, 141, "Cannot Schedule a job that is not deployed"),
            ({}, 107, "job_schedule must be an object"),
        ],
    )
    async def test_that_makes_no_sense_is_refused(self, door: Door, body: Any, code: int, text: str) -> None:
        assert (await door.post("/cloud_code/jobs", body, master=True)).refusal == (400, code, text)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_is_for_the_master_key(self, door: Door, method: str) -> None:
        refused = await door.send(method, "/cloud_code/jobs", {"job_schedule": {}})

        assert refused.plain == (403, {"error": "Permission denied"})


def going_on(house: House) -> Unit:
    """The status of a run of the job that another process began."""
    return Unit((running(house, "count", source=SCHEDULED, due=house.clock()),))


async def put_back(door: Door, schedule: str, moment: int) -> None:
    """Let a schedule begin at a moment of the test's clock."""
    answer = await door.put(f"/classes/_JobSchedule/{schedule}", {"lastRun": moment, "startAfter": ""}, master=True)
    assert answer.status == 200, answer.body
