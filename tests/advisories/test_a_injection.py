"""Injection into the database: section A of reference/security-advisories.md."""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.cloud import Cloud, TriggerRequest
from tests.flows.door import Door, User


async def is_unharmed(door: Door) -> bool:
    """Whether the object of these tests is there as it was made."""
    [found] = await door.find("Note", {"s": "x"})
    return bool(found["n"] == 1 and found["arr"] == [1])


@pytest.mark.parametrize("key", ["a';--", 'a"; drop table "Note"', "a b", "a\\", "a]", "a`", "a)"])
async def test_01_sql_injection_by_query_field_name(door: Door, note: str, key: str) -> None:
    answer = await door.get("/classes/Note", where={key: 1})

    assert answer.plain == (400, {"code": 105, "error": f"Invalid key name: {key}"})
    assert await is_unharmed(door)


@pytest.mark.parametrize("key", ["a.b' OR 1=1 --", 'o.a") ; drop', "o.a'b", 's.x" = 1 --'])
async def test_02_sql_injection_by_dotted_query_field_name(door: Door, note: str, key: str) -> None:
    answer = await door.get("/classes/Note", where={key: 1})

    assert answer.plain == (400, {"code": 105, "error": f"Invalid key name: {key}"})
    assert await is_unharmed(door)


@pytest.mark.parametrize("key", ["n", "o.n"])
async def test_03_sql_injection_by_the_amount_of_an_increment(door: Door, note: str, key: str) -> None:
    change = {key: {"__op": "Increment", "amount": "1; select pg_sleep(3)"}}

    answer = await door.put(f"/classes/Note/{note}", change)

    assert answer.plain == (400, {"code": 107, "error": "incrementing must provide a number"})
    assert await is_unharmed(door)


@pytest.mark.parametrize("inner", ["a'b", 'a"b', "a\\b", "a]b", "a`;--", "a) drop"])
async def test_04_sql_injection_by_the_nested_key_of_an_increment(door: Door, note: str, inner: str) -> None:
    answer = await door.put(f"/classes/Note/{note}", {f"o.{inner}": {"__op": "Increment", "amount": 1}})

    assert answer.status == 200
    assert [one["o"] for one in await door.find("Note")] == [{"n": 1, inner: 1}]
    assert await is_unharmed(door)


@pytest.mark.parametrize(
    "asked",
    [
        {"distinct": 's"; drop table x'},
        {"distinct": "s' or '1'='1"},
        {"$group": {"_id": '$s"; drop table x'}},
        {"$group": {"_id": None, "t": {"$sum": "$n'); drop"}}},
        {"$sort": {'n"; drop': 1}},
        {"$match": {"a';--": 1}},
    ],
)
async def test_05_sql_injection_by_names_in_an_aggregate(door: Door, note: str, asked: Any) -> None:
    answer = await door.get("/aggregate/Note", master=True, **asked)

    assert answer.refusal[:2] == (400, 105)
    assert await is_unharmed(door)


@pytest.mark.parametrize("order", ['a"; drop', "n desc, (select 1)", "n;--", "-n' "])
async def test_06_sql_injection_by_sort_name(door: Door, note: str, order: str) -> None:
    answer = await door.get("/classes/Note", order=order)

    assert answer.refusal[:2] == (400, 105)
    assert await is_unharmed(door)


@pytest.mark.parametrize("order", ["o.n'; select 1", 'o.n"; drop'])
async def test_06_sql_injection_by_dotted_sort_name(door: Door, note: str, order: str) -> None:
    answer = await door.get("/classes/Note", order=order)

    assert answer.refusal[:2] == (400, 105)
    assert await is_unharmed(door)


@pytest.mark.parametrize(
    "where",
    [
        {"s": '\'; drop table "Note"; --'},
        {"s": {"$regex": "'; select pg_sleep(3)--"}},
        {"s": {"$in": ['\'); drop table "Note"']}},
        {"s": {"$gt": "zzz' or '1'='1"}},
        {"arr": {"$all": ["'); drop"]}},
        {"objectId": "x' or '1'='1"},
        {"o.n": "1' or '1'='1"},
    ],
)
async def test_07_sql_injection_by_literal_or_expression(door: Door, note: str, where: Any) -> None:
    assert await door.find("Note", where) == []
    assert await is_unharmed(door)


async def test_08_sql_injection_by_class_name_in_a_path(door: Door, note: str) -> None:
    read = await door.get("/classes/Sec%22%3Bdrop")
    written = await door.post("/classes/Sec%22%3Bdrop", {"a": 1})

    assert read.plain == (200, {"results": []})
    assert written.plain == (400, {"code": 107, "error": "schema class name does not revalidate"})
    assert await is_unharmed(door)


