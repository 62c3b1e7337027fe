"""What a create or an update may say of a field, in every form that a client might send.

Rules: reference/rest-core.md, sections 9 to 11; reference/schema-clp-acl.md, sections 2, 4 and 6.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, date, find, get, operation, pointer, put, some
from tests.side_by_side.exchange import Pair

PLACE = {"__type": "GeoPoint", "latitude": 1, "longitude": 2}
AREA = {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1]]}
OF_EACH_TYPE: dict[str, object] = {
    "number": 1,
    "text": "a",
    "truth": True,
    "list": [1, 2],
    "map": {"a": 1},
    "date": date("2024-01-01T00:00:00.000Z"),
    "place": PLACE,
    "pointer": pointer("<Town>", "abc"),
    "file": {"__type": "File", "name": "a.txt"},
    "area": AREA,
    "relation": operation("AddRelation", objects=[pointer("<Town>", "abc")]),
}
ANYTHING: tuple[object, ...] = (
    5,
    "x",
    False,
    None,
    [],
    {"a": 2},
    date("2024-01-02T00:00:00.000Z"),
    PLACE,
    pointer("<Town>", "def"),
    pointer("<River>", "abc"),
    {"__type": "File", "name": "b.txt"},
    AREA,
    operation("Increment", amount=1),
    operation("AddUnique", objects=[1]),
    operation("RemoveRelation", objects=[pointer("<Town>", "abc")]),
)


def given_everything(field: str) -> Case:
    """A case that gives a field of some type values of every type, and then reads the object."""
    values = [value for value in ANYTHING if not (field == "relation" and value is None)]
    return case(
        f"values of every type for a {field}",
        create("<Note>", OF_EACH_TYPE).remember(note="objectId"),
        *(put("/classes/<Note>/<note>", {field: value}) for value in values),
        get("/classes/<Note>/<note>"),
    )


def made(name: str, *values: object) -> Case:
    """A case that makes a class with each value in a field."""
    return case(name, *(create(f"<Note>{number}", {"v": value}) for number, value in enumerate(values)))


def told(name: str, *bodies: object) -> Case:
    """A case that makes an object of one class with each body."""
    return case(name, *(create("<Note>", body) for body in bodies))


def changed(name: str, first: object, *bodies: object) -> Case:
    """A case that makes one object, changes it with each body, and reads it each time."""
    steps = (step for body in bodies for step in (put("/classes/<Note>/<note>", body), get("/classes/<Note>/<note>")))
    return case(name, create("<Note>", first).remember(note="objectId"), *steps)


def typed(kind: object, **parts: object) -> dict[str, object]:
    return {"__type": kind, **parts}


ITEM = {"icon": {"__type": "File", "name": "a.png"}, "order": 1, "title": "t", "subtitle": "s"}

CASES = [
    *map(given_everything, OF_EACH_TYPE),
    made("dates", typed("Date"), typed("Date", iso=""), typed("Date", iso="2024-01-01")),
    made(
        "pointers",
        typed("Pointer"),
        typed("Pointer", objectId="x"),
        typed("Pointer", className="bad name", objectId="x"),
    ),
    made("places", typed("GeoPoint"), typed("GeoPoint", latitude=91, longitude=181)),
    made("files", typed("File"), typed("File", name=""), typed("File", name="a.txt", url="http://x.example/a.txt")),
    made("bytes", typed("Bytes"), typed("Bytes", base64=""), typed("Bytes", base64="AQID")),
    made("areas", typed("Polygon"), typed("Polygon", coordinates=[]), typed("Polygon", coordinates=[[0, 0], [1, 1]])),
    made(
        "other types",
        typed("Object"),
        typed("Object", className="<Town>", objectId="x"),
        typed("Bogus"),
        typed(5),
        typed(None),
        typed(True),
        typed({"a": 1}),
    ),
    made(
        "nested keys", {"a.b": 1}, {"$a": 1}, {"a": {"$b": 1}}, {"a": [{"b.c": 1}]}, [{"a.b": 1}], [{"$x": 1}], {"": 1}
    ),
    made(
        "operations on lists",
        operation("Add"),
        operation("Add", objects=5),
        operation("AddUnique", objects={}),
        operation("Remove", objects="x"),
        operation("Add", objects=[]),
        operation("AddUnique", objects=[1, 1]),
    ),
    made(
        "operations on numbers",
        operation("Increment", amount=1.5),
        operation("Increment", amount=-1),
        operation("Increment", amount=0),
    ),
    made(
        "operations on relations", operation("AddRelation", objects=[typed("Object", className="<Town>", objectId="x")])
    ),
    made(
        "several operations",
        operation(
            "Batch",
            ops=[
                operation("AddRelation", objects=[pointer("<Town>", "a")]),
                operation("RemoveRelation", objects=[pointer("<Town>", "b")]),
            ],
        ),
    ),
    made("numbers", 1e308, 1e21, 0.1, -0.0, 9007199254740993, 123456789012345678),
    made("texts", "", "é😀", "x" * 300, " ", "null"),
    told(
        "names of fields",
        *(
            {name: 1}
            for name in (
                "bad key",
                "1a",
                "a-b",
                "_x",
                "__type",
                "",
                "é",
                "className",
                "length",
                "objectId",
                "id",
                "$a",
                "a$",
                "_id",
                "_rperm",
                "_hashed_password",
                "__proto__",
                "constructorName",
            )
        ),
    ),
    told("names with a dot", {"a.b": 1}, {"a.b": 2}, {"a.0": 1}, {"a.": 1}),
    told(
        "dates of the server's",
        {"createdAt": date("2001-01-01")},
        {"updatedAt": date("2001-01-01")},
        {"createdAt": "x"},
        {"updatedAt": 5},
        {"createdAt": None},
    ),
    told("bodies", {}, [], [1], {"a": None}, {"objectId": ""}, {"objectId": None}, {"id": None}),
    told(
        "access lists",
        *(
            {"ACL": acl}
            for acl in some(
                {},
                {"*": {}},
                {"*": True},
                {"": {"read": True}},
                {"role:": {"read": True}},
                {"*unresolved": {"read": True}},
                None,
                False,
                0,
                "",
                {"a": []},
            )
        ),
    ),
    case(
        "access lists as they are kept",
        *(
            create("<Note>", {"k": k, "ACL": acl})
            for k, acl in enumerate(
                some(
                    {"*": {"read": 1}},
                    {"*": {"read": "x", "write": ""}},
                    {"x y": {"read": True}},
                    {"a": {"bogus": True}},
                    False,
                    0,
                    "",
                    None,
                    {},
                )
            )
        ),
        find("<Note>", order="k").as_master(),
    ),
    changed(
        "access lists that change",
        {"k": 1},
        {"ACL": False},
        {"ACL": 0},
        {"ACL": ""},
        {"ACL": None},
        {"ACL": {"*": {"read": True, "write": True}}},
    ),
    changed(
        "places in a map",
        {"o": {"a": 1, "b": {"c": 1}}},
        {"o.a": 2},
        {"o.z": {"x": 1}},
        {"o.a": operation("Increment", amount=5)},
        {"o.n": operation("Increment", amount=5)},
        {"o.a": operation("Delete")},
        {"o.zz": operation("Delete")},
        {"o.a": None},
        {"o.a": 1, "o.b": 2},
        {"o.a": "x"},
        {"o.p": pointer("<Town>", "x")},
        {"o": operation("Delete")},
        {"o.a": 1},
        {"o": None},
        {"o.a": operation("Increment", amount=2)},
    ),
    changed(
        "places that can't be",
        {"o": {"a": 1}, "l": [1]},
        {"o.0": 1},
        {"o.": 1},
        {"l.x": 1},
        {"k.x": 1, "n": 1},
        {"n.x": 1},
        {"bad key.x": 1},
    ),
    changed(
        "a number",
        {"n": 1},
        {"n": operation("Increment", amount=-2.5)},
        {"n": None},
        {"n": operation("Increment", amount=3)},
        {"n": operation("Delete")},
        {"n": operation("Increment", amount=3)},
        {"m": operation("Increment", amount=1)},
    ),
    changed(
        "a list of one",
        {"l": [1]},
        {"l": operation("Remove", objects=[2])},
        {"l": operation("Add", objects=[2])},
        {"l": operation("Remove", objects=[1, 1])},
        {"l": operation("Remove", objects=[])},
        {"l": operation("AddUnique", objects=[2])},
        {"l": None},
        {"l": operation("Add", objects=[{"a": 1}])},
        {"l": operation("Remove", objects=[{"a": 1}])},
        {"l": operation("Delete")},
        {"l": operation("Remove", objects=[1])},
    ),
    changed(
        "a relation",
        {"r": operation("AddRelation", objects=[pointer("<Town>", "x")])},
        {"r": operation("AddRelation", objects=[pointer("<Town>", "x")])},
        {"r": operation("RemoveRelation", objects=[pointer("<Town>", "zz")])},
        {"q": operation("RemoveRelation", objects=[pointer("<Town>", "x")])},
        {"r": operation("AddRelation", objects=[typed("Object", className="<Town>", objectId="y")])},
        {"r": operation("AddRelation", objects=[pointer("<River>", "x")])},
    ),
    changed(
        "the server's own fields",
        {"k": 1},
        {},
        {"createdAt": date("2001-01-01")},
        {"updatedAt": date("2001-01-01")},
        {"createdAt": None},
        {"createdAt": "x"},
        {"id": 1},
        {"_x": 1},
        {"length": 1},
        {"className": "x"},
    ),
    case(
        "what a product must have",
        *(
            create("_Product", body)
            for body in some(
                {},
                {"productIdentifier": "x"},
                {"productIdentifier": ""},
                {"productIdentifier": "x", **ITEM, "order": 0},
                {"productIdentifier": "x", **ITEM, "title": None},
            )
        ),
    ),
    case(
        "a product",
        create("_Product", {"productIdentifier": "<X>", **ITEM}).remember(item="objectId"),
        put("/classes/_Product/<item>", {"title": operation("Delete")}),
        put("/classes/_Product/<item>", {"title": ""}),
        put("/classes/_Product/<item>", {"productIdentifier": "y"}),
        get("/classes/_Product/<item>"),
    ),
    case(
        "what a role must have",
        *(
            create("_Role", body)
            for body in some(
                {},
                {"name": "<R>"},
                {"name": "", "ACL": {}},
                {"name": None, "ACL": {}},
                {"name": 5, "ACL": {}},
                {"name": "<R>", "ACL": None},
            )
        ),
        create("_Role", {"name": "<R>", "ACL": {"*": {"read": True, "write": True}}}).remember(role="objectId"),
        put("/roles/<role>", {"name": operation("Delete")}),
        put("/roles/<role>", {"name": "<S>"}),
        create("_Role", {"name": "<S>", "ACL": {}}),
    ),
    case(
        "sessions before there is one",
        put("/sessions/none", {"k": 1}),
        put("/classes/_Session/none", {}),
        get("/sessions"),
        get("/sessions/none"),
    ),
    case(
        "names of classes",
        *(
            create(name, {"k": 1})
            for name in ("bad-name", "1x", "_Bad", "_Hooks", "_GlobalConfig", "_Join:a:B", "_Audience", "<Note>x")
        ),
    ),
    case(
        "names of classes that are read",
        *(
            find(name, {})
            for name in ("bad-name", "1x", "_Bad", "_Hooks", "_Join:a:B", "_Audience", "_PushStatus", "<Nowhere>")
        ),
    ),
    case(
        "objects of classes that can't be",
        *(get(f"/classes/{name}/x") for name in ("bad-name", "_Bad", "_Hooks", "_Join:a:B", "<Nowhere>")),
    ),
    case(
        "changes in classes that can't be",
        *(
            put(f"/classes/{name}/x", {"a": 1})
            for name in ("bad-name", "_Bad", "_Hooks", "_Join:a:B", "<Nowhere>", "_Installation")
        ),
    ),
    case(
        "PB027: bytes that change",
        create("<Note>", {"y": typed("Bytes", base64="AQID")}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"y": typed("Bytes", base64="AAAA")}).differs(
            "PB027", 200, {"updatedAt": "<moment>"}
        ),
    ),
    case(
        "PB012: the marker of a relation as a value",
        create("<Note>", {"r": typed("Relation", className="<Town>")}).differs(
            "PB012", 201, {"objectId": "<id>", "createdAt": "<moment>"}
        ),
    ),
    case(
        "PB010: dates and areas that can't be",
        create("<Note>", {"v": typed("Date", iso=5)}).differs(
            "PB010", 400, {"code": 111, "error": "This is not a valid Date"}
        ),
        create("<Note>", {"v": typed("Polygon", coordinates=5)}).differs(
            "PB010", 400, {"code": 107, "error": "Polygon must have at least 3 values"}
        ),
    ),
    case(
        "places and bytes that can't be",
        create("<Note>", {"v": typed("GeoPoint", latitude="1", longitude=1)}).differs(
            "advisories, row 16", 400, {"code": 111, "error": "This is not a valid GeoPoint"}
        ),
        create("<Note>", {"v": typed("Bytes", base64=5)}).differs(
            "advisories, row 16", 400, {"code": 111, "error": "This is not a valid Bytes"}
        ),
    ),
    case(
        "PB016: relation operations without a list",
        create("<Note>", {"v": operation("AddRelation")}).differs(
            "PB016", 400, {"code": 107, "error": "objects to add must be an array"}
        ),
        create("<Note>", {"v": operation("RemoveRelation", objects=5)}).differs(
            "PB016", 400, {"code": 107, "error": "objects to add must be an array"}
        ),
    ),
    case(
        "PB060: a pointer to an internal class",
        create("<Note>", {"p": pointer("_Hooks", "x")}).differs(
            "PB060", 400, {"code": 119, "error": "Permission denied"}
        ),
    ),
    case(
        "a list inside a map",
        create("<Note>", {"o": {"l": [1]}}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"o.l": operation("Add", objects=[2])}).differs(
            "rest-core, section 11", 200, {"updatedAt": "<moment>", "o": {"l": [1, 2]}}
        ),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
