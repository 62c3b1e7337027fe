"""Who may come in, in which form a request may come, and what is said to a malformed one.

Rules: reference/rest-core.md, sections 1 to 5.
"""

from __future__ import annotations

import base64

import pytest

from tests.side_by_side.case import (
    APP_ID,
    MAINTENANCE_KEY,
    MASTER_KEY,
    READ_ONLY_MASTER_KEY,
    Case,
    Step,
    case,
    create,
    delete,
    find,
    get,
    post,
    put,
    raw,
    sign_up,
)
from tests.side_by_side.exchange import Pair


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def key(name: str, value: str) -> dict[str, str]:
    return {f"X-Parse-{name}": value}


READ_ONLY = key("Master-Key", READ_ONLY_MASTER_KEY)
MAINTENANCE = key("Maintenance-Key", MAINTENANCE_KEY)

CASES = [
    case("the app id alone opens an app without client keys", create("<Note>", {"n": 1})),
    case("no app id is refused", find("<Note>").without_keys()),
    case("an unknown app id is refused", find("<Note>").with_headers(key("Application-Id", "nobody"))),
    case("a wrong master key is no key at all", get("/schemas").with_headers(key("Master-Key", "wrong"))),
    case("a route for the master key refuses clients", get("/schemas")),
    case("Basic auth without a colon is ignored", find("<Note>").without_keys().with_headers(basic("x"))),
    case(
        "Basic auth with the master key reads a schema",
        create("<Note>", {"n": 1}),
        get("/schemas/<Note>").without_keys().with_headers(basic(f"{APP_ID}:{MASTER_KEY}")),
    ),
    case(
        "Basic auth with a JavaScript key is a client",
        get("/schemas").without_keys().with_headers(basic(f"{APP_ID}:javascript-key=any")),
    ),
    case(
        "Basic auth with two colons is ignored",
        find("<Note>").without_keys().with_headers(basic(f"{APP_ID}:a:b")),
    ),
    case(
        "the body form creates an object",
        raw(
            "POST",
            "/classes/<Note>",
            f'{{"n":1,"_ApplicationId":"{APP_ID}","_JavaScriptKey":"","_ClientVersion":"js8.6.2",'
            '"_InstallationId":"0f0"}'.encode(),
            "text/plain",
        ).with_headers({"X-Parse-Application-Id": "nobody"}),
    ),
    case(
        "the body form without headers asks as the SDK does",
        create("<Note>", {"n": 1}),
        create("<Note>", {"n": 2}),
        post(
            "/classes/<Note>",
            {"_method": "GET", "_ApplicationId": APP_ID, "where": {"n": {"$gt": 1}}, "limit": 5, "_noBody": True},
        ).without_keys(),
    ),
    case(
        "the body form carries the master key",
        create("<Note>", {"n": 1}),
        post("/schemas/<Note>", {"_method": "GET", "_ApplicationId": APP_ID, "_MasterKey": MASTER_KEY}).without_keys(),
    ),
    case(
        "the body form carries a session token",
        sign_up("<Ada>", "ada"),
        post("/users/me", {"_method": "GET", "_ApplicationId": APP_ID, "_SessionToken": "<ada-token>"}).without_keys(),
    ),
    case(
        "a body with an installation id that is no text is refused",
        post("/classes/<Note>", {"_ApplicationId": APP_ID, "_InstallationId": 5}).without_keys(),
    ),
    case(
        "an unknown app id in the body is refused",
        post("/classes/<Note>", {"_ApplicationId": "nobody"}).without_keys(),
    ),
    case("with the app id in a header, the body's is data", create("<Note>", {"_ApplicationId": APP_ID})),
    case(
        "a method override works with keys in headers",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        post("/classes/<Note>/<note>", {"_method": "PUT", "n": 2}),
        post("/classes/<Note>/<note>", {"_method": "GET"}),
        post("/classes/<Note>/<note>", {"_method": "DELETE"}),
        get("/classes/<Note>/<note>"),
    ),
    case("a method override in small letters works", post("/classes/<Note>", {"_method": "get", "limit": 1})),
    case("a method override that is no text is dropped", post("/classes/<Note>", {"_method": 5, "n": 1})),
    case(
        "a method override on PUT is no override",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"_method": "DELETE"}),
        get("/classes/<Note>/<note>"),
    ),
    case("a JSON body is read whatever its type says", raw("POST", "/classes/<Note>", b'{"n":1}', "text/plain")),
    case(
        "a form's values are texts",
        raw("POST", "/classes/<Note>", b"n=5&s=a+b", "application/x-www-form-urlencoded").remember(note="objectId"),
        get("/classes/<Note>/<note>"),
    ),
    case("broken JSON is refused", raw("POST", "/classes/<Note>", b'{"n":').in_its_own_words()),
    case(
        "broken JSON is refused before the keys are looked at",
        raw("POST", "/classes/<N>", b"{x").without_keys().in_its_own_words(),
    ),
    case("text that isn't JSON is refused", raw("POST", "/classes/<Note>", b"hello").in_its_own_words()),
    case("a JSON number as body is refused", raw("POST", "/classes/<Note>", b"5").in_its_own_words()),
    case("an empty body creates an empty object", raw("POST", "/classes/<Note>", b"")),
    case("a list as body has keys that are no names", raw("POST", "/classes/<Note>", b'["a"]')),
    case("a context that is no map is refused", find("<Note>").with_headers(key("Cloud-Context", "5"))),
    case("a context that is no JSON is refused", find("<Note>").with_headers(key("Cloud-Context", "{"))),
    case("a context in the body must be a map", post("/classes/<N>", {"_ApplicationId": APP_ID, "_context": 5})),
    case(
        "a context in the body form must be a map",
        post("/classes/<N>", {"_ApplicationId": APP_ID, "_context": 5}).without_keys(),
    ),
    case("an unknown session token is refused on every route", find("<Note>").with_headers(key("Session-Token", "x"))),
    case("an unknown route is not found", get("/nowhere")),
    case("PATCH is not routed", Step("PATCH", "/classes/<Note>/x", {})),
    case("DELETE on a class is not routed", delete("/classes/<Note>")),
    case("one double slash is forgiven", create("<Note>", {"n": 1}), get("//classes/<Note>")),
    case("a trailing slash is forgiven", create("<Note>", {"n": 1}), get("/classes/<Note>/")),
    case("paths may be in capitals", create("<Note>", {"n": 1}), get("/CLASSES/<Note>")),
    case("HEAD is answered like GET", Step("HEAD", "/classes/<Note>")),
    case("OPTIONS needs no key", Step("OPTIONS", "/classes/<Note>").without_keys()),
    case("OPTIONS is answered on any path", Step("OPTIONS", "/nowhere").without_keys()),
    case("health needs no key", get("/health").without_keys()),
    case(
        "the read-only master key reads schemas", create("<N>", {"n": 1}), get("/schemas/<N>").with_headers(READ_ONLY)
    ),
    case("the read-only master key creates nothing", create("<Note>", {"n": 1}).with_headers(READ_ONLY)),
    case(
        "the read-only master key changes and deletes nothing",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"n": 2}).with_headers(READ_ONLY),
        delete("/classes/<Note>/<note>").with_headers(READ_ONLY),
    ),
    case("the read-only master key makes no class", post("/schemas/<Note>", {}).with_headers(READ_ONLY)),
    case("the read-only master key changes no config", put("/config", {"params": {"a": 1}}).with_headers(READ_ONLY)),
    case(
        "the read-only master key reads what an ACL closes",
        create("<Note>", {"n": 1, "ACL": {}}).remember(note="objectId"),
        get("/classes/<Note>/<note>").with_headers(READ_ONLY),
    ),
    case("the maintenance key is not the master key", get("/schemas").with_headers(MAINTENANCE)),
    case(
        "the maintenance key sets the times of an object",
        create(
            "<Note>",
            {
                "createdAt": {"__type": "Date", "iso": "2019-01-01T00:00:00.000Z"},
                "updatedAt": {"__type": "Date", "iso": "2019-02-01T00:00:00.000Z"},
            },
        )
        .with_headers(MAINTENANCE)
        .remember(note="objectId"),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "the maintenance key can't make an object older than its creation",
        create(
            "<Note>",
            {
                "createdAt": {"__type": "Date", "iso": "2019-03-01T00:00:00.000Z"},
                "updatedAt": {"__type": "Date", "iso": "2019-02-01T00:00:00.000Z"},
            },
        ).with_headers(MAINTENANCE),
    ),
]

