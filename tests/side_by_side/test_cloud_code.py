"""JavaScript Cloud Code: one program, cloud/main.js, on all servers.

Rules: reference/cloud-code.md, sections 1 to 4, 6 and 9.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.machinery.node import package
from tests.side_by_side.case import (
    APP_ID,
    Case,
    Step,
    case,
    create,
    date,
    delete,
    find,
    get,
    operation,
    pointer,
    post,
    put,
    raw,
    sign_up,
)
from tests.side_by_side.conftest import AS_USUAL, OpenPair
from tests.side_by_side.exchange import Pair

MAIN = Path(__file__).with_name("cloud") / "main.js"
PAGE = "docs/explanation/differences.md"


@pytest.fixture(scope="module")
def both_hosting(open_pair: OpenPair, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The peer and ours, hosting the program."""
    folder = tmp_path_factory.mktemp("cloud")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "parse").symlink_to(package("parse"))
    (folder / "main.js").write_text(MAIN.read_text())
    return open_pair("hosting", {**AS_USUAL, "cloud": str(folder / "main.js")}, legacyCloudCode=False)


def call(name: str, /, **params: object) -> Step:
    """Call a function."""
    return post(f"/functions/{name}", params)


def each_of(name: str, *whats: str) -> tuple[Step, ...]:
    """Call a function once with each of these words."""
    return tuple(call(name, what=what) for what in whats)


def checked(validator: str, *params: Mapping[str, object]) -> tuple[Step, ...]:
    """Call the function of a validator as a client and as the master, with each of these parameters."""
    steps = [call(f"v-{validator}", **given) for given in params or ({},)]
    return tuple(step for one in steps for step in (one, one.as_master()))


def refused_text(text: str, code: int = 141) -> dict[str, object]:
    return {"code": code, "error": text}


def with_context(step: Step, **context: object) -> Step:
    return step.with_headers({"X-Parse-Cloud-Context": json.dumps(context)})


def saved(how: str) -> tuple[Step, Step, Step]:
    """A create and an update in which the trigger does this."""
    return (
        create("Saved", {"how": how, "text": "client", "tags": ["a", "b"], "map": {"inner": 1}}),
        create("Saved", {"text": "client", "n": 1, "tags": ["a", "b"], "map": {"inner": 1}}).remember(id="objectId"),
        put("/classes/Saved/<id>", {"how": how, "text": "later"}),
    )


def saved_after(how: str) -> tuple[Step, Step, Step]:
    """The same with a trigger that runs after the save."""
    return (
        create("SavedAfter", {"how": how, "text": "client"}),
        create("SavedAfter", {"how": "sets", "text": "client"}).remember(id="objectId"),
        put("/classes/SavedAfter/<id>", {"how": how, "text": "later"}),
    )


def found_after(how: str) -> tuple[Step, Step, Step]:
    """A find and a get whose afterFind does this."""
    return (
        create("FoundAfter", {"n": 1}).remember(id="objectId"),
        with_context(find("FoundAfter", {"objectId": "<id>"}), how=how),
        with_context(get("/classes/FoundAfter/<id>"), how=how),
    )


def store(word: str) -> Step:
    return raw("POST", f"/files/{word}.txt", b"hello", "text/plain")


def served(word: str) -> tuple[Step, Step]:
    """A file that is stored and asked for."""
    return store(word).remember(file="name"), get(f"/files/{APP_ID}/<file>")


def removed(word: str) -> tuple[Step, Step, Step]:
    """A file that is stored, removed and asked for."""
    return store(word).remember(file="name"), delete("/files/<file>").as_master(), get(f"/files/{APP_ID}/<file>")


def in_batch(*bodies: object) -> dict[str, object]:
    return {"requests": [{"method": "POST", "path": "/parse/classes/Item", "body": body} for body in bodies]}


NOTED = {"createdAt": "<moment>", "objectId": "<id>"}
SHOWN = {"className": "FoundAfter", "createdAt": "<moment>", "map": {"a": date("1970-01-01T00:00:00.000Z")}, "n": 1}
MADE = {"className": "FoundAfter", "n": 9, "objectId": "plain"}

DATE = date("2020-01-01T00:00:00.000Z")
TYPED = {
    "a": 1,
    "at": DATE,
    "p": pointer("C", "x"),
    "g": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
    "f": {"__type": "File", "name": "a", "url": "http://x/a"},
    "b": {"__type": "Bytes", "base64": "YQ=="},
    "r": {"__type": "Relation", "className": "C"},
    "o": {"__type": "Object", "className": "C", "objectId": "x", "a": 1},
    "l": [DATE],
}