@pytest.mark.parametrize("with_trigger", [False, True])
@pytest.mark.parametrize("key", ['a"; drop', "a' --", "a b", "_rperm", "__type__"])
async def test_09_sql_injection_by_column_name_in_a_save(
    door: Door, note: str, key: str, with_trigger: bool
) -> None:  # PB025
    cloud = Cloud()

    @cloud.before_save("Note" if with_trigger else "Other")
    async def before(request: TriggerRequest) -> None:
        request.object["seen"] = True

    door.deploy(cloud)

    answer = await door.post("/classes/Note", {key: 1})

    assert answer.plain == (400, {"code": 105, "error": f"Invalid field name: {key}."})
    assert await is_unharmed(door)


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": {"$ne": 1}, "password": "x"},
        {"username": "ada", "password": {"$ne": 1}},
        {"email": {"$regex": "."}, "password": "x"},
        {"username": ["ada"], "password": "ada-password"},
    ],
)
async def test_10_operators_as_values_of_a_log_in(door: Door, ada: User, credentials: Any) -> None:
    answer = await door.post("/login", credentials)

    assert answer.plain == (404, {"code": 101, "error": "Invalid username/password."})


@pytest.mark.parametrize("given", [{"$ne": 1}, ["x"], 5, True])
async def test_12_an_operator_as_the_id_of_sign_in_data(door: Door, given: Any) -> None:
    answer = await door.post("/users", {"authData": {"anonymous": {"id": given}}})

    assert answer.plain == (400, {"code": 162, "error": "Invalid authData id for provider 'anonymous'."})


@pytest.mark.parametrize("key", ["_SessionToken", "_MasterKey", "_InstallationId"])
async def test_13_an_operator_as_a_credential_in_the_body(door: Door, note: str, key: str) -> None:
    body = {"_ApplicationId": "flows", "_method": "GET", key: {"$ne": 1}}

    answer = await door.post("/classes/Note", body, headers={"x-parse-application-id": ""})

    assert answer.plain == (403, {"error": "unauthorized"})


@pytest.mark.parametrize(
    ("where", "code"),
    [({"$where": "1"}, 105), ({"s": {"$where": "1"}}, 107), ({"s": {"$function": {}}}, 107), ({"$expr": {}}, 105)],
)
async def test_14_where_and_unknown_operators(door: Door, note: str, where: Any, code: int) -> None:
    assert (await door.get("/classes/Note", where=where)).refusal[:2] == (400, code)


@pytest.mark.parametrize(
    ("where", "code", "text"),
    [
        ({"s": {"$regex": {"$ne": 1}}}, 102, "$regex value must be a string"),
        ({"s": {"$regex": "x", "$options": {"$ne": 1}}}, 102, "$options value must be a string"),
        ({"s": {"$in": "x"}}, 107, "bad $in value"),
        ({"s": {"$nin": {"0": 1}}}, 107, "bad $nin value"),
        ({"arr": {"$all": {"0": 1}}}, 107, "bad $all value"),
        ({"$or": {"0": {"n": 1}}}, 102, "Permission denied"),
        ({"$and": 5}, 102, "Permission denied"),
        ({"$nor": []}, 102, "Bad $nor format - use an array of at least 1 value."),
        ({"n": {"$inQuery": 5}}, 102, "improper usage of $inQuery"),
        ({"n": {"$select": {"key": {"$ne": 1}, "query": {}}}}, 102, "improper usage of $select"),
    ],
)
async def test_15_wrong_operand_types(door: Door, note: str, where: Any, code: int, text: str) -> None:
    assert (await door.get("/classes/Note", where=where)).plain == (400, {"code": code, "error": text})


@pytest.mark.parametrize("kind", ["Pointer", "Date", "GeoPoint", "Bytes", "File", "Nonsense", {"$ne": 1}])
async def test_16_half_formed_typed_values(door: Door, note: str, kind: Any) -> None:
    in_query = await door.get("/classes/Note", where={"n": {"$ne": {"__type": kind}}})
    in_save = await door.post("/classes/Note", {"p": {"__type": kind}})

    assert {in_query.status, in_save.status} == {400}
    assert {in_query.body["code"], in_save.body["code"]} <= {107, 111}


@pytest.mark.parametrize(
    "parts",
    [
        {"where": {"s": {"$regex": "("}}},
        {"where": {"createdAt": "x"}},
        {"where": {"n": "x"}},
        {"where": {"objectId": 5}},
        {"where": {"$or": [{}, {}]}},
        {"limit": -1},
        {"skip": "x"},
        {"order": "ACL"},
        {"where": {"o.n": {"$gt": {}}}},
    ],
)
async def test_18_no_error_of_the_database_is_told(door: Door, note: str, parts: Any) -> None:
    answer = await door.get("/classes/Note", **parts)

    assert answer.status in (200, 400)
    assert "sql" not in str(answer.body).lower()
