"""The limit of a whole request: what has not begun is left out, what has begun stays whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from tests.flows.door import Door, open_door

LIMIT = 0.3
TOO_LATE = (400, {"code": 124, "error": "The request took longer than it may."})


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, requestTimeout=LIMIT) as opened:
        yield opened


async def never() -> None:
    """Wait for what does not come."""
    await asyncio.Event().wait()


async def test_a_request_in_time_is_answered(door: Door) -> None:
    note = await door.create("Note", {"n": 1})

    assert (await door.get(f"/classes/Note/{note}")).body["n"] == 1


async def test_a_handler_is_stopped_at_the_limit_of_the_request(door: Door) -> None:
    cloud = Cloud()

    @cloud.function
    async def slow(request: FunctionRequest) -> None:
        try:
            await never()
        finally:
            door.events.append("stopped")

    door.deploy(cloud)

    assert (await door.post("/functions/slow", {})).refusal[:2] == (400, 124)
    assert door.events == ["stopped"]


async def test_a_save_whose_trigger_took_all_the_time_stores_nothing(door: Door) -> None:
    cloud = Cloud()

    @cloud.before_save("Note")
    async def slow(request: TriggerRequest) -> None:
        await never()

    door.deploy(cloud)

    answer = await door.post("/classes/Note", {"n": 1})

    assert answer.refusal[:2] == (400, 124)
    assert await door.find("Note") == []


async def test_items_of_a_batch_that_have_not_begun_are_left_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await door.create("Note", {"n": 1})
    moments = iter([0.0, 0.0, LIMIT])
    monkeypatch.setattr("parsonage.http.app.monotonic", lambda: 0.0)
    monkeypatch.setattr("parsonage.operations.time_left.monotonic", lambda: next(moments))
    items = [{"method": "GET", "path": f"/parse/classes/Note/{first}"} for _ in range(3)]

    answer = await door.post("/batch", {"requests": items})

    assert [list(item) for item in answer.body] == [["success"], ["success"], ["error"]]
    assert answer.body[2] == {"error": TOO_LATE[1]}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_write_that_comes_too_late_is_not_begun(
    door: Door, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    note = await door.create("Note", {"n": 1})
    paths = {"POST": "/classes/Note"}
    monkeypatch.setattr("parsonage.http.app.monotonic", lambda: -LIMIT)

    answer = await door.send(method, paths.get(method, f"/classes/Note/{note}"), {"n": 2})
    monkeypatch.undo()

    assert answer.plain == TOO_LATE
    assert [one["n"] for one in await door.find("Note")] == [1]


async def test_what_follows_a_write_has_a_time_of_its_own(tmp_path: Path) -> None:
    async with open_door(tmp_path, requestTimeout=30, handlerTimeout=3000) as door:
        cloud = Cloud()

        @cloud.before_save("Note")
        @cloud.after_save("Note")
        async def look(request: TriggerRequest) -> None:
            deadline = request._invocation.call.deadline
            assert deadline is not None
            door.events.append(deadline - time.monotonic() > 30)

        door.deploy(cloud)
        await door.create("Note", {"n": 1})

    assert door.events == [False, True]


async def test_without_the_option_a_request_has_no_limit(tmp_path: Path) -> None:
    async with open_door(tmp_path, handlerTimeout=3000) as door:
        cloud = Cloud()

        @cloud.function
        async def seconds_left(request: FunctionRequest) -> float:
            deadline = request._invocation.call.deadline
            assert deadline is not None
            return deadline - time.monotonic()

        door.deploy(cloud)

        assert (await door.post("/functions/seconds_left", {})).body["result"] > 1000
