"""Requests that are carried out once: reference/rest-core.md, section 8.1; PB007, PB008."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parsonage.cloud import Cloud, FunctionRequest, JobRequest, TriggerRequest
from parsonage.operations.idempotency import remove_stale
from tests.flows.door import Door, open_door

GUARDED = {"paths": ["classes/Order", "users", "functions/.*", "jobs/.*"], "ttl": 300}
DUPLICATE = (400, {"code": 159, "error": "Duplicate request"})
ONCE = {"x-parse-request-id": "r1"}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, idempotencyOptions=GUARDED) as opened:
        yield opened


async def remembered(door: Door) -> list[str]:
    """The ids that are remembered."""
    return [one["reqId"] for one in await door.find("_Idempotency", master=True)]


def at(door: Door, moment: Callable[[], int]) -> Door:
    """The same house with another clock."""
    return Door(msgspec.structs.replace(door.house, clock=moment))


class TestSaves:
    async def test_a_create_that_is_sent_twice_makes_one_object(self, door: Door) -> None:
        first = await door.post("/classes/Order", {"n": 1}, headers=ONCE)
        second = await door.post("/classes/Order", {"n": 1}, headers=ONCE)

        assert first.status == 201
        assert second.plain == DUPLICATE
        assert len(await door.find("Order")) == 1

    async def test_an_update_that_is_sent_twice_is_carried_out_once(self, door: Door) -> None:
        order = await door.create("Order", {"n": 1})
        more = {"n": {"__op": "Increment", "amount": 1}}

        answers = [await door.put(f"/classes/Order/{order}", more, headers=ONCE) for _ in range(2)]

        assert answers[0].body["n"] == 2
        assert answers[1].plain == DUPLICATE
        assert [one["n"] for one in await door.find("Order")] == [2]

    async def test_of_two_that_come_at_once_one_is_carried_out(self, door: Door) -> None:
        answers = await asyncio.gather(*(door.post("/classes/Order", {"n": 1}, headers=ONCE) for _ in range(5)))

        assert sorted(answer.status for answer in answers) == [201, 400, 400, 400, 400]
        assert len(await door.find("Order")) == 1

    async def test_one_id_stands_for_one_request_whatever_its_path(self, door: Door) -> None:
        await door.post("/classes/Order", {"n": 1}, headers=ONCE)

        answer = await door.post("/users", {"username": "ada", "password": "p"}, headers=ONCE)

        assert answer.plain == DUPLICATE

    async def test_another_id_is_another_request(self, door: Door) -> None:
        await door.post("/classes/Order", {"n": 1}, headers=ONCE)

        assert (await door.post("/classes/Order", {"n": 1}, headers={"x-parse-request-id": "r2"})).status == 201

    async def test_without_an_id_every_request_counts(self, door: Door) -> None:
        statuses = [(await door.post("/classes/Order", {"n": 1})).status for _ in range(2)]

        assert statuses == [201, 201]
        assert await remembered(door) == []

    async def test_other_paths_are_not_guarded(self, door: Door) -> None:
        statuses = [(await door.post("/classes/Note", {"n": 1}, headers=ONCE)).status for _ in range(2)]

        assert statuses == [201, 201]

    @pytest.mark.parametrize("path", ["/CLASSES/Order", "/classes/Order/", "/classes/%4frder", "//classes/Order"])
    async def test_88_spellings_of_a_path_are_one_path(self, door: Door, path: str) -> None:
        await door.post("/classes/Order", {"n": 1}, headers=ONCE)

        assert (await door.post(path, {"n": 1}, headers=ONCE)).plain == DUPLICATE

    async def test_the_body_form_is_guarded_as_well(self, door: Door) -> None:
        order = await door.create("Order", {"n": 1})
        body = {"_method": "PUT", "n": {"__op": "Increment", "amount": 1}}

        answers = [await door.post(f"/classes/Order/{order}", dict(body), headers=ONCE) for _ in range(2)]

        assert [answer.status for answer in answers] == [200, 400]

    async def test_a_log_in_by_sign_in_data_is_remembered_as_well(self, door: Door) -> None:
        anonymous = {"authData": {"anonymous": {"id": "device-1"}}}
        await door.post("/users", anonymous)

        answers = [await door.post("/users", anonymous, headers=ONCE) for _ in range(2)]

        assert answers[0].status == 200
        assert answers[1].plain == DUPLICATE

    async def test_what_handlers_save_in_their_turn_is_not_the_clients_request(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.after_save("Order")
        async def write_a_receipt(request: TriggerRequest) -> None:
            await request.master_client.object("Receipt", n=request.object["n"]).save()

        door.deploy(cloud)
        await door.post("/classes/Order", {"n": 20}, headers=ONCE)

        assert [one["n"] for one in await door.find("Receipt")] == [20]
        assert await remembered(door) == ["r1"]


class TestFailures:
    async def test_pb007_a_save_that_failed_may_be_sent_again(self, door: Door) -> None:
        await door.post("/users", {"username": "ada", "password": "p"})

        taken = await door.post("/users", {"username": "ada", "password": "p"}, headers=ONCE)
        another = await door.post("/users", {"username": "bob", "password": "p"}, headers=ONCE)

        assert taken.refusal[:2] == (400, 202)
        assert another.status == 201

    async def test_pb007_a_save_that_a_trigger_refused_may_be_sent_again(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save("Order")
        async def refuse_the_first(request: TriggerRequest) -> None:
            door.events.append("asked")
            assert len(door.events) > 1, "not yet"

        door.deploy(cloud)

        answers = [await door.post("/classes/Order", {"n": 1}, headers=ONCE) for _ in range(3)]

        assert [answer.status for answer in answers] == [400, 201, 400]
        assert answers[2].plain == DUPLICATE
        assert door.events == ["asked", "asked"]

    async def test_pb007_an_update_of_an_object_that_is_not_there_leaves_nothing(self, door: Door) -> None:
        await door.create("Order", {"n": 1})

        answer = await door.put("/classes/Order/nowhere", {"n": 2}, headers=ONCE)

        assert answer.refusal[:2] == (404, 101)
        assert await remembered(door) == []


class TestFunctionsAndJobs:
    async def test_a_function_runs_once(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.function
        async def pay(request: FunctionRequest) -> str:
            door.events.append("paid")
            return "done"

        door.deploy(cloud)

        answers = [await door.post("/functions/pay", {}, headers=ONCE) for _ in range(2)]

        assert answers[0].body == {"result": "done"}
        assert answers[1].plain == DUPLICATE
        assert door.events == ["paid"]

    async def test_a_function_runs_once_when_it_is_called_again_while_it_runs(self, door: Door) -> None:
        cloud, called_again = Cloud(), asyncio.Event()

        @cloud.function
        async def pay(request: FunctionRequest) -> None:
            door.events.append("paid")
            await called_again.wait()

        async def again() -> Any:
            answer = await door.post("/functions/pay", {}, headers=ONCE)
            called_again.set()
            return answer.plain

        door.deploy(cloud)
        first, second = await asyncio.gather(door.post("/functions/pay", {}, headers=ONCE), again())

        assert (first.status, second) == (200, DUPLICATE)
        assert door.events == ["paid"]

    async def test_a_function_that_failed_may_be_called_again(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.function
        async def pay(request: FunctionRequest) -> None:
            door.events.append("tried")
            assert len(door.events) > 1

        door.deploy(cloud)

        statuses = [(await door.post("/functions/pay", {}, headers=ONCE)).status for _ in range(3)]

        assert statuses == [400, 200, 400]
        assert door.events == ["tried", "tried"]

    async def test_a_job_is_started_once(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.job
        async def tidy(request: JobRequest) -> None:
            pass

        door.deploy(cloud)

        answers = [await door.post("/jobs/tidy", {}, headers=ONCE, master=True) for _ in range(2)]

        assert answers[0].status == 200
        assert answers[1].plain == DUPLICATE
        assert len(await door.find("_JobStatus", master=True)) == 1


class TestForgetting:
    async def test_an_id_is_forgotten_after_its_time(self, door: Door) -> None:
        now = door.house.clock()
        await at(door, lambda: now).post("/classes/Order", {"n": 1}, headers=ONCE)

        in_time = await at(door, lambda: now + 299_999).post("/classes/Order", {"n": 1}, headers=ONCE)
        too_late = await at(door, lambda: now + 300_000).post("/classes/Order", {"n": 1}, headers=ONCE)

        assert (in_time.status, too_late.status) == (400, 201)

    async def test_pb008_ids_are_swept_once_their_time_is_over(self, door: Door) -> None:
        now = door.house.clock()
        await at(door, lambda: now - 300_001).post("/classes/Order", {"n": 1}, headers={"x-parse-request-id": "old"})
        await at(door, lambda: now).post("/classes/Order", {"n": 1}, headers=ONCE)

        await remove_stale(door.house)

        assert await remembered(door) == ["r1"]

    async def test_clients_may_not_look_at_the_ids(self, door: Door) -> None:
        await door.post("/classes/Order", {"n": 1}, headers=ONCE)

        assert (await door.get("/classes/_Idempotency")).refusal[:2] == (400, 119)