NOBODY = {"username": "nobody"}
"""Other cases leave users behind; these ask whether the door opens, not who is in."""

STRICT_CASES = [
    case("an app with client keys refuses the app id alone", find("<Note>")),
    case("the REST key opens it", find("_User", NOBODY).with_headers(key("REST-API-Key", "the-rest-key"))),
    case(
        "the JavaScript key opens it", find("_User", NOBODY).with_headers(key("Javascript-Key", "the-javascript-key"))
    ),
    case("the client key opens it", find("_User", NOBODY).with_headers(key("Client-Key", "the-client-key"))),
    case("the .NET key opens it", find("_User", NOBODY).with_headers(key("Windows-Key", "the-dot-net-key"))),
    case(
        "a right key in the wrong header is refused",
        find("_User", NOBODY).with_headers(key("Client-Key", "the-rest-key")),
    ),
    case(
        "a wrong master key and no client key is refused",
        find("_User", NOBODY).with_headers(key("Master-Key", "wrong")),
    ),
    case("the master key needs no client key", find("_User", NOBODY).as_master()),
    case(
        "Basic auth carries the JavaScript key",
        get("/users", where=NOBODY).without_keys().with_headers(basic(f"{APP_ID}:javascript-key=the-javascript-key")),
    ),
    case(
        "the body form carries the JavaScript key",
        post(
            "/users",
            {"_method": "GET", "_ApplicationId": APP_ID, "_JavaScriptKey": "the-javascript-key", "where": NOBODY},
        ).without_keys(),
    ),
    case(
        "a wrong JavaScript key in the body form is refused",
        post("/users", {"_method": "GET", "_ApplicationId": APP_ID, "_JavaScriptKey": "wrong"}).without_keys(),
    ),
    case("a key from an address outside its list is refused", find("_User", NOBODY).with_headers(READ_ONLY)),
    case(
        "a listed origin is named in the answer",
        find("_User", NOBODY).as_master().with_headers({"Origin": "https://other.example"}),
    ),
    case(
        "another origin is answered with the first listed one",
        find("_User", NOBODY).as_master().with_headers({"Origin": "https://evil.example"}),
    ),
    case("allowed headers are listed on OPTIONS", Step("OPTIONS", "/users").without_keys()),
    case(
        "a client's read of a class that doesn't exist is refused in full words",
        find("<Nowhere>").with_headers(key("REST-API-Key", "the-rest-key")),
    ),
    case(
        "a client's write to a class that doesn't exist is refused in full words",
        create("<Nowhere>", {"n": 1}).with_headers(key("REST-API-Key", "the-rest-key")),
    ),
    case(
        "a route for the master key refuses clients in full words",
        get("/schemas").with_headers(key("REST-API-Key", "the-rest-key")),
    ),
    case("the master key may create a class", create("<Note>", {"n": 1}).as_master(), find("<Note>").as_master()),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
