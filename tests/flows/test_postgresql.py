"""One house on PostgreSQL: accounts, roles, objects and configuration, from the door to the database and back.

The conformance kit says the rest: a verb does not know which engine is below it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from parsonage.cloud import Cloud, JobRequest
from parsonage.commands.caller import ANYBODY
from parsonage.commands.rest import RestRequest
from parsonage.operations.explained_request import explain_request
from parsonage.operations.schedules import run_due
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.flows.door import NOT_FOUND, OPEN, Door, open_door
from tests.flows.hook_host import hook_host
from tests.machinery.postgresql import postgresql


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with postgresql() as server:
        yield server.create_database("house")


@pytest.fixture
async def door(tmp_path: Path, uri: str) -> AsyncIterator[Door]:
    async with open_door(tmp_path, databaseURI=uri) as opened:
        yield opened


@pytest.fixture
async def another_door(tmp_path: Path, uri: str) -> AsyncIterator[Door]:
    async with open_door(tmp_path, databaseURI=uri) as opened:
        yield opened


async def test_a_user_signs_up_logs_in_and_out(door: Door) -> None:
    ada = await door.sign_up("ada", email="ada@example.org")

    logged_in = await door.post("/login", {"username": "ada", "password": "ada-password"})
    taken = await door.post("/users", {"username": "ADA", "password": "p"})
    logged_out = await door.post("/logout", token=ada.token)
    afterwards = await door.get("/users/me", token=ada.token)

    assert logged_in.body["objectId"] == ada.id
    assert taken.plain == (400, {"code": 202, "error": "Account already exists for this username."})
    assert (logged_out.status, afterwards.body["code"]) == (200, 209)


async def test_a_role_lets_its_users_see_what_others_do_not(door: Door) -> None:
    bob, eve = await door.sign_up("bob"), await door.sign_up("eve")
    await door.make_role("Editors", bob)
    note = await door.create("Note", {"text": "draft", "ACL": {"role:Editors": {"read": True}}})

    seen = await door.get(f"/classes/Note/{note}", token=bob.token)
    hidden = await door.get(f"/classes/Note/{note}", token=eve.token)

    assert (seen.status, seen.body["text"]) == (200, "draft")
    assert hidden.plain == NOT_FOUND


async def test_an_object_grows_its_class_and_comes_back_with_every_type(door: Door) -> None:
    body = {
        "text": "hi",
        "stars": 4.5,
        "done": False,
        "at": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"},
        "more": {"deep": [1, {"k": None}]},
        "tags": ["a", 1],
        "place": {"__type": "GeoPoint", "latitude": 1.5, "longitude": -2},
        "raw": {"__type": "Bytes", "base64": "YQ=="},
        "other": {"__type": "Pointer", "className": "Note", "objectId": "x"},
    }

    everything = await door.create("Everything", body)
    await door.put(f"/classes/Everything/{everything}", {"tags": {"__op": "AddUnique", "objects": ["b", "a"]}})

    stored = (await door.get(f"/classes/Everything/{everything}")).body
    assert {key: stored[key] for key in body} == {**body, "tags": ["a", 1, "b"]}


async def test_fifty_objects_of_a_batch_are_stored(door: Door) -> None:
    requests = [{"method": "POST", "path": "/parse/classes/Many", "body": {"n": number}} for number in range(50)]

    answer = await door.post("/batch", {"requests": requests})

    assert [part.keys() for part in answer.body] == [{"success"}] * 50
    assert len(await door.find("Many", {"n": {"$gte": 10}})) == 40


async def test_parameters_are_kept(door: Door) -> None:
    await door.put("/config", {"params": {"greeting": "hello"}}, master=True)

    answer = await door.get("/config")

    assert answer.body["params"] == {"greeting": "hello"}


async def test_another_house_on_the_database_obeys_what_this_one_closes(door: Door, another_door: Door) -> None:
    await door.make_class("Diary", OPEN, text="String")
    await another_door.find("Diary")

    await door.put("/schemas/Diary", {"classLevelPermissions": {**OPEN, "find": {}}}, master=True)
    storage = another_door.house.storage
    assert isinstance(storage, PostgreSQLStorage)
    await storage.catch_up()

    answer = await another_door.get("/classes/Diary")
    assert (answer.status, answer.body["code"]) == (400, 119)


async def test_both_houses_grow_a_class_at_once(door: Door, another_door: Door) -> None:
    doors = [door, another_door] * 5

    made = await asyncio.gather(
        *(one.post("/classes/Grown", {f"f{number % 4}": number}) for number, one in enumerate(doors))
    )

    assert {answer.status for answer in made} == {201}
    assert len(await door.find("Grown")) == 10


async def test_of_requests_with_one_id_that_come_at_once_one_is_carried_out(tmp_path: Path, uri: str) -> None:
    guarded = {"paths": ["classes/Order"]}
    async with open_door(tmp_path, databaseURI=uri, idempotencyOptions=guarded) as door:
        once = {"x-parse-request-id": "r1"}
        answers = await asyncio.gather(*(door.post("/classes/Order", {"n": 1}, headers=once) for _ in range(5)))
        again = await door.post("/classes/Order", {"n": 1}, headers=once)

        assert sorted(answer.status for answer in answers) == [201, 400, 400, 400, 400]
        assert again.plain == (400, {"code": 159, "error": "Duplicate request"})
        assert len(await door.find("Order")) == 1


async def test_a_webhook_is_kept_and_another_process_calls_it(door: Door, another_door: Door) -> None:
    with hook_host() as host:
        declaration = {"functionName": "f", "url": host.at("f", {"success": 1})}
        created = await door.post("/hooks/functions", declaration, master=True)
        trigger = {"className": "Note", "triggerName": "afterSave", "url": host.at("save", {})}
        await door.post("/hooks/triggers", trigger, master=True)
        storage = another_door.house.storage
        assert isinstance(storage, PostgreSQLStorage)
        await storage.catch_up()
        called = await another_door.post("/functions/f")
        rows = (await another_door.get("/hooks/functions", master=True)).body
        moved = await door.put("/hooks/functions/f", {"url": host.at("g", {"success": 2})}, master=True)
        again = await door.post("/functions/f")
        await door.put("/hooks/functions/f", {"__op": "Delete"}, master=True)
        await door.put("/hooks/triggers/Note/afterSave", {"__op": "Delete"}, master=True)

    assert (created.plain, called.body, rows) == ((200, declaration), {"result": 1}, [declaration])
    assert (moved.body["url"], again.body) == (host.url + "/g", {"result": 2})
    assert (await door.get("/hooks/functions", master=True)).body == []


async def test_a_job_that_is_due_is_run_by_one_process(door: Door, another_door: Door) -> None:
    cloud = Cloud()

    @cloud.job(schedule="0 * * * *")
    async def mark(request: JobRequest) -> None:
        door.events.append(request.job_name)

    now = 1_893_456_000_000  # the beginning of 2030, and of an hour
    houses = [msgspec.structs.replace(each.house, clock=lambda: now) for each in (door, another_door)]
    door.deploy(cloud)
    another_door.deploy(cloud)
    await asyncio.gather(*map(run_due, houses))

    now += 3_600_000
    await asyncio.gather(*map(run_due, houses))
    await asyncio.gather(*(house.jobs.ended() for house in houses))
    now += 3_600_000
    await asyncio.gather(*map(run_due, houses))
    await asyncio.gather(*(house.jobs.ended() for house in houses))

    known = await door.find("_JobStatus", {"jobName": "mark"}, master=True)
    assert door.events == ["mark", "mark"]
    assert [row["status"] for row in known] == ["succeeded", "succeeded"]


async def test_a_request_is_explained_with_the_plan(door: Door) -> None:
    await door.create("Explained", {"n": 1, "ACL": {}})
    request = RestRequest("GET", "/classes/Explained", {"where": '{"n": 1}'})

    [found] = await explain_request(door.house, ANYBODY, request)

    [plan] = found.plans
    assert (plan.matching, plan.remaining) == (1, 0)
    assert plan.statement.startswith("SELECT")
    assert any("Explained" in line for line in plan.lines)


@pytest.mark.parametrize("content", [b"short", b"long" * 100_000])
async def test_a_file_is_kept_in_the_database_until_it_is_removed(door: Door, content: bytes) -> None:
    streamed = {"content-type": "text/plain", "x-parse-upload-mode": "stream"}
    stored = await door.send("POST", "/files/a.txt", content=content, headers=streamed, master=True)
    path = stored.body["url"].partition("/parse")[2]

    whole = await door.get(path)
    part = await door.get(path, headers={"range": "bytes=1-3"})
    removed = await door.delete(f"/files/{stored.body['name']}", master=True)
    gone = await door.get(path)

    assert whole.body == content
    assert part.body == content[1:4]
    assert (removed.status, gone.status) == (200, 404)


@pytest.mark.parametrize("content", [b"second", b"long" * 100_000])
async def test_a_file_takes_the_place_of_another_one_of_its_name(tmp_path: Path, uri: str, content: bytes) -> None:
    async with open_door(tmp_path, databaseURI=uri, preserveFileName=True) as door:
        await door.send("POST", "/files/one.txt", content=b"first", master=True)
        stored = await door.send("POST", "/files/one.txt", content=content, master=True)

        found = await door.get(stored.body["url"].partition("/parse")[2])

    assert found.body == content
