from __future__ import annotations

import pytest

from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.builtin import DEFAULT_FIELDS, PRIVATE_FIELDS, SYSTEM_FIELDS, UNIQUE_FIELDS, VOLATILE, new_class
from parsonage.schema.class_permissions import CLOSED, OPEN
from parsonage.schema.model import NUMBER, STRING, Field, FieldType, SchemaSet, pointer_to, relation_to


@pytest.mark.parametrize(
    ("field", "json", "text"),
    [
        (STRING, {"type": "String"}, "String"),
        (pointer_to("A"), {"type": "Pointer", "targetClass": "A"}, "Pointer<A>"),
        (relation_to("A"), {"type": "Relation", "targetClass": "A"}, "Relation<A>"),
        (Field(FieldType.NUMBER, default=5), {"type": "Number", "defaultValue": 5}, "Number"),
        (Field(FieldType.NUMBER, required=True), {"type": "Number", "required": True}, "Number"),
        (Field(FieldType.NUMBER, options_given=True), {"type": "Number", "required": False}, "Number"),
    ],
)
def test_a_field_is_shown_as_schema_answers_show_it(field: Field, json: dict[str, object], text: str) -> None:
    assert field.to_json() == json
    assert str(field) == text


def test_options_do_not_make_another_type() -> None:
    assert STRING.same_type(Field(FieldType.STRING, required=True, default="x"))
    assert not pointer_to("A").same_type(pointer_to("B"))


@pytest.mark.parametrize("name", ["Note", *sorted(SYSTEM_FIELDS)])
def test_every_class_is_born_with_what_every_object_has(name: str) -> None:
    born = new_class(name)

    assert born.fields.keys() >= DEFAULT_FIELDS.keys()
    assert born.permissions == (CLOSED if name in VOLATILE_CLASSES else OPEN)
    assert born.to_json()["className"] == name
    assert "indexes" not in born.to_json()


@pytest.mark.parametrize("name", sorted(UNIQUE_FIELDS))
def test_unique_fields_are_fields(name: str) -> None:
    assert set(UNIQUE_FIELDS[name]) <= new_class(name).fields.keys()


def test_private_fields_stand_in_no_class() -> None:
    assert new_class("_User").fields.keys().isdisjoint(PRIVATE_FIELDS["_User"])
    assert VOLATILE.keys() == VOLATILE_CLASSES


def test_a_class_that_grows_leaves_the_old_one_alone() -> None:
    note = new_class("Note")

    wider = note.with_fields({"n": NUMBER})

    assert "n" in wider.fields
    assert "n" not in note.fields
    assert wider.has_defaults_or_required is False
    assert note.with_fields({"n": Field(FieldType.NUMBER, default=1)}).has_defaults_or_required is True


def test_a_set_of_classes_knows_which_it_lacks() -> None:
    schemas = SchemaSet({"Note": new_class("Note")}, 3)

    assert schemas.get_class("Nowhere") is None
    assert (schemas.version, len(schemas), list(schemas)) == (3, 1, ["Note"])
