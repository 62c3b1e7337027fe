"""The list of allowed routes: reference/rest-core.md, section 8.4; GHSA-p84r-h6rx-f2xr."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.door import DENIED, Door, open_door

OPEN = ["classes/Chat.*", "login", "users", "batch", "functions/hello"]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, routeAllowList=OPEN) as opened:
        yield opened


@pytest.mark.parametrize(
    "path", ["/classes/Chat", "/classes/ChatRoom", "/classes/Chat/x", "/classes/Chat/", "/CLASSES/Chat", "//users"]
)
async def test_what_is_listed_is_open(door: Door, path: str) -> None:
    assert (await door.get(path)).plain != DENIED


@pytest.mark.parametrize(
    "path",
    [
        "/classes/Note",
        "/classes/chat",
        "/xclasses/Chat",
        "/users/me",
        "/classes/_User",
        "/loginAs",
        "/serverInfo",
        "/nowhere",
        "/classes%2FChat",
        "/functions/hello%0a",
    ],
)
async def test_what_is_not_listed_is_closed(door: Door, path: str) -> None:
    assert (await door.get(path)).plain == DENIED


@pytest.mark.parametrize("key", [{"x-parse-master-key": "the-master-key"}, {"x-parse-master-key": "the-read-only-key"}])
async def test_the_master_keys_are_not_asked(door: Door, key: dict[str, str]) -> None:
    assert (await door.get("/schemas", headers=key)).status == 200


async def test_the_maintenance_key_is_not_asked(door: Door) -> None:
    answer = await door.get("/classes/Note", headers={"x-parse-maintenance-key": "the-maintenance-key"})

    assert answer.status == 200


async def test_a_stale_session_is_refused_only_where_the_route_is_open(door: Door) -> None:
    closed = await door.get("/classes/Note", token="r:stale")
    opened = await door.get("/classes/Chat", token="r:stale")

    assert (closed.refusal[1], opened.refusal[1]) == (119, 209)


async def test_89_a_closed_route_in_a_batch_refuses_the_batch(door: Door) -> None:
    items = [
        {"method": "POST", "path": "/parse/classes/Chat", "body": {}},
        {"method": "POST", "path": "/parse/classes/Note", "body": {}},
    ]

    answer = await door.post("/batch", {"requests": items})

    assert answer.plain == DENIED
    assert await door.find("Chat") == []


@pytest.mark.parametrize("path", ["/parse/classes/Chat/../Note", "/parse/classes/Note?x=classes/Chat"])
async def test_89_a_path_in_a_batch_that_only_looks_open_is_closed_or_leads_nowhere(door: Door, path: str) -> None:
    await door.create("Note", {"n": 1}, master=True)

    answer = await door.post("/batch", {"requests": [{"method": "GET", "path": path}]})

    assert answer.refusal[1] in (107, 119)


async def test_the_log_in_stays_open(door: Door) -> None:
    await door.sign_up("ada")

    assert (await door.post("/login", {"username": "ada", "password": "ada-password"})).status == 200


async def test_the_state_of_the_server_is_never_closed(door: Door) -> None:
    assert (await door.get("/health")).status == 200


@pytest.mark.parametrize("allowed", [[], ["nothing"]])
async def test_an_empty_list_closes_everything(tmp_path: Path, allowed: Any) -> None:
    async with open_door(tmp_path, routeAllowList=allowed) as door:
        assert (await door.get("/config")).plain == DENIED


async def test_the_reason_is_told_where_texts_are_not_sanitized(tmp_path: Path) -> None:
    async with open_door(tmp_path, routeAllowList=["login"], enableSanitizedErrorResponse=False) as door:
        answer = await door.get("/config")

    assert answer.refusal == (400, 119, "Route not allowed by routeAllowList: GET config")
