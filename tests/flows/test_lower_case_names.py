"""``convertUsernameToLowercase`` and ``convertEmailToLowercase``: names in small letters, however they are spelt.

Rules: reference/users-sessions.md, section 1; PB064.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parsonage.cloud import Cloud, TriggerRequest
from tests.flows.door import Door, open_door

LOWER = {"convertUsernameToLowercase": True, "convertEmailToLowercase": True}
ANN = {"username": "Ann", "email": "Ann@Example.org", "password": "p"}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path, **LOWER) as opened:
        yield opened


async def test_a_sign_up_stores_them_in_small_letters(door: Door) -> None:
    ann = (await door.post("/users", ANN)).body["objectId"]

    stored = (await door.get(f"/users/{ann}", master=True)).body

    assert (stored["username"], stored["email"]) == ("ann", "ann@example.org")


async def test_so_does_an_update(door: Door) -> None:
    ann = (await door.post("/users", ANN)).body["objectId"]

    await door.put(f"/users/{ann}", {"username": "EVE", "email": "EVE@Example.org"}, master=True)

    stored = (await door.get(f"/users/{ann}", master=True)).body
    assert (stored["username"], stored["email"]) == ("eve", "eve@example.org")


async def test_so_is_what_a_trigger_sets(door: Door) -> None:
    cloud = Cloud()

    @cloud.before_save("_User")
    async def rename(request: TriggerRequest) -> None:
        request.object["username"] = "FromTrigger"

    door.deploy(cloud)

    ann = (await door.post("/users", ANN)).body["objectId"]

    assert (await door.get(f"/users/{ann}", master=True)).body["username"] == "fromtrigger"


async def test_so_is_a_name_that_is_made_up(door: Door) -> None:
    answer = await door.post("/users", {"authData": {"anonymous": {"id": "x"}}})

    stored = await door.get(f"/users/{answer.body['objectId']}", master=True)

    assert answer.body["username"] == stored.body["username"]
    assert stored.body["username"] == stored.body["username"].lower()


@pytest.mark.parametrize(
    "named",
    [
        {"username": "Ann"},
        {"username": "ann"},
        {"username": "ANN@EXAMPLE.ORG"},
        {"email": "Ann@Example.org"},
        {"username": "ANN", "email": "ANN@example.org"},
    ],
)
async def test_a_log_in_spells_them_in_any(door: Door, named: dict[str, str]) -> None:
    await door.post("/users", ANN)

    assert (await door.post("/login", {**named, "password": "p"})).status == 200


async def test_who_signed_up_before_the_option_was_on_still_logs_in(tmp_path: Path) -> None:
    async with open_door(tmp_path) as before:
        await before.post("/users", ANN)

    async with open_door(tmp_path, **LOWER) as door:
        as_stored = await door.post("/login", {"username": "Ann", "password": "p"})

    assert as_stored.status == 200


async def test_other_classes_keep_what_they_are_given(door: Door) -> None:
    other = await door.create("Other", {"username": "Ann", "email": "Ann@Example.org"})

    stored = (await door.get(f"/classes/Other/{other}")).body

    assert (stored["username"], stored["email"]) == ("Ann", "Ann@Example.org")
