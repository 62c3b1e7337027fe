"""Create, read, update and delete, names and ids, and batches of them.

Rules: reference/rest-core.md, sections 7 and 9.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, date, delete, find, get, post, put, sign_up
from tests.side_by_side.exchange import Pair

REST = {"X-Parse-REST-API-Key": "the-rest-key"}

READ = get("/classes/<Note>/<note>")


def batch(*requests: object, **more: object) -> dict[str, object]:
    return {"requests": list(requests), **more}


def item(method: str, path: str, body: object = None) -> dict[str, object]:
    return {"method": method, "path": path, **({} if body is None else {"body": body})}


CASES = [
    case("an empty object", create("<Note>", {}).remember(note="objectId"), READ),
    case(
        "an update answers its time alone",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"n": 2, "s": "x"}),
        READ,
    ),
    case(
        "an empty update is an update",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {}),
        READ,
    ),
    case(
        "a deleted object is gone",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        delete("/classes/<Note>/<note>"),
        READ,
        delete("/classes/<Note>/<note>"),
        put("/classes/<Note>/<note>", {"n": 1}),
    ),
    case("an object of a class that doesn't exist isn't found", get("/classes/<Nowhere>/abcdefghij")),
    case("an update in a class that doesn't exist isn't found", put("/classes/<Nowhere>/abcdefghij", {"n": 1})),
    case(
        "a delete in a class that doesn't exist isn't found",
        delete("/classes/<Nowhere>/abcdefghij").differs(
            "the peer answers {} where it has no class, and 101 once live queries watch it",
            404,
            {"code": 101, "error": "Object not found."},
        ),
    ),
    case("a class that doesn't exist is empty", find("<Nowhere>")),
    case(
        "times sent as dates are ignored",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"createdAt": date("2001-01-01"), "updatedAt": date("2001-01-01")}),
        READ,
    ),
    case(
        "times sent as texts are refused",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"createdAt": "2001-01-01T00:00:00.000Z"}),
    ),
    case(
        "times sent on create are ignored",
        create("<Note>", {"createdAt": date("2001-01-01")}).remember(note="objectId"),
        READ,
    ),
    case("an id on create is refused", create("<Note>", {"objectId": "abcdefghij"})),
    case("the key id on create is refused", create("<Note>", {"id": "abcdefghij"})),
    case("an id that is empty is no id", create("<Note>", {"objectId": ""}).remember(note="objectId"), READ),
    case(
        "an id on update is ignored",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"objectId": "zyxwvutsrq"}),
        READ.differs("PB021", 200, {"objectId": "<note>", "n": 1, "createdAt": "<moment>", "updatedAt": "<moment>"}),
    ),
    case("a class name may not begin with a digit", create("1<Note>", {"n": 1})),
    case("a class name may not hold a dash", create("<Note>-x", {"n": 1})),
    case("a class name may not begin with an underscore", create("_<Note>", {"n": 1})),
    case("reading a class with a bad name finds nothing", find("bad-<Note>")),
    case("a field name may not hold a space", create("<Note>", {"bad key": 1})),
    case("a field name may not begin with a digit", create("<Note>", {"1a": 1})),
    case("a field name may not begin with an underscore", create("<Note>", {"_x": 1})),
    case("not even for the master key", create("<Note>", {"_x": 1}).as_master()),
    case("a field may not be called className", create("<Note>", {"className": "x"})),
    case("a field may not be called length", create("<Note>", {"length": 1})),
    case("a field may not be called __type", create("<Note>", {"__type": "x"})),
    case("a field may not be called ACL2 with a dash", create("<Note>", {"ACL-2": 1})),
    case(
        "a bad name is refused on update in other words",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"bad key": 1}),
        put("/classes/<Note>/<note>", {"_x": 1}),
    ),
    case(
        "get takes few parameters",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        get("/classes/<Note>/<note>", where={}),
        get("/classes/<Note>/<note>", limit=1),
        get("/classes/<Note>/<note>", keys="n"),
    ),
    case(
        "internal classes refuse clients",
        find("_JobStatus"),
        create("_Hooks", {"a": 1}),
        get("/classes/_Idempotency/x"),
    ),
    case("join tables refuse clients", find("_Join:users:_Role")),
    case(
        "the schema catalogue refuses clients",
        find("_SCHEMA").differs("PB059", 400, {"code": 119, "error": "Permission denied"}),
    ),
    case("installations can't be listed or deleted by clients", find("_Installation"), delete("/installations/x")),
    case(
        "a batch creates, changes, reads and deletes",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        create("<Note>", {"n": 5}).remember(other="objectId"),
        post(
            "/batch",
            batch(
                item("POST", "/parse/classes/<Fresh>", {"n": 2}),
                item("PUT", "/parse/classes/<Note>/<note>", {"n": {"__op": "Increment", "amount": 3}}),
                item("DELETE", "/parse/classes/<Note>/<other>"),
            ),
        ),
        READ,
        get("/classes/<Note>/<other>"),
    ),
    case(
        "a batch finds",
        create("<Note>", {"n": 1}),
        post("/batch", batch(item("GET", "/parse/classes/<Note>", {"where": {"n": 1}, "limit": 1, "keys": "n"}))),
    ),
    case(
        "a batch tells each item's error",
        post(
            "/batch",
            batch(
                item("POST", "/parse/classes/<Note>", {"bad key": 1}),
                item("GET", "/parse/classes/<Note>/nowhere"),
                item("PUT", "/parse/classes/<Note>/nowhere", {"n": 1}),
                item("GET", "/parse/users/me"),
            ),
        ),
    ),
    case("an empty batch", post("/batch", batch())),
    case("a batch without requests is refused", post("/batch", {}), post("/batch", {"requests": "x"})),
    case("a batch item without a path is refused", post("/batch", batch({"method": "GET"}))),
    case("a batch item's path needs the mount", post("/batch", batch(item("POST", "/classes/<Note>", {"n": 1})))),
    case("a batch item's method is in capitals", post("/batch", batch(item("post", "/parse/classes/<Note>", {})))),
    case("a batch item needs a method", post("/batch", batch({"path": "/parse/classes/<Note>"}))),
    case("health is no batch item", post("/batch", batch(item("GET", "/parse/health")))),
    case("a batch in a batch is refused", post("/batch", batch(item("POST", "/parse/batch", batch())))),
    case(
        "a batch by a user",
        sign_up("<Ada>", "ada"),
        post("/batch", batch(item("GET", "/parse/users/me"))).as_user("ada-token"),
    ),
    case(
        "a batch by the master key",
        post("/batch", batch(item("POST", "/parse/schemas/<Note>", {"fields": {"a": {"type": "String"}}}))).as_master(),
    ),
    case(
        "a batch with a path that has no route writes nothing",
        create("<Note>", {"n": 0}),
        post(
            "/batch",
            batch(item("POST", "/parse/classes/<Note>", {"n": 1}), item("GET", "/parse/nowhere")),
        ),
        find("<Note>", count=1, keys="n", order="n").differs(
            "PB002",
            200,
            {
                "results": [{"objectId": "<id>", "n": 0, "createdAt": "<moment>", "updatedAt": "<moment>"}],
                "count": 1,
            },
        ),
    ),
    case(
        "a batch item may have a query string",
        create("<Note>", {"n": 1}),
        create("<Note>", {"n": 2}),
        post("/batch", batch(item("GET", "/parse/classes/<Note>?limit=1&order=-n&keys=n"))).differs(
            "PB003",
            200,
            [
                {
                    "success": {
                        "results": [{"objectId": "<id>", "n": 2, "createdAt": "<moment>", "updatedAt": "<moment>"}]
                    }
                }
            ],
        ),
    ),
    case(
        "a transaction writes all",
        post(
            "/batch",
            batch(
                item("POST", "/parse/classes/<Note>", {"n": 1}),
                item("POST", "/parse/classes/<Other>", {"n": 2}),
                transaction=True,
            ),
        ),
        find("<Note>", keys="n"),
        find("<Other>", keys="n"),
    ),
    case(
        "a transaction tells what failed, and writes nothing",
        create("<Note>", {"n": 0}),
        post(
            "/batch",
            batch(
                item("POST", "/parse/classes/<Note>", {"n": 1}),
                item("PUT", "/parse/classes/<Note>/nowhere", {"n": 1}),
                transaction=True,
            ),
        ).differs("PB004", 400, {"code": 101, "error": "Object not found."}),
        find("<Note>", keys="n"),
    ),
]

STRICT_CASES = [
    case("an id of one's own is taken", create("<Note>", {"objectId": "my id/1", "n": 1}).as_master()),
    case(
        "an empty id is refused",
        create("<Note>", {"objectId": ""}).as_master(),
        create("<Note>", {"objectId": None}).as_master(),
    ),
    case(
        "an id twice is refused",
        create("<Note>", {"objectId": "<One>"}).as_master(),
        create("<Note>", {"objectId": "<One>"}).as_master(),
    ),
    case("no id at all is generated", create("<Note>", {"n": 1}).as_master()),
    case(
        "id is a field like others",
        create("<Note>", {"objectId": "<X>", "id": "a"}).as_master(),
        find("<Note>").as_master(),
    ),
    case(
        "a role's prefix is no user id",
        post("/users", {"objectId": "role:x", "username": "<U>", "password": "p"}).with_headers(REST),
    ),
    case(
        "a batch may be limited",
        post("/batch", {"requests": [item("GET", "/parse/users") for _ in range(3)]}).with_headers(REST),
    ),
    case(
        "the limit spares the master key",
        create("<Note>", {"n": 1}).as_master(),
        post(
            "/batch", {"requests": [item("GET", "/parse/classes/<Note>", {"keys": "n"}) for _ in range(3)]}
        ).as_master(),
    ),
    case("an internal class refuses clients in full words", find("_PushStatus").with_headers(REST)),
    case(
        "installations refuse in full words",
        find("_Installation").with_headers(REST),
        delete("/installations/x").with_headers(REST),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