FUNCTIONS = [
    case(
        "a function returns any kind of value",
        *each_of("returns", "nothing", "null", "zero", "empty", "false", "text", "date", "dates", "point", "polygon"),
        *each_of("returns", "acl", "pointer", "nan", "sets", "holes", "error", "parseError", "query", "operation"),
        *each_of("returns", "instance", "toJSON", "promise", "thenable", "file", "saved", "listOfSaved", "nestedSaved"),
        *each_of("returns", "buffer"),
    ),
    case(
        "a function throws any kind of value",
        *each_of(
            "throws", "text", "empty", "error", "typeError", "errorWithCode", "parseError", "notFound", "internal"
        ),
        *each_of("throws", "sessionError", "plain", "nothing", "null", "false", "rejected", "rejectedWithNothing"),
        *each_of("throws", "later", "missing", "refused", "saveAll"),
        call("throws", what="emptyError").differs("PB082", 400, refused_text("Error")),
        call("throws", what="textCode").differs(PAGE, 400, refused_text("message")),
        call("throws", what="noMessage").differs(PAGE, 400, refused_text("", 123)),
    ),
    case(
        "a function answers by its second parameter",
        *(call("responds", how=how) for how in ("later", "nothing", "error", "parseError", "plainError", "returns")),
        call("responds", how="status"),
        call("respondsAsync"),
    ),
    case(
        "a function sees who asks",
        call("request"),
        call("request").as_master(),
        with_context(call("request"), a=1).with_headers({"X-Parse-Installation-Id": "inst", "X-Agent": "a"}),
        sign_up("<Bob>", "bob").remember(bob="objectId"),
        call("request").as_user("bob-token"),
        call("runsAsMe").as_user("bob-token"),
        call("runsAsMaster"),
    ),
    case("a function gets its parameters", call("params", **TYPED, constructor=1), call("kinds", **TYPED)),
    case("a date among the parameters is both", call("date", at=DATE)),
    case("what can't be registered is refused", call("registrations")),
    case("all of Parse.Cloud is there", call("api")),
    case(
        "a function calls another",
        call("runs", name="request"),
        call("runs", name="nowhere"),
        call("runs", name="throws", **{"with": {"what": "parseError"}}),
        call("runs", name="returns", **{"with": {"what": "date"}}),
    ),
]

VALIDATORS = [
    case(
        "a validator asks for somebody",
        *checked("user"),
        *checked("master"),
        *checked("anyRole"),
        *checked("allRoles"),
        *checked("roleFunction"),
        *checked("userKeys"),
        *checked("userKeyOptions"),
        *checked("masterToo"),
        *checked("skips"),
        *checked("all"),
    ),
    case("a validator asks for fields", *checked("fields", {}, {"a": 1}, {"a": 0, "b": False}, {"a": None, "b": 1})),
    case(
        "a validator asks for types",
        *checked("types", {}, {"n": "1"}, {"n": 1}, {"n": None}, {"n": 1, "s": None}, {"n": 1, "s": 5}),
        *checked("types", {"n": 1, "l": {}}, {"n": 1, "l": []}, {"n": 1, "o": []}, {"n": 1, "o": {}}, {"n": 1, "b": 0}),
        *checked("bareTypes", {}, {"n": 1}, {"n": "1"}),
    ),
    case(
        "a validator fills in and keeps constant",
        *checked("defaults", {}, {"n": None}, {"n": 5}, {"n": "x"}),
        *checked("falsyDefault"),
        *checked("constant", {"c": 9}, {}),
    ),
    case(
        "a validator lists what may be",
        *checked("options", {}, {"size": "s"}, {"size": "l"}),
        *checked("oneOption", {"size": "s"}, {"size": "l"}),
        *checked("optionFunction", {"n": 1}, {"n": 7}, {"n": "1"}),
        *checked("optionFunctionBare", {"n": 1}, {"n": 7}),
        *checked("optionThrows", {"n": 1}, {"n": 7}),
        *checked("optional", {}, {"n": 1}, {"n": 3}, {"n": "1"}),
        *checked("requiredError", {}, {"n": 1}),
    ),
    case(
        "a validator is a function",
        *checked("returnsTrue"),
        *checked("returnsNothing"),
        *checked("throwsText"),
        *checked("throwsError"),
        *checked("throwsParseError"),
        *checked("throwsNothing"),
        *checked("async", {}, {"ok": True}),
        *checked("changes"),
    ),
    case(
        "a validator looks at the user",
        sign_up("<Ann>", "ann", nick="c").remember(ann="objectId"),
        *(call(f"v-{name}", a=1).as_user("ann-token") for name in ("user", "master", "anyRole", "allRoles", "all")),
        *(call(f"v-{name}").as_user("ann-token") for name in ("roleFunction", "userKeys", "userKeyOptions", "skips")),
    ),
    case(
        "a trigger has a validator",
        create("Validated", {}),
        create("Validated", {"title": 5}),
        create("Validated", {"title": "t", "c": 9, "size": "l"}),
        create("Validated", {"title": "t", "c": 9, "size": "s"}).remember(id="objectId"),
        put("/classes/Validated/<id>", {"title": "u", "c": 77}),
        put("/classes/Validated/<id>", {"c": 78}),
        get("/classes/Validated/<id>"),
        create("Validated", {}).as_master(),
        create("ForUsers", {}),
        create("ForUsers", {}).as_master(),
        find("ForMaster"),
        find("ForMaster").as_master(),
        create("Skipped", {}),
        create("Skipped", {}).as_master(),
    ),
]

