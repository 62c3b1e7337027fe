"""Installations: what is written with a row, and what a trigger sees. Which row is meant stands in side_by_side.

Rules: reference/files-push.md, section 5.
"""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.cloud import Cloud, TriggerRequest
from parsonage.protocol.errors import ParseError
from tests.flows.door import Door

OLD = {"deviceType": "ios", "deviceToken": "token", "installationId": "old"}
NEW = {"deviceType": "ios", "deviceToken": "token", "installationId": "new"}


@pytest.fixture
def watched(door: Door) -> Door:
    """Cloud Code that writes down the versions before and after, and refuses a bad one."""
    cloud = Cloud()

    @cloud.before_save("_Installation")
    def look(request: TriggerRequest) -> None:
        before = None if request.original is None else request.original.get("appVersion")
        door.events.append((before, request.object.get("appVersion")))
        if request.object.get("appVersion") == "bad":
            raise ParseError(142, "too old")

    door.deploy(cloud)
    return door


async def rows(door: Door) -> list[tuple[Any, Any]]:
    found = await door.find("_Installation", master=True, order="createdAt")
    return [(row.get("installationId"), row.get("deviceToken")) for row in found]


async def test_a_trigger_sees_the_row_that_is_found_again(watched: Door) -> None:
    await watched.post("/installations", {**OLD, "appVersion": "1"})

    again = await watched.post("/installations", {**OLD, "appVersion": "2"})

    assert (again.status, list(again.body)) == (200, ["updatedAt"])
    assert watched.events == [(None, "1"), ("1", "2")]


async def test_the_row_that_had_the_token_stays_if_a_trigger_refuses_the_new_one(watched: Door) -> None:
    await watched.post("/installations", OLD)

    refused = await watched.post("/installations", {**NEW, "appVersion": "bad"})

    assert refused.refusal == (400, 142, "too old")
    assert await rows(watched) == [("old", "token")]


async def test_a_batch_finds_rows_as_a_single_request_does(door: Door) -> None:
    await door.post("/installations", OLD)
    sent = [{"method": "POST", "path": "/parse/installations", "body": body} for body in (OLD, NEW)]

    answer = await door.post("/batch", {"requests": sent})

    assert [list(one["success"]) for one in answer.body] == [["updatedAt"], ["objectId", "createdAt"]]
    assert await rows(door) == [("new", "token")]


async def test_a_rule_against_updates_holds_for_a_row_that_is_found(door: Door) -> None:
    everyone = {"*": True}
    await door.make_class("_Installation", {"create": everyone, "get": everyone, "update": {}, "addField": {}})
    await door.post("/installations", OLD)

    again = await door.post("/installations", {**OLD, "badge": 1})

    assert again.refusal == (400, 119, "Permission denied")
