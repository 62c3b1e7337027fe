from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parsonage.protocol import field_operations as op
from parsonage.protocol.encoding import decode, encode
from parsonage.protocol.errors import CommandUnavailable, IncorrectType, InvalidJSON
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import Pointer, Value
from tests.protocol.strategies import (
    amounts,
    ids,
    list_operations,
    lists,
    operations,
    relation_changes,
    values,
)

on_lists = list_operations | lists.map(op.Set) | st.just(op.Unset())
on_numbers = amounts.map(op.Increment) | amounts.map(op.Set) | st.just(op.Unset())


class TestMerging:
    @given(first=on_numbers, second=on_numbers, value=st.none() | amounts)
    def test_a_merged_operation_on_a_number_does_what_both_do(
        self, first: Operation, second: Operation, value: Value
    ) -> None:
        assert op.apply(op.merge(first, second), value) == op.apply(second, op.apply(first, value))

    @given(first=on_lists, second=on_lists, value=st.none() | lists)
    def test_a_merged_operation_on_a_list_does_what_both_do(
        self, first: Operation, second: Operation, value: Value
    ) -> None:
        merged = _merged(first, second)
        assume(merged is not None)

        assert merged is not None
        assert op.apply(merged, value) == op.apply(second, op.apply(first, value))

    @given(first=relation_changes, second=relation_changes, linked=ids)
    def test_merged_links_are_the_links_of_both(
        self, first: op.RelationChange, second: op.RelationChange, linked: frozenset[str]
    ) -> None:
        merged = op.merge(first, second)

        assert isinstance(merged, op.RelationChange)
        assert _links(merged, linked) == _links(second, _links(first, linked))
        assert merged.added.isdisjoint(merged.removed)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (op.Increment(1), op.Add([1])),
            (op.Add([1]), op.Increment(1)),
            (op.Set("a"), op.Increment(1)),
            (op.Set(1), op.AddUnique([1])),
        ],
    )
    def test_what_can_not_follow_is_refused(self, first: Operation, second: Operation) -> None:
        with pytest.raises(InvalidJSON):
            op.merge(first, second)

    def test_a_relation_holds_objects_of_one_class(self) -> None:
        with pytest.raises(IncorrectType):
            op.merge(op.RelationChange("A", frozenset({"1"})), op.RelationChange("B", frozenset({"2"})))


class TestReading:
    @given(operation=operations)
    def test_what_was_written_is_read_back(self, operation: Operation) -> None:
        assert op.read(op.to_json(operation)) == _as_sent(operation)

    @pytest.mark.parametrize("name", ["SetOnInsert", "Bogus", "", 5, []])
    def test_an_unknown_operation_is_refused(self, name: Any) -> None:
        with pytest.raises(CommandUnavailable):
            op.read({"__op": name})

    @pytest.mark.parametrize(
        "json",
        [
            {"__op": "Increment", "amount": "x"},
            {"__op": "Increment", "amount": True},
            {"__op": "Increment"},
            {"__op": "Add", "objects": 5},
            {"__op": "Remove"},
            {"__op": "AddRelation"},
            {"__op": "Batch", "ops": []},
            {"__op": "Batch", "ops": [{"__op": "Increment", "amount": 1}]},
        ],
    )
    def test_an_operation_with_wrong_parts_is_refused(self, json: Any) -> None:
        with pytest.raises(InvalidJSON):
            op.read(json)

    def test_a_relation_operation_without_objects_does_nothing(self) -> None:
        assert op.read({"__op": "AddRelation", "objects": []}) == op.RelationChange(None)


class TestApplying:
    @given(value=lists, added=lists)
    def test_add_keeps_order_and_repeats(self, value: list[Value], added: list[Value]) -> None:
        assert op.apply(op.Add(added), value) == value + added

    @given(value=lists, added=lists)
    def test_add_unique_keeps_what_was_there_and_adds_what_was_not(
        self, value: list[Value], added: list[Value]
    ) -> None:
        grown = op.apply(op.AddUnique(added), value)

        assert isinstance(grown, list)
        assert grown[: len(value)] == value
        assert all(op.contains(grown, item) for item in added)
        assert op.apply(op.AddUnique(added), grown) == grown

    @given(value=lists, removed=lists)
    def test_remove_leaves_none_of_them(self, value: list[Value], removed: list[Value]) -> None:
        left = op.apply(op.Remove(removed), value)

        assert isinstance(left, list)
        assert not any(op.contains(removed, item) for item in left)

    @given(value=values)
    def test_a_value_is_the_same_as_itself_after_a_journey(self, value: Value) -> None:
        assert op.same(value, decode(encode(value)))

    @pytest.mark.parametrize(
        ("one", "other"), [(1, True), (0, False), ([1], [True]), ({"a": 1}, {"a": True}), (1, "1")]
    )
    def test_values_of_two_kinds_are_not_the_same(self, one: Value, other: Value) -> None:
        assert not op.same(one, other)

    @pytest.mark.parametrize("operation", [op.Increment(1), op.Add([1]), op.AddUnique([1]), op.Remove([1])])
    def test_an_operation_on_a_value_of_another_kind_is_refused(self, operation: Operation) -> None:
        with pytest.raises(InvalidJSON):
            op.apply(operation, "text")


class TestPaths:
    def test_only_the_place_changes(self) -> None:
        root: Value = {"a": {"b": 1, "c": [1, {"d": 2}]}, "e": Pointer("A", "1")}

        changed = op.set_path(root, ["a", "c", "1", "d"], op.Increment(5))

        assert changed == {"a": {"b": 1, "c": [1, {"d": 7}]}, "e": Pointer("A", "1")}
        assert root == {"a": {"b": 1, "c": [1, {"d": 2}]}, "e": Pointer("A", "1")}

    @given(
        root=st.none() | st.dictionaries(st.sampled_from("ab"), amounts),
        path=st.lists(st.sampled_from("cd"), min_size=1),
    )
    def test_what_was_set_is_got(self, root: Value, path: list[str]) -> None:
        assert op.get_path(op.set_path(root, path, op.Set("x")), path) == "x"

    @pytest.mark.parametrize(("root", "path"), [({"a": 1}, ["a", "b"]), ([1], ["x"]), ([1], ["5000"])])
    def test_a_blocked_way_is_refused(self, root: Value, path: list[str]) -> None:
        with pytest.raises(InvalidJSON):
            op.set_path(root, path, op.Set(1))

    def test_a_way_that_breaks_off_leads_to_nothing(self) -> None:
        assert op.get_path({"a": [1]}, ["a", "7"]) is None
        assert op.get_path({"a": 1}, ["a", "b"]) is None


def _merged(first: Operation, second: Operation) -> Operation | None:
    try:
        return op.merge(first, second)
    except InvalidJSON:
        return None


def _links(change: op.RelationChange, linked: frozenset[str]) -> frozenset[str]:
    return (linked - change.removed) | change.added


def _as_sent(operation: Operation) -> Operation:
    if isinstance(operation, op.RelationChange) and not (operation.added or operation.removed):
        return op.RelationChange(None)
    return operation
