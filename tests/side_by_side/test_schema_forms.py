"""Bodies of the schema routes in every form, and what each kind of class-level permission lets whom do.

Rules: reference/schema-clp-acl.md, sections 3 and 5.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.side_by_side.case import (
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
    sign_up,
    some,
)
from tests.side_by_side.exchange import Pair

FIELDS = {
    "s": {"type": "String"},
    "n": {"type": "Number"},
    "user": {"type": "Pointer", "targetClass": "_User"},
    "list": {"type": "Array"},
    "town": {"type": "Pointer", "targetClass": "<Town>"},
}
ITEM = "/schemas/<Item>"
MAKE = post(ITEM, {"fields": FIELDS}).as_master()
READ = get(ITEM).as_master()


def change(**parts: object) -> Step:
    return put(ITEM, parts).as_master()


def fields(name: str, *forms: object) -> Case:
    """What is answered to a new class with each of these fields, and to a class that gets them later."""
    new = (post(f"/schemas/<New>{i}", {"fields": form}).as_master() for i, form in enumerate(forms))
    return case(name, MAKE, *new, *(change(fields=form) for form in forms), READ)


def permitted(name: str, *forms: object) -> Case:
    """What is answered to each of these class-level permissions."""
    return case(name, MAKE, *(change(classLevelPermissions=form) for form in forms), READ)


def defaults(name: str, kind: str, value: object) -> Case:
    """A field with a default: what is stored, and what a wrong default is told."""
    field = {"type": kind, "targetClass": "<Town>"} if kind in ("Pointer", "Relation") else {"type": kind}
    wrong = some(5, "x", True, [], {}, pointer("<River>", "x"))
    return case(
        name,
        post(ITEM, {"fields": {"d": {**field, "defaultValue": value}}}).as_master(),
        create("<Item>", {}),
        create("<Item>", {"d": operation("Delete")}),
        find("<Item>", order="createdAt"),
        post("/schemas/<Strict>", {"fields": {"d": {**field, "required": True}}}).as_master(),
        create("<Strict>", {}),
        create("<Strict>", {"d": None}),
        create("<Strict>", {"d": value}).remember(strict="objectId"),
        put("/classes/<Strict>/<strict>", {"d": operation("Delete")}),
        put("/classes/<Strict>/<strict>", {}),
        *(
            post(f"/schemas/<Wrong>{i}", {"fields": {"d": {**field, "defaultValue": other}}}).as_master()
            for i, other in enumerate(wrong)
            if other != value
        ),
    )


OPERATIONS = ("find", "get", "count", "create", "update", "delete", "addField")


def every(rule: object) -> dict[str, object]:
    return dict.fromkeys(OPERATIONS, rule)


def as_nobody(step: Step) -> Step:
    return step


def as_ann(step: Step) -> Step:
    return step.as_user("ann-token")


def as_bob(step: Step) -> Step:
    return step.as_user("bob-token")


def attempts(who: Callable[[Step], Step], *more: Step) -> tuple[Step, ...]:
    """What one caller tries to do with notes."""
    steps = (
        find("<Note>", {}, keys="k", order="k"),
        find("<Note>", {"objectId": "<anns>"}, keys="k"),
        find("<Note>", {"$or": [{"k": 1}, {"k": 2}]}, keys="k", order="k"),
        get("/classes/<Note>/<anns>", keys="k"),
        get("/classes/<Note>/<bobs>", keys="k"),
        get("/classes/<Note>/none"),
        put("/classes/<Note>/<anns>", {"k": 1}),
        put("/classes/<Note>/<bobs>", {"k": 2}),
        *more,
        create("<Note>", {"k": 9}),
        create("<Note>", {"k": 9, "newer": 1}),
        delete("/classes/<Note>/none"),
        find("<Other>", {"p": {"$inQuery": {"className": "<Note>", "where": {}}}}),
        find("<Other>", {}, keys="p", include="p"),
    )
    return tuple(map(who, steps))


def may(name: str, permissions: object) -> Case:
    """What nobody, Ann and Bob may do with notes, of which one is Ann's and one Bob's."""
    return case(
        name,
        post(
            "/schemas/<Note>",
            {"fields": {"k": {"type": "Number"}, "user": FIELDS["user"], "list": FIELDS["list"]}},
        ).as_master(),
        sign_up("<Ann>", "ann"),
        sign_up("<Bob>", "bob"),
        create("<Note>", {"k": 1, "user": pointer("_User", "<ann>")}).remember(anns="objectId"),
        create("<Note>", {"k": 2, "list": [pointer("_User", "<bob>")]}).remember(bobs="objectId"),
        create("<Other>", {"p": pointer("<Note>", "<anns>")}),
        put("/schemas/<Note>", {"classLevelPermissions": permissions}).as_master(),
        *attempts(as_nobody),
        *attempts(as_ann, put("/classes/<Note>/<anns>", {"new": 1})),
        *attempts(as_bob, put("/classes/<Note>/<anns>", {"newest": 1})),
    )


def type_of(kind: object, **more: object) -> dict[str, object]:
    return {"x": {"type": kind, **more}}


CASES = [
    fields(
        "types that are none",
        {"x": {}},
        {"x": 5},
        {"x": "String"},
        {"x": []},
        type_of("Bogus"),
        type_of(5),
        type_of("string"),
        type_of("ACL"),
    ),
    fields(
        "types that need a class",
        type_of("Pointer"),
        type_of("Pointer", targetClass=""),
        type_of("Pointer", targetClass="bad name"),
        type_of("Pointer", targetClass="_Bad"),
        type_of("Relation"),
        type_of("Relation", targetClass="1x"),
    ),
    fields(
        "names that no field has",
        *({name: {"type": "String"}} for name in ("bad key", "1a", "_x", "", "length", "className", "x.y")),
    ),
    fields("fields that every object has", *({name: {"type": "String"}} for name in ("objectId", "createdAt"))),
    fields("two places", {"g": {"type": "GeoPoint"}, "h": {"type": "GeoPoint"}}),
    fields("operations on fields", {"x": {"__op": "Bogus"}}),
    defaults("a text that has a default", "String", "a"),
    defaults("a number that has a default", "Number", 5),
    defaults("a boolean that has a default", "Boolean", True),
    defaults("a date that has a default", "Date", date("2024-01-01T00:00:00.000Z")),
    defaults("a map that has a default", "Object", {"a": 1}),
    defaults("a list that has a default", "Array", [1]),
    defaults("a place that has a default", "GeoPoint", {"__type": "GeoPoint", "latitude": 1, "longitude": 2}),
    defaults("a file that has a default", "File", {"__type": "File", "name": "a.txt"}),
    defaults("a pointer that has a default", "Pointer", pointer("<Town>", "x")),
    case(
        "fields of the server's own classes stay",
        *(
            put(f"/schemas/{name}", {"fields": {field: {"__op": "Delete"}}}).as_master()
            for name, field in (
                ("_User", "username"),
                ("_User", "password"),
                ("_User", "authData"),
                ("_Role", "name"),
                ("_Role", "users"),
                ("_User", "ACL"),
            )
        ),
    ),
    case(
        "changes of fields",
        MAKE,
        *(
            change(fields=form)
            for form in (
                {"user": FIELDS["town"]},
                {"user": FIELDS["user"]},
                {"n": {"type": "String"}},
                {"n": {"type": "Number"}},
                {"zz": {"__op": "Delete"}},
                {"objectId": {"__op": "Delete"}},
                {"createdAt": {"type": "Date"}},
                {"new": {"type": "String"}, "n": {"__op": "Delete"}},
            )
        ),
        change(className="<Other>"),
        change(className="<Item>"),
        change(),
        READ,
    ),
    case(
        "a field that comes back as another",
        post(
            ITEM, {"fields": {"s": {"type": "String"}, "r": {"type": "Relation", "targetClass": "<Town>"}}}
        ).as_master(),
        create("<Item>", {"s": "x", "r": operation("AddRelation", objects=[pointer("<Town>", "q")])}).remember(
            item="objectId"
        ),
        change(fields={"s": {"__op": "Delete"}}),
        get("/classes/<Item>/<item>"),
        change(fields={"s": {"type": "Number"}}),
        put("/classes/<Item>/<item>", {"s": 5}),
        change(fields={"r": {"__op": "Delete"}}),
        get("/classes/<Item>/<item>"),
    ),
    case(
        "names of classes",
        *(post(f"/schemas/{name}", {}).as_master() for name in ("bad-name", "1x", "_Bad", "_User", "_Hooks")),
        *(get(f"/schemas/{name}").as_master() for name in ("bad-name", "<Nowhere>", "_Hooks", "_JobStatus", "_SCHEMA")),
    ),
    case(
        "classes that aren't there",
        put("/schemas/<Nowhere>", {}).as_master(),
        put("/schemas", {}).as_master(),
        delete("/schemas").as_master(),
        delete("/schemas/<Nowhere>").as_master(),
        delete("/schemas/bad-name").as_master(),
        delete("/purge/<Nowhere>").as_master(),
        delete("/purge/<Nowhere>"),
        post("/purge/<Nowhere>").as_master(),
    ),
    case(
        "nothing in a body",
        *(
            post(f"/schemas/<Bare>{i}", {name: None}).as_master()
            for i, name in enumerate(("classLevelPermissions", "indexes"))
        ),
    ),
    case(
        "indexes",
        post(ITEM, {"fields": FIELDS, "indexes": {"first": {"s": 1}}}).as_master(),
        *(
            change(indexes=form)
            for form in (
                {"first": {"s": 1}},
                {"second": {"n": -1}},
                {"first": {"__op": "Delete"}},
                {"first": {"__op": "Delete"}},
                {"zz": {"__op": "Delete"}},
                {"third": {"zz": 1}},
                {"_id_": {"_id": 1}},
                {"both": {"s": 1, "n": 1}},
                {"of text": {"s": "text"}},
            )
        ),
        READ,
    ),
    permitted("rules that aren't maps", *({"find": rule} for rule in some({}, None, 5, True, "x"))),
    permitted("names of rules", {"bogus": {}}, {"find": {"*": True}, "bogus": {}}, {}, None),
    permitted(
        "names in rules",
        *(
            {"find": {name: True}}
            for name in ("*", "bad key!", "role:", "role:x", "abc", "", "requiresAuthentication", "role:a b")
        ),
    ),
    permitted("values in rules", *({"find": {"*": value}} for value in some(False, 1, None, "x", {}, []))),
    permitted(
        "pointers in rules",
        *(
            {"find": {"pointerFields": value}}
            for value in some(["user"], ["list"], ["s"], ["zz"], ["town"], [5], 5, [], {})
        ),
    ),
    permitted(
        "lists of pointers",
        {"readUserFields": ["user"]},
        {"readUserFields": ["s"]},
        {"readUserFields": ["zz"]},
        {"readUserFields": {}},
        {"readUserFields": 5},
        {"readUserFields": []},
        {"writeUserFields": ["user"]},
        {"writeUserFields": ["town"]},
    ),
    permitted(
        "protected fields",
        *(
            {"protectedFields": value}
            for value in some(
                {"*": ["s"]},
                {"*": ["zz"]},
                {"*": ["objectId"]},
                {"*": ["ACL"]},
                {"*": 5},
                {"*": []},
                {"*": [5]},
                5,
                None,
                {},
            )
        ),
    ),
    permitted(
        "groups of protected fields",
        *(
            {"protectedFields": {name: ["s"]}}
            for name in (
                "bad key",
                "authenticated",
                "role:x",
                "userField:user",
                "userField:list",
                "userField:zz",
                "userField:s",
            )
        ),
    ),
    permitted(
        "default access lists",
        *(
            {"ACL": acl}
            for acl in some(
                {"*": {"read": True}},
                {"role:x": {"read": True}},
                {"currentUser": {"read": True, "write": True}},
                5,
                {},
                {"foo": {"read": True}},
                {"*": 5},
                {"*": {"read": "x"}},
                {"*": {"bogus": True}},
                {"*": {"read": False}},
            )
        ),
    ),
    case(
        "new fields where they are closed",
        MAKE,
        create("<Item>", {"n": 1}).remember(item="objectId"),
        change(classLevelPermissions={**every({"*": True}), "addField": {}}),
        *(
            put("/classes/<Item>/<item>", body)
            for body in some({"new": 1}, {"new": None}, {"new": 1, "n": "x"}, {"n": "x"}, {"n": None}, {"new.x": 1})
        ),
        create("<Item>", {"new": None}),
        create("<Item>", {"new": 1, "n": "x"}),
        change(classLevelPermissions=every({"requiresAuthentication": True})),
        put("/classes/<Item>/<item>", {"n": "x"}),
        put("/classes/<Item>/<item>", {"new": None}),
        create("<Item>", {"n": "x"}),
    ),
    may("permissions that let nobody", {}),
    may("permissions that let those who logged in", every({"requiresAuthentication": True})),
    may("permissions that lie in pointers", {**every({"pointerFields": ["user", "list"]}), "addField": {"*": True}}),
    may("permissions that lie in one pointer, for reads", {"readUserFields": ["user"]}),
    may(
        "permissions that lie in a list",
        {"readUserFields": ["list"], "writeUserFields": ["list"], "addField": {"*": True}},
    ),
    may("permissions to get alone", {"get": {"*": True}}),
    may("permissions to find alone", {"find": {"*": True}}),
    may("permissions to create alone", {"create": {"*": True}}),
    may("permissions for all but new fields", {**every({"*": True}), "addField": {}}),
    may(
        "permissions of both kinds",
        {
            **every({"requiresAuthentication": True}),
            "find": {"requiresAuthentication": True, "pointerFields": ["user"]},
        },
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
