"""Webhooks and the triggers behind them: one host answers for all servers.

Rules: reference/cloud-code.md, sections 3.2, 3.3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.flows.hook_host import HookHost, hook_host
from tests.side_by_side.case import Case, Step, case, create, delete, find, get, pointer, post, put, sign_up
from tests.side_by_side.exchange import Pair

REFUSED = {"code": 143, "error": "invalid hook declaration"}
SECTION = "reference/cloud-code.md, section 5"
NOWHERE = "http://127.0.0.1:1/"


def echo(body: Any) -> Any:
    return {"success": body["object"]}


def changed(body: Any) -> Any:
    return {"success": {**body["object"], "n": 2, "by": "hook"}}


def without_secret(body: Any) -> Any:
    return {"success": {name: value for name, value in body["object"].items() if name != "secret"}}


ANSWERS: Mapping[str, Callable[[Any], Any] | Any] = {
    "value": {"success": {"a": [1, None, {"b": "c"}]}},
    "null": {"success": None},
    "nothing": {},
    "no": {"error": "no"},
    "no-in-parts": {"error": {"code": 1337, "error": "hacking"}},
    "no-with-code": {"error": {"code": 999, "message": "m"}},
    "who": lambda body: {"success": [body["master"], body["functionName"], "user" in body, body["context"]]},
    "params": lambda body: {"success": body["params"]},
    "object": lambda body: {"success": sorted(body["object"])},
    "no-json": b"<html>",
    "broken": 500,
    "echo": echo,
    "changed": changed,
    "without-secret": without_secret,
    "empty": {"success": {}},
    "answer": {"success": {"custom": 1}},
}


@pytest.fixture(scope="module")
def host() -> Iterator[HookHost]:
    with hook_host() as running:
        for path, answer in ANSWERS.items():
            running.at(path, answer)
        yield running


def declare(answer: str, name: str = "<F>") -> Step:
    """Declare a function; the host's URL stands in the place of ``HOST``."""
    return post("/hooks/functions", {"functionName": name, "url": f"HOST/{answer}"}).as_master()


def on(trigger: str, answer: str, class_name: str = "<Note>") -> Step:
    """Declare a trigger."""
    declaration = {"className": class_name, "triggerName": trigger, "url": f"HOST/{answer}"}
    return post("/hooks/triggers", declaration).as_master()


def called(answer: str, *steps: Step) -> Case:
    """A function that answers so, called."""
    return case(f"a function whose webhook answers {answer}", declare(answer), *(steps or (post("/functions/<F>"),)))


def own_text(text: str, because: str) -> Step:
    return post("/functions/<F>").differs(because, 400, {"code": 141, "error": f"F: {text}"})


FUNCTION, TRIGGER = "/hooks/functions/<F>", "/hooks/triggers/<Note>/beforeSave"
ROUTES = [
    case(
        "a function's webhook from its declaration to its end",
        get(FUNCTION).as_master(),
        put(FUNCTION, {"url": NOWHERE}).as_master(),
        declare("value"),
        declare("value"),
        get(FUNCTION).as_master(),
        put(FUNCTION, {"url": f"{NOWHERE}2"}).as_master(),
        get(FUNCTION).as_master().differs(SECTION, 200, {"functionName": "F", "url": f"{NOWHERE}2"}),
        put(FUNCTION, {}).as_master(),
        put(FUNCTION, {"__op": "Delete"}).as_master(),
        put(FUNCTION, {"__op": "Delete"}).as_master(),
        get(FUNCTION).as_master(),
        delete(FUNCTION).as_master(),
    ),
    case(
        "a trigger's webhook from its declaration to its end",
        get(TRIGGER).as_master(),
        put(TRIGGER, {"url": NOWHERE}).as_master(),
        on("beforeSave", "echo"),
        on("beforeSave", "echo"),
        get(TRIGGER).as_master(),
        put(TRIGGER, {"url": f"{NOWHERE}2"}).as_master(),
        put(TRIGGER, {}).as_master(),
        put(TRIGGER, {"__op": "Delete"}).as_master(),
        get(TRIGGER).as_master(),
    ),
    case(
        "what is no declaration",
        *(
            post("/hooks/functions", body).as_master()
            for body in (
                {},
                {"functionName": "f"},
                {"url": NOWHERE},
                {"className": "Note", "url": NOWHERE},
                {"className": "Note", "triggerName": "beforeTea", "url": NOWHERE},
            )
        ),
        post("/hooks/functions", {"functionName": "__proto__", "url": NOWHERE})
        .as_master()
        .differs("PB115", 400, REFUSED),
    ),
    case(
        "webhooks are for the master key",
        sign_up("<Ada>", "ada"),
        get("/hooks/functions"),
        get("/hooks/functions").as_user("ada-token"),
        get("/hooks/triggers"),
        get(FUNCTION),
        post("/hooks/functions", {"functionName": "<F>", "url": NOWHERE}),
        put(FUNCTION, {"url": NOWHERE}),
    ),
]

