"""Keys, limits and routes: section E of reference/security-advisories.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from parsonage.cloud import Cloud, FunctionRequest
from tests.flows.door import DENIED, Door, User, open_door
from tests.flows.hook_host import hook_host

READ_ONLY = {"x-parse-master-key": "the-read-only-key"}
UNAUTHORIZED = (403, {"error": "unauthorized"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/classes/Note", {"n": 2}),
        ("PUT", "/classes/Note/<note>", {"n": 2}),
        ("DELETE", "/classes/Note/<note>", None),
        ("POST", "/users", {"username": "eve", "password": "p"}),
        ("POST", "/roles", {"name": "r", "ACL": {}}),
        ("POST", "/schemas/Other", {}),
        ("PUT", "/schemas/Note", {"fields": {"x": {"type": "String"}}}),
        ("DELETE", "/schemas/Note", None),
        ("DELETE", "/purge/Note", None),
        ("PUT", "/config", {"params": {"a": 1}}),
        ("POST", "/jobs/any", {}),
        ("POST", "/loginAs", {"userId": "x"}),
        ("POST", "/classes/Note", {"_method": "DELETE"}),
    ],
)
async def test_81_writes_with_the_read_only_key(door: Door, note: str, method: str, path: str, body: Any) -> None:
    answer = await door.send(method, path.replace("<note>", note), body, headers=READ_ONLY)

    assert answer.status in (400, 404)
    assert answer.plain == DENIED or answer.status == 404
    assert [one["n"] for one in await door.find("Note")] == [1]
    assert (await door.get("/config", master=True)).body["params"] == {}


@pytest.mark.parametrize("transaction", [False, True])
async def test_81_a_batch_of_writes_with_the_read_only_key(door: Door, note: str, transaction: bool) -> None:
    items = [{"method": "POST", "path": "/parse/classes/Note", "body": {"n": 2}}]

    answer = await door.post("/batch", {"requests": items, "transaction": transaction}, headers=READ_ONLY)

    assert "119" in str(answer.body)
    assert len(await door.find("Note")) == 1


async def test_81_the_read_only_key_reads_as_the_master_key_does(door: Door) -> None:
    note = await door.create("Note", {"n": 1, "ACL": {}}, master=True)

    assert (await door.get(f"/classes/Note/{note}", headers=READ_ONLY)).body["n"] == 1
    assert (await door.get("/schemas", headers=READ_ONLY)).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"x-parse-master-key": "the-master-key"},
        {"x-parse-maintenance-key": "the-maintenance-key"},
        {"x-parse-master-key": "the-master-key", "x-forwarded-for": "127.0.0.1"},
        {"authorization": "Basic Zmxvd3M6dGhlLW1hc3Rlci1rZXk=", "x-parse-application-id": ""},
    ],
)
async def test_83_a_key_from_an_address_that_its_list_does_not_hold(
    door: Door, note: str, headers: dict[str, str]
) -> None:
    assert (await door.get("/classes/Note", headers=headers, address="10.1.2.3")).plain == UNAUTHORIZED
    assert (await door.get("/classes/Note", headers=headers)).status == 200


async def test_83_a_key_in_the_body_from_an_address_that_its_list_does_not_hold(door: Door, note: str) -> None:
    body = {"_method": "GET", "_ApplicationId": "flows", "_MasterKey": "the-master-key"}

    answer = await door.post("/classes/Note", body, headers={"x-parse-application-id": ""}, address="10.1.2.3")

    assert answer.plain == UNAUTHORIZED


@pytest.mark.parametrize(
    "inner",
    [
        {"body": {"_MasterKey": "the-master-key", "_ApplicationId": "flows"}},
        {"headers": {"X-Parse-Master-Key": "the-master-key"}},
        {"_MasterKey": "the-master-key"},
    ],
)
async def test_84_a_key_through_a_batch(door: Door, inner: Any) -> None:
    note = await door.create("Note", {"n": 1, "ACL": {}}, master=True)
    item = {"method": "PUT", "path": f"/parse/classes/Note/{note}", **inner}

    await door.post("/batch", {"requests": [item]})

    assert [one["updatedAt"] == one["createdAt"] for one in await door.find("Note", master=True)] == [True]


@pytest.mark.parametrize("method", ["get", "GET", "gEt"])
async def test_86_method_override_is_one_method(door: Door, note: str, method: str) -> None:
    assert (await door.post("/classes/Note", {"_method": method})).body.keys() == {"results"}


@pytest.mark.parametrize("method", [5, None, ["GET"], {"$ne": 1}])
async def test_86_a_method_override_that_is_no_text(door: Door, note: str, method: Any) -> None:
    answer = await door.post("/classes/Note", {"_method": method, "n": 2})

    assert answer.status == 201


@pytest.mark.parametrize("path", ["/LOGIN", "/login/", "//login", "/Login"])
async def test_88_spellings_of_a_path(door: Door, ada: User, path: str) -> None:
    answer = await door.post(path.replace("//", "/"), {"username": "ada", "password": "ada-password"})

    assert answer.status == 200


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([{"method": "POST", "path": "/other/classes/Note"}], "cannot route batch path /other/classes/Note"),
        ([{"method": "POST", "path": "http://localhost/parse/classes/Note"}], None),
        ([{"method": "POST", "path": {"$ne": 1}}], "batch request path must be a string"),
        ([{"method": "POST", "path": "/parse/batch"}], "nested batch requests are not allowed"),
        ([{"method": "POST", "path": "/parse//BATCH/"}], "nested batch requests are not allowed"),
        ([{"method": "post", "path": "/parse/classes/Note"}], "cannot route post /classes/Note"),
        ([{"path": "/parse/classes/Note"}], "cannot route undefined /classes/Note"),
        ([5], "batch request path must be a string"),
        ({"0": 1, "length": 1}, "requests must be an array"),
        ("x", "requests must be an array"),
    ],
)
async def test_90_paths_in_a_batch(door: Door, items: Any, text: str | None) -> None:
    answer = await door.post("/batch", {"requests": items})

    assert answer.refusal[:2] == (400, 107)
    assert answer.body["error"] == text or text is None


def nested(depth: int, operator: str = "$or") -> bytes:
    """A where-clause with so many operators inside each other, as text."""
    return b'{"%s":[' % operator.encode() * depth + b'{"n":1}' + b"]}" * depth


@pytest.mark.parametrize("operator", ["$or", "$and", "$nor"])
@pytest.mark.parametrize("depth", [101, 400])
async def test_91_deep_conditions(door: Door, note: str, operator: str, depth: int) -> None:
    answer = await door.post("/classes/Note", content=b'{"_method":"GET","where":' + nested(depth, operator) + b"}")

    text = "Query condition nesting depth exceeds maximum allowed depth of 100"
    assert answer.plain == (400, {"code": 102, "error": text})


@pytest.mark.parametrize(
    "content",
    [
        b'{"_method":"GET","where":' + nested(3000) + b"}",
        b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
    ],
)
async def test_91_deep_bodies(door: Door, note: str, content: bytes) -> None:
    assert (await door.post("/classes/Note", content=content)).status == 400
    assert (await door.get(f"/classes/Note/{note}")).status == 200


async def test_91_deep_values(door: Door) -> None:
    answer = await door.post("/classes/Note", content=b'{"a":' + b"[" * 500 + b"]" * 500 + b"}")

    assert answer.refusal[:2] == (400, 107)


async def test_91_deep_sub_queries(door: Door, note: str) -> None:
    where: Any = {"n": 1}
    for _ in range(21):
        where = {"s": {"$inQuery": {"className": "Note", "where": where}}}

    answer = await door.post("/classes/Note", {"_method": "GET", "where": where})

    assert answer.refusal[:2] == (400, 102)


@pytest.mark.parametrize(
    ("limits", "parts", "text"),
    [
        ({"includeDepth": 1}, {"include": "a.b"}, "Include depth of 2 exceeds maximum allowed depth of 1"),
        ({"includeCount": 2}, {"include": "a,b,c"}, "Number of include fields (3) exceeds maximum allowed (2)"),
        (
            {"subqueryDepth": 1},
            {
                "where": {
                    "a": {"$inQuery": {"className": "B", "where": {"c": {"$inQuery": {"className": "D", "where": {}}}}}}
                }
            },
            "Subquery nesting depth exceeds maximum allowed depth of 1",
        ),
        (
            {"queryDepth": 2},
            {"where": {"$or": [{"$and": [{"$or": [{"a": 1}]}]}]}},
            "Query condition nesting depth exceeds maximum allowed depth of 2",
        ),
        ({"allowRegex": False}, {"where": {"s": {"$regex": "x"}}}, "$regex operator is not allowed"),
    ],
)
async def test_92_complexity_of_queries(tmp_path: Path, limits: Any, parts: Any, text: str) -> None:
    async with open_door(tmp_path, requestComplexity=limits) as door:
        await door.create("Note", {"s": "x"})

        for_clients = await door.get("/classes/Note", **parts)
        for_master = await door.get("/classes/Note", **parts, master=True)

    assert for_clients.plain == (400, {"code": 102, "error": text})
    assert for_master.status == 200


async def test_92_the_length_of_a_batch(tmp_path: Path) -> None:
    item = {"method": "GET", "path": "/parse/classes/Note"}
    async with open_door(tmp_path, requestComplexity={"batchRequestLimit": 2}) as door:
        answer = await door.post("/batch", {"requests": [item] * 3})

    text = "Batch request contains 3 sub-requests, which exceeds the limit of 2."
    assert answer.plain == (400, {"code": 107, "error": text})


@pytest.mark.parametrize(
    "pattern",
    ["((((a{100}){100}){100}){100})", "a{999999999}", "(?=x)a{00000000009999999}", "(", "a**", "\\", "a" * 20_000],
)
async def test_94_expressions_that_can_not_be_run(door: Door, note: str, pattern: str) -> None:
    answer = await door.get("/classes/Note", where={"s": {"$regex": pattern}})

    assert answer.refusal[:2] == (400, 102)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$"])
async def test_94_expressions_that_backtrack_for_ever_elsewhere(door: Door, pattern: str) -> None:
    await door.create("Note", {"s": "a" * 5000 + "!"})

    assert await door.find("Note", {"s": {"$regex": pattern}}) == []


async def test_94_expressions_that_backtrack_for_ever_here(door: Door) -> None:
    await door.create("Note", {"s": "a" * 5000 + "!"})

    answer = await door.get("/classes/Note", where={"s": {"$regex": r"^(a|aa)+\1(?=x)$"}})

    assert answer.plain == (400, {"code": 102, "error": "this $regex takes too long"})


async def test_95_a_function_that_returns_what_was_never_saved(door: Door) -> None:
    cloud = Cloud()

    @cloud.function
    async def unsaved(request: FunctionRequest) -> Any:
        return request.user_client.object("Note", n=1)

    @cloud.function
    async def no_text(request: FunctionRequest) -> Any:
        return "\ud800"

    @cloud.function
    async def deep(request: FunctionRequest) -> Any:
        return orjson.loads(b"[" * 400 + b"]" * 400)

    door.deploy(cloud)

    answers = [await door.post(f"/functions/{name}", {}) for name in ("unsaved", "no_text", "deep")]

    assert [answer.refusal[:2] for answer in answers] == [(400, 141)] * 3
    assert answers[0].body["error"] == "Cannot create a pointer to an unsaved ParseObject"


async def test_97_a_body_that_is_too_large(tmp_path: Path) -> None:
    async with open_door(tmp_path, maxUploadSize="1kb") as door:
        counted = await door.post("/classes/Note", {"s": "x" * 2000})
        declared = await door.post("/classes/Note", {}, headers={"content-length": "5000"})

    assert counted.plain == declared.plain == (413, {"error": "request entity too large"})


async def test_108_lines_in_a_header(tmp_path: Path) -> None:
    async with open_door(tmp_path, allowCustomObjectId=True) as door:
        answer = await door.post("/classes/Note", {"objectId": "a\r\nSet-Cookie: x=1"})

    assert answer.status == 201
    assert not {"\r", "\n"} & set(answer.headers["location"])


async def test_a_body_with_thousands_of_new_fields(door: Door, note: str) -> None:
    many = {f"f{number}": 1 for number in range(3000)}

    by_client = await door.put(f"/classes/Note/{note}", many)

    assert by_client.plain == (400, {"code": 107, "error": "a client may bring 500 new fields at once at most"})
    assert len((await door.get("/schemas/Note", master=True)).body["fields"]) == 8


async def test_111_what_a_failing_webhook_says_and_what_it_learns(door: Door, ada: User) -> None:  # PB091, PB092
    with hook_host() as host:
        url = host.at("f", 500)  # with a body and headers that are nobody's business
        await door.post("/hooks/functions", {"functionName": "f", "url": url}, master=True)
        answer = await door.post("/functions/f", token=ada.token, headers={"x-parse-client-key": "the-client-key"})

    assert answer.plain == (400, {"code": 141, "error": "f: the webhook answered with status 500"})
    assert ada.token not in str(host.asked)
    assert "the-client-key" not in str(host.asked)


@pytest.mark.parametrize("asked", [{"distinct": "n"}, {"pipeline": [{"$match": {"n": 1}}]}])
async def test_82_aggregation_with_the_read_only_key(tmp_path: Path, asked: Any) -> None:
    async with open_door(tmp_path, allowAggregationForReadOnlyMasterKey=False) as door:
        await door.create("Note", {"n": 1})

        answer = await door.get("/aggregate/Note", headers=READ_ONLY, **asked)

    text = "Cannot run an aggregation pipeline when using the readOnlyMasterKey"
    assert answer.plain == (400, {"code": 119, "error": text})


@pytest.mark.parametrize("stage", ["$out", "$merge"])
async def test_82_pipelines_that_write(door: Door, note: str, stage: str) -> None:
    answer = await door.get("/aggregate/Note", pipeline=[{stage: "Stolen"}], headers=READ_ONLY)

    assert answer.status == 400
    assert (await door.get("/schemas/Stolen", master=True)).refusal[1] == 103


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (False, "127.0.0.1", 403),
        (["10.0.0.0/8"], "127.0.0.1", 403),
        (["203.0.113.0/24"], "127.0.0.1", 200),
        (["203.0.113.0/24"], "127.0.0.1, 198.51.100.1", 403),
        (1, "127.0.0.1", 200),
        (1, "127.0.0.1, 198.51.100.1", 403),
        (True, "127.0.0.1, 198.51.100.1", 200),
    ],
)
async def test_83_an_address_that_only_the_header_tells(
    tmp_path: Path, trusted: Any, forwarded: str, expected: int
) -> None:
    async with open_door(tmp_path, trustProxy=trusted) as door:
        answer = await door.get(
            "/config", master=True, headers={"x-forwarded-for": forwarded}, address="::ffff:203.0.113.7"
        )

    assert answer.status == expected
