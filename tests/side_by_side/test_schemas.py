"""The schema API with its table of errors.

Rules: reference/schema-clp-acl.md, sections 3 and 5.1.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, delete, find, get, post, put
from tests.side_by_side.exchange import Pair

TEXT = {"type": "String"}
NUMBER = {"type": "Number"}
PATH = "/schemas/<Item>"


OPEN = [[0, 0], [0, 1], [1, 1]]


def ring(coordinates: object) -> dict[str, object]:
    return {"__type": "Polygon", "coordinates": coordinates}


def make(fields: object = None, **more: object) -> Step:
    return post(PATH, {**({} if fields is None else {"fields": fields}), **more}).as_master()


def change(fields: object = None, **more: object) -> Step:
    return put(PATH, {**({} if fields is None else {"fields": fields}), **more}).as_master()


READ = get(PATH).as_master()


def made(name: str, fields: object = None, **more: object) -> Case:
    """What making a class this way answers, and what is there then."""
    return case(name, make(fields, **more), READ)


def changed(name: str, before: object, after: object = None, **more: object) -> Case:
    """What changing a class answers, and what is there then."""
    return case(name, make(before), change(after, **more), READ)


def permitted(name: str, *permissions: object) -> Case:
    """What changing class-level permissions answers."""
    fields = {"owner": {"type": "Pointer", "targetClass": "_User"}, "friends": {"type": "Array"}, "s": TEXT}
    return case(name, make(fields), *(change(classLevelPermissions=document) for document in permissions), READ)


CASES = [
    made("an empty class"),
    made("a class named in the body", className="<Item>"),
    case("a class named in the body alone", post("/schemas", {"className": "<Item>"}).as_master(), READ),
    made(
        "a class with a field of every type",
        {
            "s": TEXT,
            "n": NUMBER,
            "b": {"type": "Boolean"},
            "d": {"type": "Date"},
            "o": {"type": "Object"},
            "l": {"type": "Array"},
            "g": {"type": "GeoPoint"},
            "f": {"type": "File"},
            "y": {"type": "Bytes"},
            "p": {"type": "Polygon"},
            "u": {"type": "Pointer", "targetClass": "_User"},
            "r": {"type": "Relation", "targetClass": "_User"},
        },
    ),
    made(
        "required and default", {"s": {"type": "String", "required": True}, "n": {"type": "Number", "defaultValue": 7}}
    ),
    case(
        "a polygon as default is shown as it was given",
        make({"open": {"type": "Polygon", "defaultValue": ring(OPEN)}}),
        change({"closed": {"type": "Polygon", "defaultValue": ring([*OPEN, OPEN[0]])}}),
        READ,
        create("<Item>", {}).remember(id="objectId"),
        get("/classes/<Item>/<id>"),
    ),
    case("a class twice", make(), make()),
    made("names that differ", className="Other"),
    case("no name", post("/schemas", {}).as_master()),
    case("a name that begins with a digit", post("/schemas/1bad", {}).as_master()),
    case("a name that begins with an underscore", post("/schemas/_Bad", {}).as_master()),
    made("an unknown type", {"a": {"type": "Bogus"}}),
    made("a pointer without a class", {"a": {"type": "Pointer"}}),
    made("a relation without a class", {"a": {"type": "Relation"}}),
    made("a pointer to a class with a bad name", {"a": {"type": "Pointer", "targetClass": "1x"}}),
    made("a field without a type", {"a": {}}),
    made("a bad field name", {"bad key": TEXT}),
    made("a field that every class has", {"objectId": TEXT}),
    made("two geo points", {"a": {"type": "GeoPoint"}, "b": {"type": "GeoPoint"}}),
    made("a default of the wrong type", {"a": {"type": "String", "defaultValue": 5}}),
    made("a required relation", {"a": {"type": "Relation", "targetClass": "_User", "required": True}}),
    made("a relation with a default", {"a": {"type": "Relation", "targetClass": "_User", "defaultValue": 5}}),
    changed("a field more", {"a": TEXT}, {"b": NUMBER}),
    changed("a field less", {"a": TEXT, "b": NUMBER}, {"a": {"__op": "Delete"}}),
    changed("the same field again", {"a": TEXT}, {"a": TEXT}),
    changed("the same field, now required", {"a": TEXT}, {"a": {"type": "String", "required": True}}),
    changed("another type", {"a": TEXT}, {"a": NUMBER}),
    changed("a field to delete that isn't there", {"a": TEXT}, {"zzz": {"__op": "Delete"}}),
    changed("a default field to delete", {"a": TEXT}, {"objectId": {"__op": "Delete"}}),
    changed("a second geo point", {"a": {"type": "GeoPoint"}}, {"b": {"type": "GeoPoint"}}),
    changed("nothing at all", {"a": TEXT}),
    changed("an index", {"a": TEXT}, indexes={"byA": {"a": 1}}),
    changed("an index on a field that isn't there", {"a": TEXT}, indexes={"byB": {"b": 1}}),
    changed("an index to delete that isn't there", {"a": TEXT}, indexes={"byB": {"__op": "Delete"}}),
    case(
        "an index twice, and deleted",
        make({"a": TEXT}),
        change(indexes={"byA": {"a": 1}}),
        change(indexes={"byA": {"a": 1}}),
        change(indexes={"byA": {"__op": "Delete"}}),
        READ,
    ),
    case("a change of a class that isn't there", change({"a": TEXT})),
    case("a class that isn't there", READ),
    case("internal classes answer from memory", get("/schemas/_JobStatus").as_master()),
    case("a role's schema", get("/schemas/_Role").as_master()),
    case("a class deleted", make({"a": TEXT}), delete(PATH).as_master(), READ),
    case("a class deleted that isn't there", delete(PATH).as_master()),
    case("a class with objects isn't deleted", create("<Item>", {"a": 1}), delete(PATH).as_master(), READ),
    case(
        "a purge removes the objects and keeps the class",
        create("<Item>", {"a": 1}),
        delete("/purge/<Item>").as_master(),
        find("<Item>"),
        READ,
    ),
    case("a purge of a class that isn't there", delete("/purge/<Item>").as_master()),
    case("a purge by a client", delete("/purge/<Item>")),
    case(
        "a deleted field is gone from the objects",
        create("<Item>", {"a": 1, "b": 2}),
        change({"a": {"__op": "Delete"}}),
        find("<Item>"),
    ),
    case("a client makes no class", post(PATH, {}), put(PATH, {}), delete(PATH)),
    case(
        "defaults are filled in and answered",
        make({"a": {"type": "String", "defaultValue": "x"}, "n": {"type": "Number", "defaultValue": 7}}),
        create("<Item>", {"n": 1}).remember(item="objectId"),
        get("/classes/<Item>/<item>"),
        put("/classes/<Item>/<item>", {"a": {"__op": "Delete"}}),
        get("/classes/<Item>/<item>"),
    ),
    case(
        "required fields are demanded",
        make({"a": {"type": "String", "required": True}}),
        create("<Item>", {}),
        create("<Item>", {"a": None}),
        create("<Item>", {"a": ""}),
        create("<Item>", {"a": "x"}).remember(item="objectId"),
        put("/classes/<Item>/<item>", {"b": 1}),
        put("/classes/<Item>/<item>", {"a": None}),
        put("/classes/<Item>/<item>", {"a": {"__op": "Delete"}}),
    ),
    case(
        "null takes the default",
        make({"a": {"type": "String", "defaultValue": "x"}}),
        create("<Item>", {"a": None}).differs("PB023", 201, {"objectId": "<id>", "createdAt": "<moment>", "a": "x"}),
    ),
    permitted("open permissions", {"find": {"*": True}, "get": {"*": True}}),
    permitted(
        "permissions of users, roles and those who are logged in",
        {
            "find": {"abc123": True, "role:Editors": True},
            "get": {"requiresAuthentication": True},
        },
    ),
    permitted("pointer permissions", {"find": {"pointerFields": ["owner", "friends"]}, "writeUserFields": ["owner"]}),
    permitted("protected fields", {"find": {"*": True}, "protectedFields": {"*": ["s"], "role:Editors": []}}),
    permitted("a default ACL", {"create": {"*": True}, "ACL": {"currentUser": {"read": True, "write": True}}}),
    permitted("an operation that is none", {"bogus": {}}),
    permitted("an operation that is no map", {"find": 5}),
    permitted("a name that is none", {"find": {"bad key!": True}}),
    permitted("a value that isn't true", {"find": {"*": False}}),
    permitted("pointer fields that are no list", {"find": {"pointerFields": 5}}),
    permitted("pointer fields that don't exist", {"find": {"pointerFields": ["nope"]}}),
    permitted("readUserFields that are no list", {"readUserFields": {}}, {"readUserFields": ["nope"]}),
    permitted("a protected field that doesn't exist", {"protectedFields": {"*": ["nope"]}}),
    permitted("a protected field that every class has", {"protectedFields": {"*": ["objectId"]}}),
    permitted("protected fields that are no list", {"protectedFields": {"*": 5}}, {"protectedFields": {"bad key": []}}),
    permitted("a default ACL that is none", {"ACL": 5}, {"ACL": {"*": {"foo": True}}}, {"ACL": {"*": {"read": "x"}}}),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
