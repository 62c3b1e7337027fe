"""Prototype pollution and name look-up: section B of reference/security-advisories.md."""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.cloud import Cloud, FunctionRequest, JobRequest, TriggerRequest
from tests.flows.door import Door

PROHIBITED = {
    "constructor": 'Prohibited keyword in request data: {"key":"constructor"}.',
    "__proto__": 'Prohibited keyword in request data: {"key":"__proto__"}.',
    "_bsontype": 'Prohibited keyword in request data: {"key":"_bsontype","value":"Code"}.',
}
OF_PYTHON = ["__class__", "__init__", "__dict__", "{0.__class__}", "%s", "self"]


@pytest.fixture
def hello(door: Door) -> None:
    """A function that lets nobody in but users, a job, and a trigger."""
    cloud = Cloud()

    @cloud.function(require_user=True)
    async def hello(request: FunctionRequest) -> str:
        return "hello"

    @cloud.job
    async def tidy(request: JobRequest) -> None:
        door.events.append("tidy")

    @cloud.before_save("Watched")
    async def before(request: TriggerRequest) -> None:
        door.events.append(dict(request.context))
        request.object["map"] = {"deep": [{"constructor": 1}]}

    door.deploy(cloud)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"a": {"constructor": 1}}, "constructor"),
        ({"a": {"__proto__": {}}}, "__proto__"),
        ({"a": {"_bsontype": "Code"}}, "_bsontype"),
    ],
)
async def test_19_denied_keywords(door: Door, body: Any, word: str) -> None:
    assert (await door.post("/classes/Note", body)).plain == (400, {"code": 105, "error": PROHIBITED[word]})


@pytest.mark.parametrize(
    "body",
    [
        {"clean": {"a": 1}, "a": {"b": {"c": [{"constructor": 1}]}}},
        {"a": [[[{"constructor": 1}]]]},
        {"a": {"__op": "Add", "objects": [{"constructor": 1}]}},
        {"a": {"__op": "AddUnique", "objects": [{"b": {"constructor": 1}}]}},
        {"a.constructor": 1},
        {"constructor": {"__op": "Delete"}},
        {"a": {"constructorName": 1}},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_20_denied_keywords_at_every_depth(door: Door, body: Any, method: str) -> None:
    note = await door.create("Note", {"n": 1})
    path = {"POST": "/classes/Note", "PUT": f"/classes/Note/{note}"}[method]

    answer = await door.send(method, path, body)

    assert answer.plain == (400, {"code": 105, "error": PROHIBITED["constructor"]})


async def test_21_denied_keywords_that_a_trigger_brings(door: Door, hello: None) -> None:
    answer = await door.post("/classes/Watched", {"n": 1})

    assert answer.plain == (400, {"code": 105, "error": PROHIBITED["constructor"]})
    assert await door.find("Watched") == []


@pytest.mark.parametrize(
    "name", ["__proto__", "constructor", "toString", "hello.__proto__.x", "hello`", "Hello", *OF_PYTHON[:3]]
)
async def test_23_dispatch_of_functions(door: Door, hello: None, name: str) -> None:
    answer = await door.post(f"/functions/{name}", {})

    assert answer.plain == (400, {"code": 141, "error": f'Invalid function: "{name}"'})


@pytest.mark.parametrize("name", ["hello.constructor", "hello.hello", "hello/", "hello"])
async def test_24_bypass_of_a_validator(door: Door, hello: None, name: str) -> None:
    answer = await door.post(f"/functions/{name}", {})

    assert answer.status == 400
    assert answer.body["code"] in (141, 142)
    assert "result" not in answer.body


@pytest.mark.parametrize("name", ["__proto__", "constructor", "tidy.run", "__init__"])
async def test_25_names_of_jobs(door: Door, hello: None, name: str) -> None:
    answer = await door.post(f"/jobs/{name}", {}, master=True)

    assert answer.plain == (400, {"code": 141, "error": "Invalid job."})
    assert door.events == []


async def test_25_names_of_webhooks(door: Door) -> None:
    declaration = {"functionName": "__proto__", "url": "http://127.0.0.1:1/"}

    answer = await door.post("/hooks/functions", declaration, master=True)

    assert answer.plain == (400, {"code": 143, "error": "invalid hook declaration"})


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_26_poisoned_schemas(door: Door, method: str) -> None:
    await door.create("Note", {"n": 1})
    path = {"POST": "/schemas/Other", "PUT": "/schemas/Note"}[method]

    answer = await door.send(method, path, {"fields": {"__proto__": {"type": "String"}}}, master=True)

    assert answer.plain == (400, {"code": 105, "error": "invalid field name: __proto__"})


@pytest.mark.parametrize("provider", ["__proto__", "constructor", "__class__", "nope"])
async def test_27_names_of_sign_in_providers(door: Door, provider: str) -> None:  # PB072
    answer = await door.post("/users", {"authData": {provider: {"id": "1"}}})

    assert answer.plain == (400, {"code": 252, "error": "This authentication method is unsupported."})


async def test_28_context_of_triggers(door: Door, hello: None) -> None:
    given = {"x-parse-cloud-context": '{"__proto__":{"isMaster":true},"__class__":1}'}

    await door.post("/classes/Watched", {"n": 1}, headers=given)

    assert door.events == [{"__proto__": {"isMaster": True}, "__class__": 1}]


@pytest.mark.parametrize("name", OF_PYTHON)
async def test_29_names_of_pythons_own(door: Door, hello: None, name: str) -> None:
    answers = [
        await door.post("/classes/Note", {name: 1}, token=None),
        await door.get("/classes/Note", where={name: 1}),
        await door.get("/classes/Note", order=name),
        await door.get("/classes/Note", include=name, keys=name),
        await door.post("/login", {"username": name, "password": name}),
        await door.post("/users", {"username": name, "password": name}),
    ]

    assert {answer.status for answer in answers} <= {200, 201, 400, 404}
    assert "<class" not in str([answer.body for answer in answers])
