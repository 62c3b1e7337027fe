"""Conformance: units are atomic, guards are part of the statement, operations work on what is stored."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ErrorCode, ParseError
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import GeoPoint, Pointer, Value
from parsonage.query.model import ALWAYS, And, Compare, Comparison, Equals, LinksTo, RelatedTo, WritableBy
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import CreateClass
from parsonage.storage.changes import (
    Duplicate,
    Failed,
    NothingMatched,
    Notice,
    NoticeKind,
    Outcome,
    Patch,
    Remove,
    Unit,
    Written,
)
from parsonage.storage.conformance.cast import Cast, Notes, OpenStorage, named
from parsonage.storage.interface import Storage

_OPERATIONS: list[tuple[dict[str, Value], dict[str, Operation], dict[str, Any]]] = [
    ({"text": "a"}, {"text": op.Set("b")}, {"text": "b"}),
    ({"text": "a"}, {"text": op.Unset()}, {}),
    ({"text": "a"}, {"text": op.Set(None)}, {}),
    ({}, {"place": op.Set(GeoPoint(1, 2))}, {"place": {"__type": "GeoPoint", "latitude": 1, "longitude": 2}}),
    ({"place": GeoPoint(1, 2)}, {"place": op.Unset()}, {}),
    ({}, {"raw": op.Set(b"a")}, {"raw": {"__type": "Bytes", "base64": "YQ=="}}),
    ({"stars": 1}, {"stars": op.Increment(2)}, {"stars": 3}),
    ({}, {"stars": op.Increment(-1.5)}, {"stars": -1.5}),
    ({"tags": [1, 1]}, {"tags": op.Add([2, 1])}, {"tags": [1, 1, 2, 1]}),
    ({}, {"tags": op.Add([1])}, {"tags": [1]}),
    ({"tags": [3, 1, 3]}, {"tags": op.AddUnique([1, 2, 2])}, {"tags": [3, 1, 3, 2]}),
    ({"tags": [1, "a", 1, True]}, {"tags": op.Remove([1, "b"])}, {"tags": ["a", True]}),
    ({}, {"tags": op.Remove([1])}, {"tags": []}),
    (
        {"tags": [Pointer("_User", "u1")]},
        {"tags": op.AddUnique([Pointer("_User", "u1")])},
        {"tags": [{"__type": "Pointer", "className": "_User", "objectId": "u1"}]},
    ),
    ({"more": {"a": 1}}, {"more.b.c": op.Set(2)}, {"more": {"a": 1, "b": {"c": 2}}}),
    ({"more": {"a": {"x": 1, "y": 2}}}, {"more.a.x": op.Increment(4)}, {"more": {"a": {"x": 5, "y": 2}}}),
    ({"more": {"a": 1, "b": 2}}, {"more.a": op.Unset()}, {"more": {"b": 2}}),
    ({"more": {"l": [1]}}, {"more.l": op.Add([2]), "more.n": op.Increment(1)}, {"more": {"l": [1, 2], "n": 1}}),
    ({}, {"more.a": op.Set(1), "more.b": op.Set(2)}, {"more": {"a": 1, "b": 2}}),
    ({"more": {"a": 1}}, {"more": op.Set({"z": 1}), "more.y": op.Set(2)}, {"more": {"z": 1, "y": 2}}),
    ({"tags": [1, 2]}, {"tags.0": op.Set(9)}, {"tags": [9, 2]}),
]

_FAILING: list[tuple[dict[str, Value], dict[str, Operation], int]] = [
    ({"text": "a"}, {"text": op.Increment(1)}, ErrorCode.INVALID_JSON),
    ({"more": {"a": "x"}}, {"more.a": op.Increment(1)}, ErrorCode.INVALID_JSON),
    ({"more": {"a": "x"}}, {"more.a": op.Add([1])}, ErrorCode.INVALID_JSON),
    ({"more": {"a": "x"}}, {"more.a.b": op.Set(1)}, ErrorCode.INVALID_JSON),
    ({"stars": 1}, {"stars": op.Set("many")}, ErrorCode.INCORRECT_TYPE),
    ({}, {"text": op.Set("\ud800")}, ErrorCode.INVALID_JSON),
    ({}, {"tags": op.Add(["\ud800"])}, ErrorCode.INVALID_JSON),
]


class WriteConformance(Cast):
    """What was answered is stored, whole; what was refused left no trace."""

    @pytest.mark.parametrize(("before", "operations", "after"), _OPERATIONS, ids=named)
    async def test_an_operation_changes_what_is_stored(
        self, notes: Notes, before: dict[str, Value], operations: dict[str, Operation], after: dict[str, Any]
    ) -> None:
        await notes.insert("n1", before)
        touched = tuple(dict.fromkeys(key.split(".")[0] for key in operations))

        outcome = await notes.patch("n1", operations, returning=touched)

        stored = await notes.get("n1")
        assert stored is not None
        assert outcome == Written((after,))
        assert {name: stored[name] for name in touched if name in stored} == after
        assert stored["updatedAt"] == "2023-11-14T22:13:21.123Z"

    async def test_a_patch_without_a_moment_leaves_the_old_one(self, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 1})

        await notes.write(Patch(notes.schema, "n1", None, {"stars": op.Increment(1)}))

        stored = await notes.get("n1")
        assert stored is not None
        assert (stored["stars"], stored["updatedAt"]) == (2, stored["createdAt"])

    @pytest.mark.parametrize(("before", "operations", "code"), _FAILING, ids=named)
    async def test_an_operation_that_has_no_meaning_fails_with_its_code(
        self, notes: Notes, before: dict[str, Value], operations: dict[str, Operation], code: int
    ) -> None:
        await notes.insert("n1", before)
        stored = await notes.get("n1")

        outcome = await notes.patch("n1", operations)

        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, ParseError)
        assert outcome.error.code == code
        assert await notes.get("n1") == stored

    async def test_increments_at_the_same_time_all_count(self, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 0})

        outcomes = await asyncio.gather(
            *(notes.patch("n1", {"stars": op.Increment(1)}, returning=("stars",)) for _ in range(50))
        )

        assert sorted(row["stars"] for outcome in outcomes for row in _rows(outcome)) == list(range(1, 51))

    async def test_additions_to_a_list_at_the_same_time_all_count(self, notes: Notes) -> None:
        await notes.insert("n1")

        await asyncio.gather(*(notes.patch("n1", {"tags": op.Add([number])}) for number in range(50)))

        stored = await notes.get("n1")
        assert stored is not None
        assert sorted(stored["tags"]) == list(range(50))

    async def test_writes_are_carried_out_in_the_order_in_which_they_were_asked_for(self, notes: Notes) -> None:
        await notes.insert("n1")

        await asyncio.gather(*(notes.patch("n1", {"tags": op.Add([number])}) for number in range(100)))

        stored = await notes.get("n1")
        assert stored is not None
        assert stored["tags"] == list(range(100))

    async def test_fifty_objects_are_stored_by_one_call(self, notes: Notes) -> None:
        units = [Unit((notes.insertion(f"n{number}", {"stars": number}),)) for number in range(50)]

        outcomes = await notes.storage.write(units)

        assert outcomes == [Written(({},))] * 50
        assert await notes.count() == 50

    async def test_an_id_is_given_once(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "first"})

        outcome = await notes.insert("n1", {"text": "second"})

        assert outcome == Duplicate(0, "Note", "objectId")

    async def test_patching_what_is_not_there_matches_nothing(self, notes: Notes) -> None:
        assert await notes.patch("n1", {"text": op.Set("x")}) == NothingMatched(0)
        assert await notes.patch("n1", {"text": op.Set("x")}, returning=("text",)) == NothingMatched(0)

    async def test_a_guard_that_does_not_hold_leaves_the_object_alone(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "old", "stars": 1}, acl=ACL.only("ada"))
        as_bob = WritableBy(frozenset({"*", "bob"}))

        patched = await notes.patch("n1", {"text": op.Set("new")}, guard=as_bob)
        spent = await notes.patch("n1", {"text": op.Set("new")}, guard=Equals("stars", 2))
        removed = await notes.remove("n1", as_bob)

        assert [patched, spent, removed] == [NothingMatched(0)] * 3
        stored = await notes.get("n1", ["text"])
        assert stored is not None
        assert stored["text"] == "old"

    async def test_a_guard_that_holds_lets_the_change_through(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "old", "stars": 1}, acl=ACL.only("ada"))
        as_ada = And((WritableBy(frozenset({"*", "ada"})), Equals("stars", 1)))

        patched = await notes.patch("n1", {"stars": op.Set(2)}, guard=as_ada)
        removed = await notes.remove("n1", WritableBy(frozenset({"ada"})))

        assert isinstance(patched, Written)
        assert isinstance(removed, Written)
        assert await notes.get("n1") is None

    async def test_a_single_use_guard_lets_one_of_many_through(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "token"})
        guard = Equals("text", "token")

        outcomes = await asyncio.gather(*(notes.patch("n1", {"text": op.Unset()}, guard=guard) for _ in range(20)))

        assert sum(isinstance(outcome, Written) for outcome in outcomes) == 1

    async def test_a_new_acl_replaces_the_old_one(self, notes: Notes) -> None:
        await notes.insert("n1", acl=ACL.public())

        await notes.patch("n1", {}, acl=ACL.only("ada"))
        await notes.patch("n1", {"text": op.Set("x")})

        stored = await notes.get("n1")
        assert stored is not None
        assert stored["ACL"] == {"ada": {"read": True, "write": True}}

    async def test_a_unit_happens_whole_or_not_at_all(self, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 1})

        outcome = await notes.write(
            notes.insertion("n2", {"text": "x"}, acl=ACL.only("eve"), links={"likes": frozenset({"u1"})}),
            notes.patching("n1", {"stars": op.Increment(1), "likes": op.RelationChange("_User", frozenset({"u1"}))}),
            Remove(notes.schema, "missing"),
        )

        stored = await notes.get("n1")
        assert outcome == NothingMatched(2)
        assert stored is not None
        assert stored["stars"] == 1
        assert await notes.matching(ALWAYS) == {"n1"}
        assert await notes.matching(LinksTo("likes", ("u1",))) == set()

    async def test_a_refused_unit_does_not_touch_its_neighbours(self, notes: Notes) -> None:
        units = [Unit((notes.insertion(object_id),)) for object_id in ("n1", "n2", "n1", "n3")]

        outcomes = await notes.storage.write(units)

        assert [type(outcome) for outcome in outcomes] == [Written, Written, Duplicate, Written]
        assert await notes.matching(ALWAYS) == {"n1", "n2", "n3"}

    async def test_an_acl_of_a_refused_unit_can_be_used_by_the_next(self, notes: Notes) -> None:
        await notes.insert("n1")
        await notes.insert("n1", acl=ACL.only("ada"))

        await notes.insert("n2", acl=ACL.only("ada"))

        stored = await notes.get("n2")
        assert stored is not None
        assert stored["ACL"] == {"ada": {"read": True, "write": True}}

    async def test_removing_by_condition_removes_what_matches(self, notes: Notes) -> None:
        await notes.storage.write([Unit((notes.insertion(f"n{number}", {"stars": number}),)) for number in range(10)])

        outcome = await notes.remove_all(Compare("stars", Comparison.GREATER, 3))
        again = await notes.remove_all(Compare("stars", Comparison.GREATER, 3))

        assert [type(outcome), type(again)] == [Written, Written]
        assert await notes.matching(ALWAYS) == {"n0", "n1", "n2", "n3"}

    @pytest.mark.parametrize(
        ("operation", "linked"),
        [
            (op.RelationChange("_User", added=frozenset({"u2"})), {"u1", "u2"}),
            (op.RelationChange("_User", added=frozenset({"u1"})), {"u1"}),
            (op.RelationChange("_User", removed=frozenset({"u1", "u9"})), set()),
            (op.RelationChange("_User", frozenset({"u2"}), frozenset({"u1"})), {"u2"}),
            (op.RelationChange(None), {"u1"}),
            (op.Unset(), set()),
        ],
        ids=named,
    )
    async def test_links_are_made_and_taken_away(
        self, notes: Notes, users: Notes, operation: Operation, linked: set[str]
    ) -> None:
        await users.insert("u1", {"username": "one"})
        await users.insert("u2", {"username": "two"})
        await notes.insert("n1", links={"likes": frozenset({"u1"})})
        await notes.insert("n2", links={"likes": frozenset({"u1", "u2"})})

        outcome = await notes.patch("n1", {"likes": operation})

        assert isinstance(outcome, Written)
        assert await users.matching(RelatedTo(Pointer("Note", "n1"), "likes")) == linked
        assert await users.matching(RelatedTo(Pointer("Note", "n2"), "likes")) == {"u1", "u2"}

    async def test_the_links_of_a_removed_object_go_with_it(self, notes: Notes, users: Notes) -> None:
        await users.insert("u1", {"username": "one"})
        await notes.insert("n1", links={"likes": frozenset({"u1"})})
        await notes.insert("n2", links={"likes": frozenset({"u1"})})

        await notes.remove("n1")
        await notes.remove_all(Equals("objectId", "n2"))
        await notes.insert("n1")
        await notes.insert("n2")

        assert await notes.matching(LinksTo("likes", ("u1",))) == set()

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"username": "ada"}, "username"),
            ({"username": "ADA"}, "username"),
            ({"username": "x", "email": "Ä@example.org"}, "email"),
            ({"username": "x", "authData": {"other": {"id": "1"}, "fb": {"id": "1"}}}, "authData.fb.id"),
        ],
    )
    async def test_no_two_users_share_a_name_an_address_or_a_sign_in(
        self, users: Notes, values: dict[str, Value], field: str
    ) -> None:
        await users.insert("u1", {"username": "ada", "email": "ä@example.org", "authData": {"fb": {"id": "1"}}})
        await users.insert("u2", {"username": "free"})

        inserted = await users.insert("u3", values)
        patched = await users.patch("u2", {name: op.Set(value) for name, value in values.items()})

        assert inserted == Duplicate(0, "_User", field)
        assert patched == Duplicate(0, "_User", field)

    async def test_a_name_that_was_given_up_is_free(self, users: Notes) -> None:
        await users.insert("u1", {"username": "ada", "authData": {"fb": {"id": "1"}, "me": None}})
        await users.insert("u2", {"username": "eve", "authData": {"fb": {"id": "2"}}})
        await users.patch("u1", {"username": op.Set("bob"), "authData.fb": op.Unset()})
        await users.remove("u2")

        outcome = await users.insert("u3", {"username": "Ada", "authData": {"fb": {"id": "1"}}})
        another = await users.insert("u4", {"username": "eve", "authData": {"fb": {"id": "2"}}})

        assert [type(outcome), type(another)] == [Written, Written]

    async def test_a_user_is_found_by_its_sign_in(self, users: Notes) -> None:
        await users.insert("u1", {"username": "ada", "authData": {"fb": {"id": "1"}}})
        await users.insert("u2", {"username": "eve", "authData": {"fb": {"id": "2"}, "g": {"id": "1"}}})

        assert await users.matching(Equals("authData.fb.id", "1")) == {"u1"}
        assert await users.matching(Equals("authData.g.id", "1")) == {"u2"}
        assert await users.matching(Equals("authData.fb.id", 1)) == set()

    async def test_users_without_address_and_sign_in_are_many(self, users: Notes) -> None:
        first = await users.insert("u1", {"username": "ada"})
        second = await users.insert("u2", {"username": "eve"})

        assert [type(first), type(second)] == [Written, Written]

    async def test_a_session_token_is_given_once(self, storage: Storage) -> None:
        await storage.change_schema([CreateClass(new_class("_Session"))])
        sessions = Notes(storage, (await storage.load_schemas())["_Session"])
        await sessions.insert("s1", {"sessionToken": "r:1", "user": Pointer("_User", "u1")})

        outcome = await sessions.insert("s2", {"sessionToken": "r:1", "user": Pointer("_User", "u2")})

        assert outcome == Duplicate(0, "_Session", "sessionToken")

    async def test_a_purge_removes_every_object_and_its_links(self, notes: Notes) -> None:
        await notes.insert("n1", links={"likes": frozenset({"u1"})})
        await notes.insert("n2")

        await notes.storage.purge(notes.schema)

        assert await notes.count() == 0
        await notes.insert("n1")
        assert await notes.matching(LinksTo("likes", ("u1",))) == set()

    async def test_notices_are_heard_once_by_everybody_on_the_database(
        self, notes: Notes, open_storage: OpenStorage
    ) -> None:
        other = await open_storage()
        notes.storage.notices()
        mine = Notice(NoticeKind.SESSION, "r:1")

        await notes.storage.write([Unit((notes.insertion("n1"),), (mine, Notice(NoticeKind.ROLES)))])

        assert await self.heard(notes.storage) == [mine, Notice(NoticeKind.ROLES)]
        assert await self.heard(other) == [mine, Notice(NoticeKind.ROLES)]
        assert await self.heard(other) == []

    async def test_the_notices_of_a_refused_unit_are_not_heard(self, notes: Notes) -> None:
        notes.storage.notices()

        await notes.storage.write([Unit((Remove(notes.schema, "missing"),), (Notice(NoticeKind.ROLES),))])

        assert await self.heard(notes.storage) == []

    async def test_what_one_stores_another_finds_at_once(self, notes: Notes, open_storage: OpenStorage) -> None:
        other = Notes(await open_storage(), notes.schema)

        await notes.insert("n1", {"text": "hi"}, acl=ACL.only("ada"))

        stored = await other.get("n1")
        assert stored is not None
        assert (stored["text"], stored["ACL"]) == ("hi", {"ada": {"read": True, "write": True}})

    async def test_two_on_one_database_lose_no_increment(self, notes: Notes, open_storage: OpenStorage) -> None:
        other = Notes(await open_storage(), notes.schema)
        await notes.insert("n1", {"stars": 0})

        await asyncio.gather(
            *(writer.patch("n1", {"stars": op.Increment(1)}) for _ in range(25) for writer in (notes, other))
        )

        stored = await notes.get("n1")
        assert stored is not None
        assert stored["stars"] == 50


def _rows(outcome: Outcome) -> tuple[Any, ...]:
    return outcome.rows if isinstance(outcome, Written) else ()
