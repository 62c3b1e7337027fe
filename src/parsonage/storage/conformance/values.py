"""Conformance: values come back as they were stored, and an answer holds what it should."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import encode
from parsonage.protocol.values import (
    File,
    GeoPoint,
    Pointer,
    Polygon,
    Relation,
    Value,
    from_milliseconds,
)
from parsonage.query.model import Query
from parsonage.schema.changes import AddFields
from parsonage.schema.model import Field, FieldType
from parsonage.storage.conformance.cast import BORN, Cast, Notes

_NESTED: dict[str, Value] = {
    "text": "a",
    "none": None,
    "list": [1, 1.5, True, None, {"deep": [from_milliseconds(BORN)]}],
    "pointer": Pointer("_User", "u1"),
    "bytes": b"\x00\xff",
}


class ValueConformance(Cast):
    """What is stored comes back."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("text", "Grüße, 世界 🌍"),
            ("text", ""),
            ("stars", 5),
            ("stars", -2.5),
            ("stars", 2**53),
            ("stars", 1e300),
            ("done", True),
            ("done", False),
            ("at", from_milliseconds(BORN)),
            ("at", from_milliseconds(-1)),
            ("more", {}),
            ("more", _NESTED),
            ("tags", []),
            ("tags", [_NESTED, [1, [2]], "x", None]),
            ("place", GeoPoint(-33.9, 151.2)),
            ("area", Polygon(((0.0, 0.0), (0.0, 1.5), (1.0, 1.0), (0.0, 0.0)))),
            ("raw", b"\x00\x01\xfe"),
            ("author", Pointer("_User", "u1")),
        ],
    )
    async def test_a_value_comes_back_as_it_was_stored(self, notes: Notes, field: str, value: Value) -> None:
        await notes.insert("n1", {field: value})

        stored = await notes.get("n1")

        assert stored is not None
        assert stored[field] == encode(value)

    async def test_a_file_comes_back_by_its_name(self, notes: Notes) -> None:
        await notes.insert("n1", {"picture": File("a.png", "http://elsewhere/a.png")})

        stored = await notes.get("n1")

        assert stored is not None
        assert stored["picture"] == {"__type": "File", "name": "a.png"}

    async def test_a_whole_number_comes_back_without_a_fraction(self, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 5.0})

        stored = await notes.get("n1")

        assert stored is not None
        assert orjson.dumps(stored["stars"]) == b"5"

    async def test_an_object_has_its_id_and_its_dates(self, notes: Notes) -> None:
        await notes.insert("n1")

        stored = await notes.get("n1", ())

        assert stored == {
            "objectId": "n1",
            "createdAt": "2023-11-14T22:13:20.123Z",
            "updatedAt": "2023-11-14T22:13:20.123Z",
            "likes": {"__type": "Relation", "className": "_User"},
        }

    async def test_null_and_absent_are_the_same(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": None, "tags": None, "place": None})

        stored = await notes.get("n1")

        assert stored is not None
        assert stored.keys() == {"objectId", "createdAt", "updatedAt", "likes"}

    async def test_an_object_without_an_acl_shows_none(self, notes: Notes) -> None:
        await notes.insert("n1")

        stored = await notes.get("n1")

        assert stored is not None
        assert "ACL" not in stored

    @pytest.mark.parametrize(
        "acl", [ACL(), ACL.public(), ACL.only("u1"), ACL.public(write=True).allow("role:editors", write=True)]
    )
    async def test_an_acl_comes_back_as_it_was_given(self, notes: Notes, acl: ACL) -> None:
        await notes.insert("n1", acl=acl)

        stored = await notes.get("n1")

        assert stored is not None
        assert stored["ACL"] == acl.to_json()

    async def test_only_the_fields_asked_for_come_beside_those_that_every_object_has(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "hi", "stars": 1}, acl=ACL.public())

        stored = await notes.get("n1", ["stars", "unknown"])

        assert stored is not None
        assert stored.keys() == {"objectId", "createdAt", "updatedAt", "ACL", "likes", "stars"}

    async def test_an_answer_made_for_encoding_reads_the_same(self, notes: Notes) -> None:
        await notes.insert("n1", {"more": _NESTED, "tags": [1, "x"], "stars": 2}, acl=ACL.only("u1"))
        found = await notes.storage.find(notes.schema, Query("Note"))

        as_text = orjson.loads(orjson.dumps(found.wire_as_text()))

        assert as_text == found.wire()

    async def test_what_an_answer_holds_may_be_changed_without_harm(self, notes: Notes) -> None:
        await notes.insert("n1", {"tags": [1]}, acl=ACL.only("u1"))
        first: Any = await notes.get("n1")

        first["tags"].append(2)
        first["ACL"]["u2"] = {"read": True}
        first["likes"]["className"] = "Other"

        assert await notes.get("n1") == {
            **first,
            "tags": [1],
            "ACL": {"u1": {"read": True, "write": True}},
            "likes": {"__type": "Relation", "className": "_User"},
        }

    async def test_private_fields_come_only_when_named(self, users: Notes) -> None:
        await users.insert("u1", {"username": "ada", "_hashed_password": "$2y$", "_failed_login_count": 3})

        shown, named = await users.get("u1"), await users.get("u1", ["_hashed_password", "_failed_login_count"])

        assert shown is not None
        assert named is not None
        assert not any(name.startswith("_") for name in shown)
        assert (named["_hashed_password"], named["_failed_login_count"]) == ("$2y$", 3)

    async def test_names_that_differ_in_case_alone_are_different_fields(self, notes: Notes) -> None:
        others = {"Text": Field(FieldType.NUMBER), "TEXT": Field(FieldType.GEO_POINT)}
        await notes.storage.change_schema([AddFields("Note", others)])
        both = Notes(notes.storage, notes.schema.with_fields(others))
        await both.insert("n1", {"text": "small", "Text": 1, "TEXT": GeoPoint(1, 2)})

        stored = await both.get("n1")

        assert stored is not None
        assert (stored["text"], stored["Text"], stored["TEXT"]) == ("small", 1, encode(GeoPoint(1, 2)))

    async def test_a_relation_is_a_marker_in_every_answer(self, notes: Notes) -> None:
        await notes.insert("n1", {"likes": Relation("_User")}, links={"likes": frozenset({"u1"})})

        stored = await notes.get("n1", ["text"])

        assert stored is not None
        assert stored["likes"] == {"__type": "Relation", "className": "_User"}
