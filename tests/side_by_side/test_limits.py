"""Rate limits, allowed routes and requests that are sent twice.

Rules: reference/rest-core.md, section 8.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, find, get, post, put, raw
from tests.side_by_side.conftest import LIMITED, OpenPair
from tests.side_by_side.exchange import Pair
from tests.side_by_side.test_keys_and_doors import MAINTENANCE, READ_ONLY, key


@pytest.fixture(scope="module")
def limited(open_pair: OpenPair) -> Pair:
    """The peer and ours, with a few routes open to clients, limits on functions, and requests to be sent once."""
    return open_pair("limited", LIMITED)


def call(name: str) -> Step:
    return post(f"/functions/{name}", {})


def batch(*items: object) -> Step:
    return post("/batch", {"requests": list(items)})


def item(method: str, path: str, body: object = None) -> dict[str, object]:
    return {"method": method, "path": f"/parse{path}", **({} if body is None else {"body": body})}


def once(name: str) -> dict[str, str]:
    return key("Request-Id", name)


CASES = [
    case("a client passes as often as it may", call("twice-a"), call("twice-a"), call("twice-a")),
    case("a limit has its own text", call("never")),
    case("a limit counts the master key where it says so", call("never").as_master()),
    case("a limit leaves the master key alone", *[call("twice-b").as_master()] * 3),
    case("a limit leaves the read-only master key alone", *[call("twice-c").with_headers(READ_ONLY)] * 3),
    case("a limit counts the maintenance key", *[call("twice-d").with_headers(MAINTENANCE)] * 3),
    case("requests from this machine are left alone", *[call("inside")] * 3),
    case("a limit on methods leaves others alone", *[get("/config")] * 3),
    case("a limit on a path in capitals", call("TWICE-E"), call("twice-e"), call("Twice-e")),
    case(
        "a limit on a path with a slash at its end", post("/functions/twice-f/", {}), call("twice-f"), call("twice-f")
    ),
    case(
        "a limit that a client would pass by an encoded path",
        call("never%2d"),
        call("n%65ver").differs("advisory 88", 429, {"code": 100, "error": "Never!"}),
    ),
    case("items of a batch are counted", batch(*[item("POST", "/functions/twice-g", {})] * 3), call("twice-g")),
    case(
        "an item of a batch that is refused writes nothing",
        batch(item("POST", "/classes/<Note>", {"n": 1}), item("POST", "/functions/never", {})),
        find("<Note>"),
    ),
    case("wrong keys come before limits", call("never").without_keys()),
    case("limits come before sessions", call("never").with_headers(key("Session-Token", "x"))),
    case("limits come before routes", Step("PATCH", "/functions/never", {})),
    case("broken JSON comes before limits", raw("POST", "/functions/never", b"{").in_its_own_words()),
    case("an open route", create("<Note>", {"n": 1}), find("<Note>")),
    case("an open route in capitals is closed there", get("/CONFIG").differs("advisory 88", 200, {"params": {}})),
    case("a closed route", get("/roles")),
    case("a closed route for a master key", get("/serverInfo")),
    case("a closed route that only begins as an open one", get("/configuration")),
    case("a closed route that only ends as an open one", get("/x/config")),
    case("a closed route comes before sessions", get("/roles").with_headers(key("Session-Token", "x"))),
    case("a closed route comes after keys", get("/roles").without_keys()),
    case("a closed route is open to the master key", get("/roles").as_master()),
    case("a closed route is open to the read-only master key", get("/roles").with_headers(READ_ONLY)),
    case("a closed route is open to the maintenance key", get("/roles").with_headers(MAINTENANCE)),
    case(
        "a closed route in a batch",
        batch(item("POST", "/classes/<Note>", {"n": 1}), item("GET", "/roles")),
        find("<Note>"),
    ),
    case("a closed route in a batch is open to the master key", batch(item("GET", "/roles")).as_master()),
    case("the read-only master key may be kept from aggregating", get("/aggregate/_User").with_headers(READ_ONLY)),
    case(
        "a create that is sent twice",
        create("<Note>", {"n": 1}).with_headers(once("<Once>")),
        create("<Note>", {"n": 1}).with_headers(once("<Once>")),
        find("<Note>"),
    ),
    case(
        "an update that is sent twice",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"n": 2}).with_headers(once("<Once>")),
        put("/classes/<Note>/<note>", {"n": 3}).with_headers(once("<Once>")),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "an id is one for all paths",
        create("<Note>", {"n": 1}).with_headers(once("<Once>")),
        create("<Other>", {"n": 1}).with_headers(once("<Once>")),
    ),
    case(
        "a sign-up that is sent twice",
        post("/users", {"username": "<Ada>", "password": "p"}).with_headers(once("<Once>")),
        post("/users", {"username": "<Bob>", "password": "p"}).with_headers(once("<Once>")),
    ),
    case(
        "a read may be sent twice",
        find("<Note>").with_headers(once("<Once>")),
        find("<Note>").with_headers(once("<Once>")),
    ),
    case(
        "a batch may be sent twice",
        batch(item("POST", "/classes/<Note>", {"n": 1})).with_headers(once("<Once>")),
        batch(item("POST", "/classes/<Note>", {"n": 1})).with_headers(once("<Once>")),
        get("/classes/<Note>", count=1, limit=0),
    ),
    case(
        "a function that fails may be called again",
        call("nowhere").with_headers(once("<Once>")),
        call("nowhere")
        .with_headers(once("<Once>"))
        .differs("PB007", 400, {"code": 141, "error": 'Invalid function: "nowhere"'}),
    ),
    case(
        "a save that was refused may be sent again",
        post("/users", {"username": "<Ada>", "password": "p"}),
        post("/users", {"username": "<Ada>", "password": "p"}).with_headers(once("<Once>")),
        post("/users", {"username": "<Bob>", "password": "p"})
        .with_headers(once("<Once>"))
        .differs("PB007", 201, {"objectId": "<id>", "createdAt": "<moment>", "sessionToken": "<token>"}),
    ),
    case(
        "the ids are for the master key alone",
        get("/classes/_Idempotency"),
        create("<Note>", {"n": 1}).with_headers(once("<Once>")),
        get("/classes/_Idempotency", where={"reqId": "<Once>"}, keys="reqId").as_master(),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_limits_as_parse_server_does(limited: Pair, told: Case) -> None:
    limited.compare(told)