TRIGGERS = [
    *(
        case(f"a beforeSave {how}", *saved(how))
        for how in (
            *("sets", "overwrites", "unsets", "reverts", "increments", "removes", "date", "acl", "returnsObject"),
            *("throwsText", "throwsError", "throwsParseError", "throwsNotFound", "throwsNothing", "throwsPlain"),
            *("savesOther", "typeMismatch", "badKey", "state"),
        )
    ),
    case(
        "a beforeSave sets a part of a map",
        saved("nested")[0].differs(PAGE, 201, {**NOTED, "map": {"inner": 2}}),
        saved("nested")[1],
        saved("nested")[2].differs(PAGE, 200, {"map": {"inner": 2}, "updatedAt": "<moment>"}),
    ),
    case(
        "a beforeSave adds what is there already",
        *saved("adds")[:2],
        saved("adds")[2].differs(PAGE, 200, {"tags": ["a", "b"], "updatedAt": "<moment>"}),
    ),
    *(
        case(f"an afterSave {how}", *saved_after(how))
        for how in ("sets", "returnsMap", "returnsObject", "returnsText", "throwsText", "throwsParseError", "state")
    ),
    case(
        "triggers of a delete refuse and complain",
        create("Deleted", {}).remember(a="objectId"),
        delete("/classes/Deleted/<a>"),
        create("Deleted", {"kept": True}).remember(b="objectId"),
        delete("/classes/Deleted/<b>"),
        create("Deleted", {"loud": True}).remember(c="objectId"),
        delete("/classes/Deleted/<c>"),
        get("/classes/Deleted/<c>"),
    ),
    case(
        "triggers see who asks",
        create("Keys", {}).remember(id="objectId"),
        put("/classes/Keys/<id>", {"a": 1}),
        create("Keys", {}).with_headers({"X-Parse-Installation-Id": "i"}),
        create("Keys", {}).as_master(),
        create("KeysAfter", {}),
        create("KeysDelete", {}).remember(d="objectId"),
        delete("/classes/KeysDelete/<d>"),
        create("KeysDeleteAfter", {}).remember(e="objectId"),
        delete("/classes/KeysDeleteAfter/<e>"),
        find("KeysFind"),
        create("KeysFindAfter", {}).remember(f="objectId"),
        find("KeysFindAfter"),
        get("/classes/KeysFindAfter/<f>"),
    ),
    case(
        "a beforeFind changes the query, refuses or answers itself",
        *(create("Found", {"n": n}) for n in (1, 2, 3)),
        *(
            with_context(find("Found", order="n", keys="n"), how=how)
            for how in (
                *("limits", "narrows", "sorts", "selects", "replaces", "nothing", "throws", "throwsParseError"),
                "shows",
            )
        ),
        with_context(find("Found", {"n": 1}, count=1, limit=0), how="shows"),
        with_context(find("Found", {"n": 1}, count=1), how="narrows"),
        with_context(find("Found", {"n": 1}, count=1), how="nothing").differs(PAGE, 200, {"results": [], "count": 0}),
    ),
    *(
        case(f"an afterFind {how}", *found_after(how))
        for how in ("drops", "sets", "replaces", "empty", "null", "throws")
    ),
    case(
        "an afterFind gives plain maps",
        found_after("plain")[0],
        found_after("plain")[1].differs(PAGE, 200, {"results": [MADE]}),
        found_after("plain")[2].differs(PAGE, 200, MADE),
    ),
    case(
        "an afterFind puts a date into a map",
        found_after("nested")[0],
        found_after("nested")[1].differs(
            PAGE, 200, {"results": [{**SHOWN, "objectId": "<id>", "updatedAt": "<moment>"}]}
        ),
        found_after("nested")[2].differs(PAGE, 200, {**SHOWN, "objectId": "<id>", "updatedAt": "<moment>"}),
    ),
]

