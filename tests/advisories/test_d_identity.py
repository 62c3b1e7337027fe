"""Becoming somebody else: section D of reference/security-advisories.md."""

from __future__ import annotations

import asyncio
from base64 import b32decode
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parsonage.cloud import Cloud, TriggerRequest
from parsonage.options.model import SecondFactor
from parsonage.policies.one_time_codes import code_of
from tests.flows.door import DENIED, Door, User, open_door

YEAR = 31_536_000_000


@pytest.mark.parametrize("auth_data", [{}, {"anonymous": None}, {"anonymous": "x"}, {"anonymous": {}}])
async def test_60_sign_up_with_empty_sign_in_data(door: Door, auth_data: Any) -> None:
    answer = await door.post("/users", {"authData": auth_data})

    assert answer.plain == (400, {"code": 200, "error": "bad or missing username"})


async def test_61_partial_sign_in_data(door: Door, ada: User) -> None:
    answer = await door.put(f"/users/{ada.id}", {"authData.anonymous.id": "x"}, token=ada.token)

    assert answer.plain == (400, {"code": 105, "error": "Invalid field name for update: authData.anonymous.id"})


async def test_62_an_unknown_provider(door: Door) -> None:
    answer = await door.post("/users", {"authData": {"nope": {"id": "1"}}})

    assert answer.plain == (400, {"code": 252, "error": "This authentication method is unsupported."})


async def test_69_fixation_of_a_session_that_is_made(door: Door, ada: User) -> None:
    fixed = {"sessionToken": "r:fixed", "expiresAt": {"__type": "Date", "iso": "2999-01-01"}, "createdWith": {"a": 1}}

    answer = await door.post("/sessions", fixed, token=ada.token)

    assert answer.status == 201
    assert answer.body["sessionToken"] != "r:fixed"
    assert not answer.body["expiresAt"]["iso"].startswith("2999")
    assert answer.body["createdWith"] == {"action": "create"}
    assert (await door.get("/users/me", token="r:fixed")).refusal[1] == 209


async def test_69_fixation_of_the_session_of_a_sign_up(door: Door) -> None:  # PB067
    answer = await door.post("/users", {"username": "eve", "password": "p", "sessionToken": "r:fixed"})

    assert answer.status == 201
    assert answer.body["sessionToken"] != "r:fixed"
    assert "sessionToken" not in (await door.get("/schemas/_User", master=True)).body["fields"]


@pytest.mark.parametrize("key", ["sessionToken", "expiresAt", "user", "createdWith", "installationId"])
@pytest.mark.parametrize("value", [None, "r:fixed", {"__op": "Delete"}])
async def test_70_overwriting_a_session(door: Door, ada: User, key: str, value: Any) -> None:
    session = (await door.get("/sessions/me", token=ada.token)).body["objectId"]

    answer = await door.put(f"/sessions/{session}", {key: value}, token=ada.token)

    assert answer.plain == (400, {"code": 105, "error": f"Invalid key name: {key}"})


async def test_71_an_expired_session_that_is_remembered(door: Door, ada: User) -> None:  # PB069
    clock = door.house.clock
    assert (await door.get("/users/me", token=ada.token)).status == 200

    later = Door(msgspec.structs.replace(door.house, clock=lambda: clock() + YEAR + 1000))

    assert (await later.get("/users/me", token=ada.token)).refusal[1:] == (209, "Session token is expired.")
    assert (await later.get("/sessions/me", token=ada.token)).refusal[1] == 209


async def test_72_sessions_after_the_password_was_changed(door: Door, ada: User) -> None:
    other = (await door.post("/login", {"username": "ada", "password": "ada-password"})).body["sessionToken"]
    await door.get("/users/me", token=other)

    await door.put(f"/users/{ada.id}", {"password": "new"}, token=ada.token)

    assert [(await door.get("/users/me", token=token)).refusal[1] for token in (ada.token, other)] == [209, 209]


@pytest.mark.parametrize("object_id", ["role:admin", "*"])
async def test_73_a_user_id_that_names_a_role_or_everyone(tmp_path: Path, object_id: str) -> None:
    async with open_door(tmp_path, allowCustomObjectId=True) as door:
        answer = await door.post("/users", {"username": "eve", "password": "p", "objectId": object_id})

    assert answer.plain == (400, {"code": 119, "error": "Invalid object ID."})


async def test_73_a_user_name_that_looks_like_a_role(door: Door) -> None:
    note = await door.create("Note", {"ACL": {"role:admin": {"read": True}}}, master=True)
    eve = await door.sign_up("role:admin")

    assert (await door.get(f"/classes/Note/{note}", token=eve.token)).status == 404


async def test_74_a_role_edited_by_its_join_table(door: Door, ada: User) -> None:
    role = await door.make_role("Admins")

    answer = await door.post("/classes/_Join:users:_Role", {"owningId": role, "relatedId": ada.id}, token=ada.token)

    assert answer.plain == DENIED


