"""Reading what must stay hidden: section C of reference/security-advisories.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FindRequest
from parsonage.protocol.objects import ParseObject
from tests.flows.door import DENIED, OPEN, Door, User, open_door, pointer

INTERNAL = [
    "_Join:users:_Role",
    "_Hooks",
    "_GraphQLConfig",
    "_Audience",
    "_GlobalConfig",
    "_Idempotency",
    "_JobStatus",
    "_PushStatus",
    "_JobSchedule",
    "_SCHEMA",
]


@pytest.mark.parametrize("where", [{"sec": "S"}, {"sec": {"$regex": "^S"}}, {"sec": {"$exists": True}}])
async def test_30_a_protected_field_in_a_query(door: Door, secret: str, where: Any) -> None:
    assert (await door.get("/classes/Secret", where=where)).plain == DENIED
    assert (await door.get("/classes/Secret", where=where, count=1, limit=0)).plain == DENIED


@pytest.mark.parametrize(
    "where",
    [
        {"$or": [{"open": 1}, {"sec": "S"}]},
        {"$and": [{"open": 1}, {"$nor": [{"sec": "S"}]}]},
        {"objectId": "x", "$or": [{"$and": [{"sec": "S"}]}]},
    ],
)
async def test_31_a_protected_field_inside_logical_operators(door: Door, secret: str, where: Any) -> None:
    assert (await door.get("/classes/Secret", where=where)).plain == DENIED


async def test_32_a_map_like_a_list_for_or(door: Door, secret: str) -> None:
    answer = await door.get("/classes/Secret", where={"$or": {"0": {"sec": 1}, "length": 1}})

    assert answer.plain == (400, {"code": 102, "error": "Permission denied"})


@pytest.mark.parametrize("parts", [{"where": {"o.n": 1}}, {"order": "o.n"}, {"order": "-o.n"}])
async def test_33_a_path_into_a_protected_field(door: Door, secret: str, parts: Any) -> None:
    assert (await door.get("/classes/Secret", **parts)).plain == DENIED


@pytest.mark.parametrize("order", ["sec", "-sec", "open,sec"])
async def test_34_a_protected_field_to_sort_by(door: Door, secret: str, order: str) -> None:
    assert (await door.get("/classes/Secret", order=order)).plain == DENIED


@pytest.mark.parametrize(
    "constraint",
    [
        {"$inQuery": {"className": "Secret", "where": {"sec": "S"}}},
        {"$notInQuery": {"className": "Secret", "where": {"$or": [{"sec": "S"}]}}},
        {"$select": {"query": {"className": "Secret", "where": {}}, "key": "sec"}},
        {"$select": {"query": {"className": "Secret", "where": {}}, "key": "o.n"}},
        {"$dontSelect": {"query": {"className": "Secret", "where": {}}, "key": "sec"}},
    ],
)
async def test_35_a_protected_field_in_a_sub_query(door: Door, secret: str, note: str, constraint: Any) -> None:
    assert (await door.get("/classes/Note", where={"s": constraint})).plain == DENIED


@pytest.mark.parametrize("parts", [{"keys": "sec"}, {"keys": "sec,o.n,open"}, {"include": "*"}, {"includeAll": 1}])
async def test_36_keys_and_include_of_a_protected_field(door: Door, secret: str, parts: Any) -> None:
    [found] = await door.find("Secret", **parts)

    assert {"sec", "o"}.isdisjoint(found)


async def test_37_answers_of_saves_tell_no_protected_field_that_was_not_sent(door: Door, secret: str) -> None:
    answer = await door.put(f"/classes/Secret/{secret}", {"open": {"__op": "Increment", "amount": 1}})

    assert answer.body.keys() == {"open", "updatedAt"}


@pytest.mark.parametrize("key", ["_hashed_password", "_perishable_token", "_email_verify_token", "_session_token"])
async def test_38_internal_columns_in_a_query(door: Door, ada: User, key: str) -> None:
    answer = await door.get("/users", where={key: {"$regex": "^a"}})

    assert answer.plain == (400, {"code": 105, "error": f"Invalid key name: {key}"})


async def test_38_the_hash_of_a_password_is_closed_to_every_key(door: Door, ada: User) -> None:
    where = {"_hashed_password": {"$regex": "."}}

    answers = [
        await door.get("/users", where=where, master=True),
        await door.get("/users", where=where, headers={"x-parse-maintenance-key": "the-maintenance-key"}),
        await door.get("/users", where=where, headers={"x-parse-master-key": "the-read-only-key"}),
    ]

    assert [answer.refusal[:2] for answer in answers] == [(400, 105)] * 3


@pytest.mark.parametrize("key", ["sessionToken", "password", "authData", "authData.anonymous.id"])
async def test_38_secrets_of_users_in_a_query_find_nothing(door: Door, ada: User, key: str) -> None:
    assert await door.find("_User", {key: {"$exists": True}}) == []
    assert await door.find("_User", {key: {"$regex": "."}}) == []


@pytest.mark.parametrize("key", ["_rperm", "_wperm", "_acl"])
async def test_39_permission_columns_in_a_query(door: Door, note: str, key: str) -> None:
    answer = await door.get("/classes/Note", where={key: "x"})

    assert answer.plain == (400, {"code": 105, "error": f"Invalid key name: {key}"})


async def test_40_theft_of_tokens_by_another_class(door: Door, ada: User) -> None:
    await door.make_class("Thing", OPEN, sessions={"type": "Relation", "targetClass": "_Session"})
    await door.make_class("Closed", {}, n="Number")
    await door.make_class("Other", OPEN, closed={"type": "Relation", "targetClass": "Closed"})

    sessions = await door.get("/classes/Thing", redirectClassNameForKey="sessions")
    users = await door.get("/sessions", redirectClassNameForKey="user", token=ada.token)
    closed = await door.get("/classes/Other", redirectClassNameForKey="closed")

    assert sessions.plain == (200, {"results": []})
    assert [one["className"] for one in users.body["results"]] == ["_Session"]
    assert closed.plain == DENIED


@pytest.mark.parametrize("class_name", INTERNAL)
async def test_41_internal_classes_by_route(door: Door, ada: User, class_name: str) -> None:
    path = f"/classes/{class_name}"

    answers = [
        await door.get(path, token=ada.token),
        await door.get(f"{path}/x", token=ada.token),
        await door.post(path, {"a": 1}, token=ada.token),
        await door.put(f"{path}/x", {"a": 1}, token=ada.token),
        await door.delete(f"{path}/x", token=ada.token),
    ]

    assert [answer.plain for answer in answers] == [DENIED] * 5


@pytest.mark.parametrize("class_name", INTERNAL)
async def test_42_internal_classes_by_sub_query(door: Door, note: str, class_name: str) -> None:
    where = {"s": {"$inQuery": {"className": class_name, "where": {}}}}

    assert (await door.get("/classes/Note", where=where)).plain == DENIED


@pytest.mark.parametrize("class_name", [name for name in INTERNAL if not name.startswith("_Join")])
async def test_42_internal_classes_by_pointer(door: Door, class_name: str) -> None:
    by_client = await door.post("/classes/Note", {"p": pointer(class_name, "x")})
    note = await door.create("Note", {"p": pointer(class_name, "1")}, master=True)
    await door.put("/config", {"params": {"a": 1}}, master=True)

    included = await door.get(f"/classes/Note/{note}", include="p")

    assert by_client.plain == DENIED
    assert "p" not in included.body


@pytest.mark.parametrize("key", ["arr", "map"])
async def test_42_internal_classes_by_nested_pointer(door: Door, key: str) -> None:
    held = {"arr": [pointer("_GlobalConfig", "1")], "map": {"p": pointer("_GlobalConfig", "1")}}[key]
    note = await door.create("Note", {key: held}, master=True)
    await door.put("/config", {"params": {"hidden": 1}, "masterKeyOnly": {"hidden": True}}, master=True)

    included = await door.get(f"/classes/Note/{note}", include=f"{key},{key}.p")

    assert "hidden" not in str(included.body)


async def test_43_sign_in_data_is_shown_to_nobody_else(door: Door, ada: User) -> None:
    made = (await door.post("/users", {"authData": {"anonymous": {"id": "g"}}, "ACL": {"*": {"read": True}}})).body

    others = [
        await door.get(f"/users/{made['objectId']}", token=ada.token),
        await door.get("/users", token=ada.token, keys="authData"),
        await door.get("/users", where={"objectId": made["objectId"]}),
    ]

    assert not [answer.body for answer in others if "authData" in str(answer.body)]


async def test_44_hidden_fields_of_ones_own_session(door: Door, ada: User) -> None:
    await door.put("/schemas/_Session", {"fields": {"tag": {"type": "String"}}}, master=True)
    permissions = {**OPEN, "protectedFields": {"*": ["tag", "createdWith"]}}
    await door.put("/schemas/_Session", {"classLevelPermissions": permissions}, master=True)

    answer = await door.get("/sessions/me", token=ada.token)

    assert answer.status == 200
    assert "createdWith" not in answer.body


async def test_46_explain(door: Door, note: str) -> None:
    answer = await door.get("/classes/Note", explain=True)

    assert answer.plain == (400, {"code": 102, "error": "Using the explain query parameter requires the master key"})


async def test_58_finding_out_who_has_an_account(door: Door, ada: User) -> None:
    unknown = await door.post("/login", {"username": "nobody", "password": "x"})
    wrong = await door.post("/login", {"username": "ada", "password": "x"})

    assert unknown.plain == wrong.plain == (404, {"code": 101, "error": "Invalid username/password."})


async def test_58_a_closed_sign_up_tells_no_name_that_is_taken(door: Door, ada: User) -> None:
    await door.put("/schemas/_User", {"classLevelPermissions": {"get": {"*": True}}}, master=True)

    taken = await door.post("/users", {"username": "ada", "password": "x"})
    free = await door.post("/users", {"username": "bob", "password": "x"})

    assert taken.plain == free.plain == DENIED


@pytest.mark.parametrize("parts", [{"where": {"email": "ada@example.org"}}, {"order": "email"}])
async def test_59_mail_addresses_are_private(door: Door, parts: Any) -> None:
    ada = await door.sign_up("ada", email="ada@example.org", ACL={"*": {"read": True}})

    assert (await door.get("/users", **parts)).plain == DENIED
    assert "email" not in (await door.get(f"/users/{ada.id}")).body
    assert (await door.get(f"/users/{ada.id}", token=ada.token)).body["email"] == "ada@example.org"


async def test_59_mail_addresses_are_private_in_every_answer_where_owners_are_not_exempt(tmp_path: Path) -> None:
    async with open_door(tmp_path, protectedFieldsOwnerExempt=False) as door:
        ada = await door.sign_up("ada", email="ada@example.org")
        guest = {"authData": {"anonymous": {"id": "g"}}, "email": "guest@example.org"}
        await door.post("/users", guest)

        answers = [
            await door.get("/users/me", token=ada.token),
            await door.post("/login", {"username": "ada", "password": "ada-password"}),
            await door.post("/verifyPassword", {"username": "ada", "password": "ada-password"}),
            await door.post("/users", guest),
        ]

    assert [answer.status for answer in answers] == [200] * 4
    assert not [answer.body for answer in answers if "example.org" in str(answer.body)]


async def test_54_a_before_find_that_answers_with_what_the_reader_may_not_read(door: Door, ada: User) -> None:
    await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["sec"]}}, n="Number", sec="String")
    hidden = await door.create("Note", {"n": 1, "ACL": {ada.id: {"read": True}}}, token=ada.token)
    shown = await door.create("Note", {"n": 2, "sec": "S"})
    cloud = Cloud()

    @cloud.before_find("Note")
    async def everything(request: FindRequest) -> list[ParseObject]:
        return [ParseObject("Note", note, sec="S") for note in (hidden, shown)]

    door.deploy(cloud)
    rows = await door.find("Note")

    assert [(row["objectId"], row.get("sec")) for row in rows] == [(shown, None)]