CALLS = [
    called("value"),
    called("null"),
    called("nothing"),
    called("no"),
    called("no-in-parts"),
    called("who", post("/functions/<F>"), post("/functions/<F>").as_master()),
    called("params", post("/functions/<F>", {"a": 1, "day": {"__type": "Date", "iso": "2026-01-02T03:04:05.000Z"}})),
    called("no-with-code", post("/functions/<F>").differs("PB090", 400, {"code": 999, "error": "m"})),
    called("no-json", own_text("the webhook's answer is not JSON", "PB093")),
    called("broken", own_text("the webhook answered with status 500", "PB091")),
    case(
        "a beforeSave that sends the object back",
        on("beforeSave", "echo"),
        create("<Note>", {"n": 1, "tags": ["a"], "ACL": {"*": {"read": True, "write": True}}}).remember(
            note="objectId"
        ),
        get("/classes/<Note>/<note>"),
        put("/classes/<Note>/<note>", {"n": 5}).differs(SECTION, 200, {"updatedAt": "<moment>"}),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "a beforeSave that changes fields",
        on("beforeSave", "changed"),
        create("<Note>", {"n": 1}).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
        put("/classes/<Note>/<note>", {"m": 3}).differs(SECTION, 200, {"updatedAt": "<moment>"}),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "a beforeSave that leaves a field out",
        on("beforeSave", "without-secret"),
        create("<Note>", {"n": 1, "secret": "s"}).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "triggers that refuse",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        on("beforeSave", "no"),
        on("beforeDelete", "no"),
        on("beforeFind", "no", "<Closed>"),
        create("<Note>", {"n": 1}),
        put("/classes/<Note>/<note>", {"n": 2}),
        delete("/classes/<Note>/<note>"),
        find("<Closed>"),
    ),
    case(
        "triggers that say nothing",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        on("beforeDelete", "empty"),
        on("afterDelete", "empty"),
        delete("/classes/<Note>/<note>"),
    ),
    case(
        "a beforeSave that takes away a field that the class does not have",
        on("beforeSave", "without-secret"),
        post("/batch", {"requests": [{"method": "POST", "path": "/parse/classes/<Note>", "body": {"secret": "s"}}]}),
        create("<Note>", {"secret": "s"}),
    ),
    case("an afterSave that answers", on("afterSave", "answer"), create("<Note>", {"n": 1})),
    case(
        "an afterSave that answers with nothing",
        on("afterSave", "empty"),
        create("<Note>", {"n": 1}).differs("PB094", 201, {"objectId": "<id>", "createdAt": "<moment>"}),
    ),
    case(
        "a beforeFind that says nothing",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        on("beforeFind", "empty"),
        find("<Note>", count=1),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "a failing afterSave is nobody's business, a failing afterDelete is",
        on("afterSave", "no"),
        on("afterDelete", "no"),
        create("<Note>", {"n": 1}).remember(note="objectId"),
        delete("/classes/<Note>/<note>"),
        get("/classes/<Note>/<note>"),
    ),
]


