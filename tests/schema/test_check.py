from __future__ import annotations

import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType, InvalidKeyName, ValidationError
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import GeoPoint, Pointer, from_milliseconds
from parsonage.schema.builtin import new_class
from parsonage.schema.check import complete, field_of, new_fields
from parsonage.schema.model import ARRAY, DATE, NUMBER, OBJECT, STRING, Field, FieldType, pointer_to, relation_to

_NOTE = new_class("Note").with_fields({"text": STRING, "n": NUMBER, "author": pointer_to("_User"), "tags": ARRAY})


@pytest.mark.parametrize(
    ("key", "operation", "field"),
    [
        ("a", op.Set("x"), STRING),
        ("a", op.Set(from_milliseconds(0)), DATE),
        ("a", op.Set(Pointer("B", "1")), pointer_to("B")),
        ("a", op.Increment(1), NUMBER),
        ("a", op.Add([1]), ARRAY),
        ("a", op.RelationChange("B", frozenset({"1"})), relation_to("B")),
        ("a.b", op.Set(1), OBJECT),
        ("a.0", op.Set(1), ARRAY),
    ],
)
def test_a_write_adds_the_field_that_its_value_asks_for(key: str, operation: Operation, field: Field) -> None:
    assert new_fields(_NOTE, {key: operation}) == {"a": field}


@pytest.mark.parametrize("operation", [op.Set(None), op.Unset(), op.RelationChange(None)])
def test_nothing_asks_for_no_field(operation: Operation) -> None:
    assert new_fields(_NOTE, {"a": operation}) == {}


@pytest.mark.parametrize(
    ("key", "operation", "text"),
    [
        ("n", op.Set("x"), "schema mismatch for Note.n; expected Number but got String"),
        ("n", op.Set(True), "schema mismatch for Note.n; expected Number but got Boolean"),
        ("n.a", op.Set(1), "schema mismatch for Note.n; expected Number but got Object"),
        (
            "author",
            op.Set(Pointer("B", "1")),
            "schema mismatch for Note.author; expected Pointer<_User> but got Pointer<B>",
        ),
        ("text", op.Add([1]), "schema mismatch for Note.text; expected String but got Array"),
    ],
)
def test_a_value_of_another_type_is_refused_in_the_words_that_sdks_know(
    key: str, operation: Operation, text: str
) -> None:
    with pytest.raises(IncorrectType) as refusal:
        new_fields(_NOTE, {key: operation})

    assert refusal.value.message == text


def test_a_field_must_have_a_name_that_can_be() -> None:
    with pytest.raises(InvalidKeyName):
        new_fields(_NOTE, {"bad key": op.Set(1)})


def test_a_class_has_one_place_at_most() -> None:
    with pytest.raises(IncorrectType):
        new_fields(_NOTE, {"a": op.Set(GeoPoint(0, 0)), "b": op.Set(GeoPoint(0, 0))})


def test_true_is_a_boolean_and_one_is_a_number() -> None:
    assert field_of(True) == Field(FieldType.BOOLEAN)
    assert field_of(1) == NUMBER
    assert field_of(None) is None


class TestDefaultsAndRequiredFields:
    schema = new_class("Note").with_fields(
        {"text": Field(FieldType.STRING, required=True), "n": Field(FieldType.NUMBER, default=7)}
    )

    @pytest.mark.parametrize("given", [{}, {"n": op.Set(None)}, {"n": op.Unset()}])
    def test_a_new_object_gets_the_default_where_it_has_nothing(self, given: dict[str, Operation]) -> None:
        completed, filled = complete(self.schema, {"text": op.Set("x"), **given}, creating=True)

        assert completed == {"text": op.Set("x"), "n": op.Set(7)}
        assert filled == ("n",)

    @pytest.mark.parametrize("given", [{}, {"text": op.Set(None)}, {"text": op.Set("")}, {"text": op.Unset()}])
    def test_a_new_object_must_have_what_is_required(self, given: dict[str, Operation]) -> None:
        with pytest.raises(ValidationError, match="text is required"):
            complete(self.schema, given, creating=True)

    def test_an_update_looks_at_nothing_but_what_it_changes(self) -> None:
        assert complete(self.schema, {"n": op.Unset()}, creating=False) == ({"n": op.Unset()}, ())
        with pytest.raises(ValidationError):
            complete(self.schema, {"text": op.Unset()}, creating=False)