FILES = [
    case(
        "a file is stored as its triggers say",
        *(store(word) for word in ("plain", "text", "error", "parseError", "keys", "returnsText", "late")),
        *(step for word in ("other", "told", "content") for step in served(word)),
    ),
    case(
        "a file is served as its triggers say",
        *(step for word in ("hidden", "gone", "download", "hiddenAfter", "replaced") for step in served(word)),
    ),
    case(
        "a file is removed as its triggers say",
        *(step for word in ("plain", "kept", "keptByError", "loud") for step in removed(word)),
    ),
]

OTHERS = [
    case("a batch runs the triggers of each item", post("/batch", in_batch({"a": 1}, {"bad": True}, {"a": 2}))),
    case(
        "an include runs the triggers of what it includes",
        create("Included", {"a": 1, "b": 2}).remember(it="objectId"),
        create("Holder", {"it": pointer("Included", "<it>")}).remember(id="objectId"),
        get("/classes/Holder/<id>", include="it"),
        find("Holder", {"objectId": "<id>"}, include="it"),
        get("/classes/Included/<it>"),
    ),
    case(
        "a beforeSave sees the operations of the client",
        create("Operations", {"n": operation("Increment", amount=2), "l": [1], "s": "x"}).remember(id="objectId"),
        put(
            "/classes/Operations/<id>",
            {
                "n": operation("Increment", amount=2),
                "l": operation("Remove", objects=[1]),
                "s": operation("Delete"),
                "u": operation("AddUnique", objects=[2]),
            },
        ),
        create("Holder", {}).remember(to="objectId"),
        create("Linked", {"to": pointer("Holder", "<to>")}),
        create("Linked", {"many": operation("AddRelation", objects=[pointer("Holder", "<to>")])}),
    ),
]

REST = [
    case(
        "triggers on users refuse and tell",
        post("/users", {"username": "<Cy>", "password": "p", "nick": "bad"}),
        post("/users", {"username": "<Di>", "password": "p", "nick": "seen"}),
        post("/users", {"username": "<Ed>", "password": "p", "nick": "told"}),
        post("/users", {"username": "<Flo>", "password": "p", "nick": "locked"}),
        post("/login", {"username": "<Flo>", "password": "p"}),
        post("/users", {"username": "<Gus>", "password": "p", "nick": "gone"}),
        post("/login", {"username": "<Gus>", "password": "p"}),
        post("/users", {"username": "<Hal>", "password": "p", "nick": "late"}),
        post("/login", {"username": "<Hal>", "password": "p"}),
        post("/users", {"username": "<Kai>", "password": "p"}).remember(kai="objectId", token="sessionToken"),
        put("/users/<kai>", {"a": 1}).as_user("token"),
        post("/roles", {"name": "<Role>", "ACL": {"*": {"read": True}}}).remember(role="objectId"),
        put("/roles/<role>", {"a": 1}).as_master(),
    ),
    case(
        "triggers on the configuration see what was sent",
        put("/config", {"params": {"kept": 1}}).as_master(),
        put("/config", {"params": {"refused": True}}).as_master(),
        put("/config", {"params": {"shown": DATE}}).as_master(),
        put("/config", {"params": {"kept": operation("Increment", amount=1)}}).as_master(),
        get("/config"),
    ),
    case(
        "jobs are started from inside and by the master",
        call("startsJob").as_master(),
        call("startsNoJob"),
        call("jobsData"),
        post("/jobs/nowhere").as_master(),
        post("/jobs/tells"),
    ),
    case(
        "pushes that Cloud Code sends where no service is configured",
        *each_of("pushed", "withoutOptions", "emptyOptions", "withoutTheKey", "callbacks", "toNobody", "toBoth"),
        *each_of("pushed", "later", "neverLater", "forAnHour", "forTwoTimes"),
    ),
    case(
        "services are asked from inside",
        *(call(name) for name in ("pushes", "tracks", "resets", "config", "file", "schema")),
        *(call(name) for name in ("current", "counts", "aggregates")),
        post("/users", {"username": "logged", "password": "secret"}),
        call("logsIn"),
        call("signsUp", name="<Jo>").differs(PAGE, 200, {"result": ["string", "string"]}),
    ),
]


@pytest.mark.parametrize("told", [*FUNCTIONS, *VALIDATORS, *TRIGGERS, *FILES, *OTHERS, *REST], ids=str)
def test_one_program_answers_alike(both_hosting: Pair, told: Case) -> None:
    both_hosting.compare(told)
