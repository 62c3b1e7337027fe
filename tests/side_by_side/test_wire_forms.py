"""Bodies, headers, paths and batches as nobody should send them, and as old clients do.

Rules: reference/rest-core.md, sections 1 to 7; advisories, section E.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest

from tests.side_by_side.case import (
    APP_ID,
    MASTER_KEY,
    Case,
    Step,
    case,
    create,
    delete,
    find,
    get,
    operation,
    post,
    put,
    raw,
    some,
)
from tests.side_by_side.exchange import Pair


def batch(*items: object, **more: object) -> Step:
    """A batch of items."""
    return post("/batch", {"requests": list(items), **more})


def item(method: object, path: object, body: object = None) -> dict[str, object]:
    return {"method": method, "path": path, **({} if body is None else {"body": body})}


def batches(name: str, *items: object) -> Case:
    """A case of batches with one item each."""
    return case(name, create("<Note>", {"k": 1}), *map(batch, items))


def bodies(name: str, *texts: str) -> Case:
    """A case of creates whose body is this text; the words of a parser are its own."""
    return case(name, *(raw("POST", "/classes/<Note>", text.encode()).in_its_own_words() for text in texts))


def in_body(name: str, *forms: Mapping[str, object]) -> Case:
    """A case of requests that say in their body who asks, as JavaScript SDKs do."""
    full = ({"_ApplicationId": APP_ID, **form} for form in forms)
    return case(name, *(Step("POST", "/classes/<Note>", form).without_keys() for form in full))


def headed(name: str, *headers: tuple[str, str]) -> Case:
    """A case of finds with one header each."""
    return case(name, *(find("<Note>").with_headers({key: value}) for key, value in headers))


def basic(*words: str) -> list[Step]:
    """Finds that say who asks by Basic authentication."""
    encoded = [f"Basic {base64.b64encode(word.encode()).decode()}" for word in words]
    return [get("/classes/<Note>").without_keys().with_headers({"Authorization": word}) for word in encoded]


def asked(name: str, *requests: tuple[str, str]) -> Case:
    """A case of requests without a body."""
    return case(name, *(Step(method, path) for method, path in requests))


NOTHING = 'W/"e-24vRBFXLdkiGHboJ0qD/fA5L4XI"'
"""The entity tag of an empty list of results."""

CASES = [
    case(
        "batches that are none",
        *(
            post("/batch", body)
            for body in some({}, {"requests": None}, {"requests": 5}, {"requests": {}}, {"requests": "x"}, [])
        ),
        batch(),
        get("/batch"),
        put("/batch", {"requests": []}),
        delete("/batch"),
    ),
    batches(
        "items that are none",
        {},
        {"method": "GET"},
        item("GET", 5),
        item("GET", None),
        {"path": "/parse/classes/<Note>"},
    ),
    batches(
        "methods of items",
        *(item(method, "/parse/classes/<Note>") for method in ("get", "PATCH", "HEAD", "OPTIONS", "")),
    ),
    batches(
        "paths of items",
        *(
            item("POST", path, {})
            for path in (
                "/classes/<Note>",
                "http://x/parse/classes/<Note>",
                "/parse//classes/<Note>",
                "/parse/classes/<Note>/",
                "/parse/CLASSES/<Note>",
                "/parse/",
                "/parse/health",
                "/parse/files/a.txt",
                "/parse/nope",
                "/parse/batch",
            )
        ),
    ),
    batches(
        "bodies of items",
        item("POST", "/parse/classes/<Note>"),
        item("POST", "/parse/classes/<Note>", []),
        item("POST", "/parse/classes/<Note>", [1]),
    ),
    case(
        "what a batch says of transactions",
        *(
            batch(item("POST", "/parse/classes/<Note>", {"k": 1}), transaction=value)
            for value in (False, None, "x", 0, True)
        ),
        batch(transaction=True),
        find("<Note>", count=1, limit=0),
    ),
    case(
        "items of every kind",
        create("<Note>", {"k": 1}).remember(note="objectId"),
        batch(
            item("PUT", "/parse/classes/<Note>/<note>", {"k": operation("Increment", amount=1)}),
            item("DELETE", "/parse/classes/<Note>/none"),
            item("GET", "/parse/classes/<Note>", {"where": {"k": 99}}),
            item("GET", "/parse/classes/<Note>", {"where": {"k": {"$in": 5}}}),
            item("GET", "/parse/classes/<Note>", {"bogus": 1}),
            item("GET", "/parse/classes/<Note>/none"),
            item("POST", "/parse/classes/<Note>", {"bad key": 1}),
            item("POST", "/parse/classes/_Hooks", {}),
            item("POST", "/parse/functions/nope", {}),
            item("GET", "/parse/users/me"),
            item("POST", "/parse/login", {"username": "x", "password": "y"}),
            item("GET", "/parse/schemas"),
            item("GET", "/parse/serverInfo"),
            item("POST", "/parse/roles", {"name": "<R>"}),
            item("POST", "/parse/installations", {}),
        ),
        batch(*(item("POST", "/parse/classes/<Many>", {"i": i}) for i in range(60))),
        find("<Many>", count=1, limit=0),
    ),
    batches(
        "keys in the body of an item",
        item("POST", "/parse/classes/<Note>", {"_method": "GET"}),
        item("POST", "/parse/classes/<Note>", {"_ApplicationId": "x"}),
        item("POST", "/parse/classes/<Note>", {"_MasterKey": MASTER_KEY}),
        item("POST", "/parse/classes/<Note>", {"_SessionToken": "r:x"}),
    ),
    bodies(
        "texts that are no JSON",
        "{",
        "5",
        "null",
        "true",
        '"x"',
        "{'a':1}",
        '{"a":1,}',
        '{"a":1}x',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":01}',
        '{"a":"\x01"}',
    ),
    bodies("texts that are JSON all the same", "", "{}", '{"a":1}\n', ' {"a":1}', '{"a":1,"a":2}', '\ufeff{"a":1}'),
    case(
        "half an emoji, and bytes that are no text",
        raw(
            "POST", "/classes/<Note>", b'{"s":"x\\ud83d","t":"\\ud83d\\ude00","u":"\\\\ud83d","v":"\\ude00\\ud83d"}'
        ).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
        raw("POST", "/classes/<Note>", b'{"s":"x\xffy"}').remember(other="objectId"),
        get("/classes/<Note>/<other>"),
        raw("POST", "/classes/<Note>", b"\xff\xfe{}").in_its_own_words(),
    ),
    case(
        "content types",
        *(
            raw("POST", "/classes/<Note>", b'{"a":1}', kind)
            for kind in (
                "text/plain",
                "text/plain; charset=utf-8",
                "application/octet-stream",
                "image/png",
                "bogus",
                "",
            )
        ),
    ),
    case(
        "forms",
        raw("POST", "/classes/<Note>", b"s=1&t=x%20y", "application/x-www-form-urlencoded"),
        raw("POST", "/classes/<Note>", b"", "application/x-www-form-urlencoded"),
    ),
    case(
        "bodies of what takes none",
        create("<Note>", {"k": 1}),
        raw("GET", "/classes/<Note>?limit=0", b'{"limit":1}'),
        raw("DELETE", "/classes/<Note>/none", b'{"a":1}'),
        raw("DELETE", "/classes/<Note>/none", b"{").in_its_own_words(),
    ),
    in_body(
        "who asks",
        {"a": 1},
        {"_ApplicationId": "nope"},
        {"_ApplicationId": 5},
        {"_JavaScriptKey": "x"},
        {"_ClientVersion": "js1", "_RevocableSession": "1", "_noBody": True, "_InstallationId": "i"},
        {"_MasterKey": MASTER_KEY, "_method": "GET"},
        {"_MasterKey": "wrong"},
        {"_SessionToken": "r:nope"},
    ),
    in_body(
        "who asks, in another type",
        {"_InstallationId": 5},
        {"_SessionToken": 5},
        {"_SessionToken": {"$ne": 1}},
        {"_MasterKey": 5},
        {"_ContentType": 5},
        {"_ContentType": "x"},
    ),
    in_body(
        "a context",
        {"_context": {"a": 1}},
        {"_context": '{"a":1}'},
        {"_context": "x"},
        {"_context": 5},
        {"_context": None},
        {"_context": "5"},
    ),
    in_body(
        "methods",
        *({"_method": method, "limit": 0} for method in ("get", "Get", "PATCH", "DELETE", 5, None, "")),
        {"_method": 5},
        {"_method": None},
        {"_method": ""},
    ),
    case(
        "methods of what there is",
        create("<Note>", {"k": 1}),
        post("/classes/<Note>/none", {"_method": "DELETE"}),
        post("/classes/<Note>/none", {"_method": "PUT", "a": 1}),
        put("/classes/<Note>/none", {"_method": "GET"}),
        post("/classes/<Note>", {"_noBody": True}),
        post("/classes/<Note>", {"_RevocableSession": "1"}),
    ),
    case(
        "Basic authentication",
        *basic(f"{APP_ID}:{MASTER_KEY}", f"{APP_ID}:javascript-key=x", f"{APP_ID}:", APP_ID, "nope:x", f"{APP_ID}:a:b"),
    ),
    headed(
        "session tokens",
        ("X-Parse-Session-Token", "r:nope"),
        ("X-Parse-Session-Token", ""),
        ("X-Parse-Session-Token", "nope"),
    ),
    headed(
        "keys that are wrong",
        ("X-Parse-Master-Key", "wrong"),
        ("X-Parse-Master-Key", ""),
        ("X-Parse-Maintenance-Key", "wrong"),
    ),
    headed("contexts", *(("X-Parse-Cloud-Context", text) for text in ("{}", "x", "5", "", '{"a":1}'))),
    headed(
        "headers that change nothing",
        ("X-Parse-Client-Version", "bogus"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Parse-Revocable-Session", "1"),
        ("Accept", "text/html"),
        ("Origin", "https://x.example"),
        ("X-Parse-Installation-Id", ""),
    ),
    asked(
        "paths in other spellings",
        ("GET", "//classes/<Note>"),
        ("GET", "///classes/<Note>"),
        ("GET", "/classes//<Note>"),
        ("GET", "/CLASSES/<Note>/"),
        ("HEAD", "/classes/<Note>"),
        ("GET", "/classes/<Note>?"),
        ("GET", "/classes/<Note>?&&"),
        ("GET", "/classes/a%2Fb"),
    ),
    asked(
        "paths that can't be read",
        ("GET", "/classes/%zz"),
        ("GET", "/classes/%E0%A4%A"),
        ("GET", "/classes/<Note>/%ff"),
    ),
    asked(
        "no such route",
        ("GET", "/nope"),
        ("GET", "/"),
        ("GET", "/classes"),
        ("GET", "/classes/<Note>/x/y"),
        ("PATCH", "/classes/<Note>"),
        ("POST", "/health"),
        ("POST", "/config"),
        ("DELETE", "/config"),
        ("PUT", "/login"),
        ("GET", "/logout"),
        ("GET", "/functions/x"),
        ("POST", "/jobs"),
        ("GET", "/hooks"),
        ("DELETE", "/users"),
        ("PUT", "/roles"),
        ("POST", "/users/x"),
    ),
    asked(
        "routes for others",
        ("GET", "/serverInfo"),
        ("GET", "/installations"),
        ("GET", "/sessions"),
        ("GET", "/cloud_code/jobs"),
        ("GET", "/scriptlog"),
        ("GET", "/push_audiences"),
        ("OPTIONS", "/nope"),
        ("HEAD", "/health"),
        ("GET", "/login"),
        ("GET", "/users/me"),
    ),
    case(
        "a client that knows the answer",
        create("<Note>", {"k": 1}),
        *(
            get("/classes/<Note>?limit=0").with_headers({"If-None-Match": tags})
            for tags in (NOTHING, f'"x", {NOTHING}', "*", 'W/"other"', NOTHING.removeprefix("W/"), "")
        ),
        get("/classes/<Note>?limit=0").with_headers({"If-None-Match": NOTHING, "Cache-Control": "no-cache"}),
        Step("HEAD", "/classes/<Note>?limit=0").with_headers({"If-None-Match": NOTHING}),
        put("/classes/<Note>/none", {}).with_headers({"If-None-Match": "*"}),
        get("/classes/<Note>/none").with_headers({"If-None-Match": "*"}),
    ),
    case("a context that is a list", get("/classes/<Note>").with_headers({"X-Parse-Cloud-Context": "[]"})),
]

REST = {"X-Parse-REST-API-Key": "the-rest-key"}
MANY = create("<Note>", {"k": 1}).as_master()


def limited(name: str, *conditions: object) -> Case:
    """A case of conditions under limits."""
    return case(name, MANY, *(find("<Note>", where, keys="k").with_headers(REST) for where in conditions))


STRICT_CASES = [
    limited(
        "depth is counted in sub-queries, too",
        {"p": {"$inQuery": {"className": "<Note>", "where": {"$or": [{"$or": [{"$or": [{"k": 1}]}]}]}}}},
        {"$nor": [{"$or": [{"$and": [{"k": 1}]}]}]},
    ),
    limited(
        "patterns are looked for in sub-queries, too",
        {"p": {"$inQuery": {"className": "<Note>", "where": {"k": {"$regex": "x"}}}}},
    ),
    case(
        "own ids",
        *(create("<Note>", {"objectId": value}).as_master() for value in ("my id", "my id", "", None)),
        get("/classes/<Note>/my%20id").as_master(),
        delete("/classes/<Note>/my%20id").as_master(),
    ),
    case(
        "limits of includes",
        MANY,
        *(
            find("<Note>", **query).with_headers(REST)
            for query in ({"include": "a,b,a"}, {"include": "*"}, {"limit": "100"}, {"limit": 0})
        ),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