def hosted(value: Any, url: str) -> Any:
    """The same with the host's URL in the place of ``HOST``."""
    if isinstance(value, dict):
        return {name: hosted(part, url) for name, part in value.items()}
    return value.replace("HOST", url) if isinstance(value, str) else value


@pytest.mark.parametrize("told", ROUTES + CALLS, ids=str)
def test_parsonage_treats_webhooks_as_parse_server_does(both: Pair, host: HookHost, told: Case) -> None:
    both.compare(replace(told, steps=tuple(replace(step, body=hosted(step.body, host.url)) for step in told.steps)))


ON_OBJECTS = ("beforeSave", "afterSave", "beforeDelete", "afterDelete")
ON_READS = ("beforeFind", "afterFind")


def removed(class_name: str, *triggers: str) -> list[Step]:
    """The end of triggers that every case would meet."""
    return [put(f"/hooks/triggers/{class_name}/{trigger}", {"__op": "Delete"}).as_master() for trigger in triggers]


DAY = {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}
ADDED = {"__op": "AddRelation", "objects": [pointer("_User", "<ada>")]}
OTHERS = {"__op": "AddRelation", "objects": [pointer("Other", "x")]}
EVERYBODY = {operation: {"*": True} for operation in ("get", "find", "create", "update", "delete")}
HIDDEN = {**EVERYBODY, "protectedFields": {"*": ["secret"]}}
HIDING = {"n": {"type": "Number"}, "secret": {"type": "String"}}
EVENTS = [
    case(
        "reads, included ones and those of sub-queries among them",
        create("<Note>", {"n": 1, "day": DAY}).remember(note="objectId"),
        create("<Page>", {"note": pointer("<Note>", "<note>")}),
        on("beforeFind", "log"),
        on("afterFind", "log"),
        find("<Note>", {"n": {"$gt": 0}}, keys="n,day", order="-n", limit=1, count=1),
        get("/classes/<Note>/<note>"),
        find("<Page>", include="note", keys="note"),
        find("<Page>", {"note": {"$inQuery": {"className": "<Note>", "where": {"n": 1}}}}, keys="note"),
    ),
    case(
        "a create, an update and a delete",
        *(on(trigger, "log") for trigger in (*ON_OBJECTS, "afterFind")),
        create("<Note>", {"n": 1, "day": DAY, "to": pointer("Other", "x")}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"n": 2}),
        delete("/classes/<Note>/<note>"),
    ),
    case(
        "the user that a log-in shows",
        sign_up("<Ada>", "ada"),
        on("beforeFind", "log", "_User"),
        on("afterFind", "log", "_User"),
        post("/login", {"username": "<Ada>", "password": "secret of ada"}),
        post("/verifyPassword", {"username": "<Ada>", "password": "secret of ada"}),
        get("/users/<ada>"),
        post("/loginAs", {"userId": "<ada>"}).as_master(),
        *removed("_User", *ON_READS),
    ),
    case(
        "a log-in and a log-out",
        sign_up("<Ada>", "ada"),
        on("beforeLogin", "log", "_User"),
        on("afterLogin", "log", "_User"),
        on("afterLogout", "log", "_Session"),
        post("/login", {"username": "<Ada>", "password": "secret of ada"}).remember(token="sessionToken"),
        post("/logout").as_user("token"),
        *removed("_User", "beforeLogin", "afterLogin"),
        *removed("_Session", "afterLogout"),
    ),
    case(
        "the life of a user",
        *(on(trigger, "log", "_User") for trigger in ON_OBJECTS),
        sign_up("<Ada>", "ada", nick="a"),
        put("/users/<ada>", {"nick": "b"}).as_user("ada-token"),
        put("/users/<ada>", {"password": "p"}).as_user("ada-token").remember(fresh="sessionToken"),
        delete("/users/<ada>").as_user("fresh"),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}).remember(ghost="objectId", token="sessionToken"),
        put("/users/<ghost>", {"username": "<Eve>", "password": "p", "authData": {"anonymous": None}}).as_user("token"),
        *removed("_User", *ON_OBJECTS),
    ),
    case(
        "the life of a role",
        sign_up("<Ada>", "ada"),
        *(on(trigger, "log", "_Role") for trigger in ("afterSave", "beforeDelete")),
        post("/roles", {"name": "<R>", "ACL": {"*": {"write": True}}, "users": ADDED}).remember(role="objectId"),
        put("/roles/<role>", {"users": ADDED}),
        delete("/roles/<role>"),
        *removed("_Role", "afterSave", "beforeDelete"),
    ),
    case(
        "what an afterSave makes the answer tell",
        on("afterSave", "log"),
        create("<Note>", {"o": {"a": 1, "b": 1}, "n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"o.a": 2}),
        put("/classes/<Note>/<note>", {"o.a": 2}),
        put("/classes/<Note>/<note>", {"o.a": {"__op": "Increment", "amount": 1}}),
        put("/classes/<Note>/<note>", {"likes": OTHERS}),
        put("/classes/<Note>/<note>", {"likes": OTHERS}),
    ),
    case(
        "fields that are hidden from whoever saves",
        post("/schemas/<Note>", {"fields": HIDING, "classLevelPermissions": HIDDEN}).as_master(),
        create("<Note>", {"n": 1, "secret": "s"}).remember(note="objectId"),
        *(on(trigger, "log") for trigger in ON_OBJECTS),
        put("/classes/<Note>/<note>", {"n": 2}),
        put("/classes/<Note>/<note>", {"n": 3}).as_master(),
        get("/classes/<Note>/<note>").as_master(),
        delete("/classes/<Note>/<note>"),
    ),
    case(
        "a delete by somebody who may write and not read, and of nothing",
        sign_up("<Ada>", "ada"),
        create("<Note>", {"n": 1, "ACL": {"<ada>": {"write": True}}}).remember(note="objectId"),
        *(on(trigger, "log") for trigger in ("beforeDelete", *ON_READS)),
        delete("/classes/<Note>/<note>").as_user("ada-token").with_headers({"X-Parse-Cloud-Context": '{"a": 1}'}),
        delete("/classes/<Note>/<note>").as_user("ada-token"),
        delete("/classes/<Note>/nowhere"),
    ),
]


def event(body: Any) -> dict[str, Any]:
    """What a webhook is told of a trigger, by its kind, its query, and the values that are the same everywhere."""
    seen = [seen for seen in (body.get("object"), *body.get("objects", [])) if seen is not None]
    query = body.get("query", {})
    where = {name: value for name, value in query.get("where", {}).items() if name != "objectId"}
    return {
        **{name: body.get(name) for name in ("triggerName", "isGet", "count", "master", "isReadOnly")},
        "query": {**query, "where": where},
        "by id": "objectId" in query.get("where", {}),
        "fields": [sorted(set(one) - {"sessionToken"}) for one in seen],
        "values": [(one.get("n"), one.get("day"), one.get("to")) for one in seen],
        "original": (body.get("original", {}).get("n"), sorted(set(body.get("original", {})) - {"sessionToken"})),
        "user": sorted(set(body.get("user", {})) - {"sessionToken"}),
        "installation": body.get("installationId"),
    }


def events_by_server(host: HookHost) -> list[list[dict[str, Any]]]:
    """What each server told the host, in order."""
    told: dict[str, list[dict[str, Any]]] = {}
    for asked in host.asked:
        told.setdefault(asked.body["headers"]["host"], []).append(event(asked.body))
    return list(told.values())


@pytest.mark.parametrize("told", EVENTS, ids=str)
def test_the_same_triggers_run_in_the_same_order_and_see_the_same(both: Pair, told: Case) -> None:
    with hook_host() as host:
        host.at("log", {})
        both.compare(replace(told, steps=tuple(replace(step, body=hosted(step.body, host.url)) for step in told.steps)))

    theirs, *ours = events_by_server(host)

    assert ours == [theirs] * len(both.ours)
