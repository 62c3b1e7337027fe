from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import encode
from parsonage.protocol.errors import IncorrectType, ScriptFailed
from parsonage.protocol.objects import ParseObject, decode_answer, encode_answer, to_value
from parsonage.protocol.values import Pointer, Value
from tests.protocol.strategies import values

_STORED: dict[str, Any] = {
    "objectId": "n1",
    "createdAt": "2026-01-02T03:04:05.678Z",
    "updatedAt": "2026-01-02T03:04:05.678Z",
    "text": "hi",
    "stars": 3,
    "tags": ["a"],
    "more": {"k": {"z": 1}},
    "ACL": {"u1": {"read": True}},
}


@pytest.fixture
def note() -> ParseObject:
    return ParseObject.from_json("Note", _STORED)


class TestReading:
    def test_an_object_from_an_answer_has_what_the_answer_says(self, note: ParseObject) -> None:
        assert (note.id, note["text"], note["stars"], note.get("missing", 7)) == ("n1", "hi", 3, 7)
        assert note.acl == ACL(frozenset({"u1"}))
        assert note.created_at == datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
        assert not note.is_dirty()
        assert not note.is_new

    def test_an_object_goes_back_into_the_answer_it_came_from(self, note: ParseObject) -> None:
        assert note.to_json() == _STORED

    @given(value=values.filter(lambda value: value is not None))
    def test_a_value_that_was_set_is_read(self, value: Value) -> None:
        note = ParseObject("Note")

        note["field"] = value

        assert note["field"] == value

    def test_a_field_without_a_value_raises_like_a_map(self, note: ParseObject) -> None:
        with pytest.raises(KeyError):
            note["missing"]


class TestChanging:
    def test_changes_are_operations(self, note: ParseObject) -> None:
        note["text"] = "new"
        note.increment("stars")
        note.increment("stars", 2)
        note.add("tags", "b")
        del note["more"]

        assert note.operations() == {
            "text": op.Set("new"),
            "stars": op.Increment(3),
            "tags": op.Add(["b"]),
            "more": op.Unset(),
        }
        assert (note["stars"], note["tags"], "more" in note) == (6, ["a", "b"], False)

    def test_a_list_changed_in_place_counts_as_changed(self, note: ParseObject) -> None:
        note["tags"].append("b")

        assert note.dirty_keys == ["tags"]
        assert note.operations() == {"tags": op.Set(["a", "b"])}

    def test_looking_at_a_list_changes_nothing(self, note: ParseObject) -> None:
        assert note["tags"] == ["a"]
        assert not note.is_dirty()

    def test_a_dotted_key_sets_a_place(self, note: ParseObject) -> None:
        note.set("more.k.y", 2)

        assert note["more"] == {"k": {"z": 1, "y": 2}}
        assert note.operations() == {"more.k.y": op.Set(2)}

    def test_links_merge(self, note: ParseObject) -> None:
        note.link("likes", Pointer("_User", "u1"), Pointer("_User", "u2"))
        note.unlink("likes", Pointer("_User", "u1"))

        assert note.operations() == {"likes": op.RelationChange("_User", frozenset({"u2"}), frozenset({"u1"}))}

    def test_reverting_forgets(self, note: ParseObject) -> None:
        note["text"] = "new"
        note["tags"].append("b")
        note.acl = ACL()

        note.revert()

        assert not note.is_dirty()
        assert (note["text"], note["tags"], note.acl) == ("hi", ["a"], ACL(frozenset({"u1"})))

    def test_an_answer_settles_what_it_names(self, note: ParseObject) -> None:
        note.increment("stars")

        note.take({"stars": 9, "updatedAt": "2026-01-03T00:00:00.000Z"})

        assert note.to_json()["updatedAt"] == "2026-01-03T00:00:00.000Z"


class TestGivingValues:
    def test_what_python_has_of_its_own_becomes_a_value(self, note: ParseObject) -> None:
        east = timezone(timedelta(hours=2))

        assert to_value((1, 2.0)) == [1, 2]
        assert to_value(note) == Pointer("Note", "n1")
        assert to_value(datetime(2026, 1, 1, 2, 0, 0, 1999, east)) == datetime(2026, 1, 1, 0, 0, 0, 1000, UTC)
        assert to_value({1: {"a": (note,)}}) == {"1": {"a": [Pointer("Note", "n1")]}}

    @pytest.mark.parametrize("given", [object(), {1, 2}, 1j])
    def test_what_no_field_can_hold_is_refused(self, given: Any) -> None:
        with pytest.raises(IncorrectType):
            to_value(given)

    def test_an_unsaved_object_has_no_pointer(self) -> None:
        with pytest.raises(ScriptFailed):
            to_value(ParseObject("Note"))


class TestAnswers:
    @given(value=values)
    def test_what_a_function_returns_comes_back(self, value: Value) -> None:
        assert decode_answer(encode_answer(value)) == value

    def test_a_saved_object_is_written_whole(self, note: ParseObject) -> None:
        assert encode_answer({"note": note}) == {"note": {**_STORED, "__type": "Object", "className": "Note"}}
        assert decode_answer(encode_answer(note)) == note

    def test_an_object_known_by_its_id_alone_is_a_pointer(self) -> None:
        assert encode_answer(ParseObject("Note", "n1")) == encode(Pointer("Note", "n1"))

    @pytest.mark.parametrize("value", [ParseObject("Note"), object(), [1j]])
    def test_what_can_not_be_sent_fails(self, value: Any) -> None:
        with pytest.raises(ScriptFailed):
            encode_answer(value)
