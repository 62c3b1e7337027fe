"""Every value encoding, as it goes in and as it comes back.

Rules: reference/rest-core.md, section 10; reference/schema-clp-acl.md, section 2.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, date, get, pointer, put
from tests.side_by_side.exchange import Pair

MALFORMED_DATE = {"code": 111, "error": "This is not a valid Date"}
MALFORMED_POINTER = {"code": 111, "error": "This is not a valid Pointer"}


def comes_back(name: str, *values: object) -> Case:
    """A case that stores each value in a class of its own and reads it again, by itself and within others."""
    steps = []
    for number, value in enumerate(values):
        class_name = f"<Kept{'abcdefghijklmnop'[number]}>"
        steps += [
            create(class_name, {"f": value, "o": {"in": value}, "l": [value]}).remember(kept="objectId"),
            get(f"/classes/{class_name}/<kept>"),
        ]
    return case(name, *steps)


def answered(name: str, *bodies: object) -> Case:
    """A case that tries to create an object of one class from each body."""
    return case(name, *(create("<Tried>", body) for body in bodies))


CASES = [
    comes_back("texts", "", "a", "ä ö 😀", "line\nbreak\ttab", "'; DROP TABLE x; --", "<br/>&amp;", " edges "),
    comes_back("numbers", 0, 1, -1, 1.5, -0.25, 1e21, 1e-7, 123456789012, 0.1),
    comes_back("integers beyond a double", 9007199254740993),
    comes_back("booleans", True, False),
    comes_back("lists", [], [1], [1, "a", True, None], [[1], [2, [3]]]),
    comes_back("maps", {}, {"a": 1}, {"a": {"b": {"c": [1]}}}, {"a": None}),
    comes_back(
        "dates", date("2024-01-02T03:04:05.678Z"), date("1969-12-31T23:59:59.999Z"), date("0099-01-01T00:00:00.000Z")
    ),
    comes_back("bytes", {"__type": "Bytes", "base64": "AQID"}),
    comes_back("pointers", pointer("Other", "abcdefghij"), pointer("_User", "abcdefghij")),
    comes_back("geo points", {"__type": "GeoPoint", "latitude": 1.5, "longitude": -2.25}),
    comes_back("files", {"__type": "File", "name": "x.txt"}),
    case(
        "a polygon comes back closed",
        create("<Area>", {"p": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1]]}}).remember(
            area="objectId"
        ),
        get("/classes/<Area>/<area>"),
    ),
    case(
        "a date without a time or milliseconds comes back whole",
        create("<Event>", {"a": date("2024-01-01"), "b": date("2024-01-01T10:00:00Z")}).remember(event="objectId"),
        get("/classes/<Event>/<event>"),
    ),
    case(
        "a date of another zone comes back in UTC",
        create("<Event>", {"a": date("2024-01-01T10:00:00.000+02:00")}).remember(event="objectId"),
        get("/classes/<Event>/<event>"),
    ),
    case(
        "null makes no column",
        create("<Note>", {"a": None, "b": 1}).remember(note="objectId"),
        get("/classes/<Note>/<note>"),
        get("/schemas/<Note>").as_master(),
    ),
    case(
        "null empties a field",
        create("<Note>", {"a": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"a": None}),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "geo points outside the globe are kept",
        create("<Place>", {"g": {"__type": "GeoPoint", "latitude": 100, "longitude": 200}}).remember(place="objectId"),
        get("/classes/<Place>/<place>"),
    ),
    answered(
        "two geo points in one object are refused",
        {
            "a": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
            "b": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
        },
    ),
    answered("a date without iso is refused", {"d": {"__type": "Date"}}),
    answered("a date with iso null is refused", {"d": {"__type": "Date", "iso": None}}),
    case(
        "a date that is none is refused",
        create("<Event>", {"d": date("nonsense")}).differs("PB010", 400, MALFORMED_DATE),
    ),
    answered("empty bytes are refused", {"b": {"__type": "Bytes", "base64": ""}}, {"b": {"__type": "Bytes"}}),
    answered("a file without a name is refused", {"f": {"__type": "File"}}),
    answered("a pointer without a class is refused", {"p": {"__type": "Pointer", "objectId": "abcdefghij"}}),
    case(
        "a pointer without an id is refused",
        create("<Note>", {"p": {"__type": "Pointer", "className": "A"}}).differs("PB013", 400, MALFORMED_POINTER),
    ),
    case(
        "a pointer with an empty id is refused",
        create("<Note>", {"p": pointer("A", "")}).differs("PB013", 400, MALFORMED_POINTER),
    ),
    answered("an object's encoding is refused", {"o": {"__type": "Object", "className": "A", "objectId": "x"}}),
    answered("an unknown encoding is refused", {"o": {"__type": "Nonsense"}}),
    answered("a geo point without longitude is refused", {"g": {"__type": "GeoPoint", "latitude": 1}}),
    answered("a polygon of two points is refused", {"p": {"__type": "Polygon", "coordinates": [[0, 0], [1, 1]]}}),
    answered("a polygon of texts is refused", {"p": {"__type": "Polygon", "coordinates": "x"}}),
    case(
        "a zero character is refused",
        create("<Note>", {"s": "a\0b"}).differs(
            "PB011", 400, {"code": 107, "error": "text must not contain NUL characters"}
        ),
    ),
    answered("keys with a dollar inside a map are refused", {"o": {"$a": 1}}),
    answered("keys with a dot inside a map are refused", {"o": {"a.b": 1}}),
    answered("keys with a dollar deep inside are refused", {"o": {"a": [{"b": {"$c": 1}}]}}),
    answered("denied keywords are refused", {"o": {"constructor": 1}}, {"l": [{"constructor": 1}]}),
    case(
        "a denied keyword for a field is refused as such",
        create("<Tried>", {"constructor": 1}).differs(
            "rest-core, section 8.5",
            400,
            {"code": 105, "error": 'Prohibited keyword in request data: {"key":"constructor"}.'},
        ),
    ),
    answered("the keyword __proto__ is refused", {"o": {"a": {"__proto__": 1}}}),
    answered("a BSON code is refused", {"o": {"_bsontype": "Code"}}),
    answered("another BSON type is let through", {"o": {"_bsontype": 1}}),
    answered("a key that contains a keyword is refused, too", {"o": {"constructorName": 1}}),
    case(
        "a text for a number is refused",
        create("<Note>", {"n": 1}),
        create("<Note>", {"n": "x"}),
    ),
    case("a number for a text is refused", create("<Note>", {"s": "x"}), create("<Note>", {"s": 1})),
    case("a map for a list is refused", create("<Note>", {"l": []}), create("<Note>", {"l": {}})),
    case("a list for a map is refused", create("<Note>", {"o": {}}), create("<Note>", {"o": []})),
    case("a text for a date is refused", create("<N>", {"d": date("2024-01-01")}), create("<N>", {"d": "2024-01-01"})),
    case("a boolean for a number is refused", create("<Note>", {"n": 1}), create("<Note>", {"n": True})),
    case(
        "a pointer to another class is refused",
        create("<Note>", {"p": pointer("Apple", "abcdefghij")}),
        create("<Note>", {"p": pointer("Pear", "abcdefghij")}),
    ),
    case("a bare id for a pointer is refused", create("<N>", {"p": pointer("A", "x")}), create("<N>", {"p": "x"})),
    case(
        "a wrong type is refused on update, too",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"n": [1]}),
        get("/classes/<Note>/<note>"),
    ),
    case(
        "every first value makes its column",
        create(
            "<Note>",
            {
                "s": "a",
                "n": 1,
                "b": True,
                "l": [1],
                "o": {"a": 1},
                "d": date("2024-01-01"),
                "p": pointer("A", "x"),
                "g": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
                "f": {"__type": "File", "name": "a.txt"},
                "y": {"__type": "Bytes", "base64": "AQID"},
                "i": {"__op": "Increment", "amount": 1},
                "a": {"__op": "Add", "objects": [1]},
                "r": {"__op": "AddRelation", "objects": [pointer("A", "x")]},
                "gone": {"__op": "Delete"},
            },
        ),
        get("/schemas/<Note>").as_master(),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