@pytest.mark.parametrize("with_trigger", [False, True])
@pytest.mark.parametrize("key", ["_hashed_password", "_perishable_token", "_email_verify_token", "_failed_login_count"])
async def test_75_internal_fields_of_users(door: Door, ada: User, key: str, with_trigger: bool) -> None:  # PB025
    cloud = Cloud()

    @cloud.before_save("_User" if with_trigger else "Other")
    async def before(request: TriggerRequest) -> None:
        request.object["seen"] = True

    door.deploy(cloud)

    answers = [
        await door.put(f"/users/{ada.id}", {key: "x"}, token=ada.token),
        await door.put(f"/users/{ada.id}", {key: "x"}, master=True),
        await door.post("/users", {"username": "eve", "password": "p", key: "x"}),
    ]

    assert [answer.refusal[1:] for answer in answers] == [(105, f"Invalid field name: {key}.")] * 3


async def test_75_a_verified_mail_address_claimed_by_a_client(door: Door, ada: User) -> None:
    assert (await door.put(f"/users/{ada.id}", {"emailVerified": True}, token=ada.token)).plain == DENIED
    assert (await door.post("/users", {"username": "eve", "password": "p", "emailVerified": True})).plain == DENIED


@pytest.mark.parametrize("headers", [{}, {"x-parse-master-key": "the-read-only-key"}])
async def test_76_becoming_a_user_without_the_master_key(door: Door, ada: User, headers: dict[str, str]) -> None:
    assert (await door.post("/loginAs", {"userId": ada.id}, headers=headers)).plain == DENIED


async def test_76_an_operator_as_the_user_to_become(door: Door, ada: User) -> None:  # PB073
    assert (await door.post("/loginAs", {"userId": {"$ne": 1}}, master=True)).refusal[:2] == (400, 102)


async def test_77_the_same_guest_twice_at_once(door: Door) -> None:
    guest = {"authData": {"anonymous": {"id": "g"}}}

    answers = await asyncio.gather(*(door.post("/users", guest) for _ in range(5)))

    assert len(await door.find("_User", master=True)) == 1
    assert {answer.status for answer in answers} <= {200, 201, 400}
    assert [answer.status for answer in answers].count(201) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_changing_another_user(door: Door, ada: User, method: str) -> None:
    eve = await door.sign_up("eve")

    by_another = await door.send(method, f"/users/{ada.id}", {"username": "x"}, token=eve.token)
    by_nobody = await door.send(method, f"/users/{ada.id}", {"username": "x"})

    assert [by_another.refusal[1], by_nobody.refusal[1]] == [206, 206]
    assert (await door.get("/users/me", token=ada.token)).body["username"] == "ada"


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def _with_factor(door: Door, ada: User) -> list[str]:
    """Give Ada a second factor; its recovery codes."""
    code = code_of(SecondFactor(), b32decode(SECRET), door.house.clock() // 30_000)
    body = {"authData": {"mfa": {"secret": SECRET, "token": code}}}
    answer = await door.put(f"/users/{ada.id}", body, token=ada.token)
    return str(answer.body["authDataResponse"]["mfa"]["recovery"]).split(", ")


async def test_67_a_recovery_code_used_twice_at_once(tmp_path: Path) -> None:
    async with open_door(tmp_path, auth={"mfa": {"enabled": True, "options": ["TOTP"]}}) as door:
        recovery, _ = await _with_factor(door, await door.sign_up("ada"))
        attack = {"username": "ada", "password": "ada-password", "authData": {"mfa": {"token": recovery}}}

        answers = await asyncio.gather(door.post("/login", attack), door.post("/login", attack))

    assert sorted(answer.status for answer in answers) == [200, 400]


@pytest.mark.parametrize("code", [{"$ne": 1}, ["0"], True, "", None])
async def test_67_something_else_than_a_code(tmp_path: Path, code: Any) -> None:
    async with open_door(tmp_path, auth={"mfa": {"enabled": True, "options": ["TOTP"]}}) as door:
        await _with_factor(door, await door.sign_up("ada"))
        attack = {"username": "ada", "password": "ada-password", "authData": {"mfa": {"token": code}}}

        answer = await door.post("/login", attack)

    assert answer.plain == (400, {"code": 141, "error": "Invalid MFA token"})


async def test_78_many_guesses_at_once(tmp_path: Path) -> None:
    async with open_door(tmp_path, accountLockout={"threshold": 2, "duration": 5}) as door:
        await door.sign_up("ada")
        guesses = [{"username": "ada", "password": f"guess {number}"} for number in range(6)]

        answers = await asyncio.gather(*(door.post("/login", guess) for guess in guesses))

    assert [answer.body["error"] for answer in answers].count("Invalid username/password.") == 2


@pytest.mark.parametrize("given", ["x", 5, ["x"], True])
async def test_79_sign_in_data_of_another_type_is_not_stored(door: Door, ada: User, given: Any) -> None:
    await door.put(f"/users/{ada.id}", {"authData": {"anonymous": given}}, token=ada.token)

    stored = await door.get(f"/users/{ada.id}", master=True)
    assert stored.status == 200
    assert "authData" not in stored.body


async def test_79_a_challenge_of_another_type(door: Door) -> None:
    answer = await door.post("/challenge", {"authData": {"anonymous": "x"}, "challengeData": {"anonymous": {}}})

    assert answer.plain == (400, {"code": -1, "error": "authData.anonymous should be an object."})
