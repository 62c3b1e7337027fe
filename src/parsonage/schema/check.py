"""An object against its schema: types, new fields, required fields, defaults.

Rules: reference/schema-clp-acl.md, sections 2 and 3; the order in which a save asks is the verb's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType, InvalidKeyName, ValidationError
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.names import is_field_name
from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Relation, Value
from parsonage.schema.model import ClassSchema, Field, FieldType

_TYPES: dict[type, FieldType] = {
    str: FieldType.STRING,
    bool: FieldType.BOOLEAN,
    int: FieldType.NUMBER,
    float: FieldType.NUMBER,
    list: FieldType.ARRAY,
    dict: FieldType.OBJECT,
    datetime: FieldType.DATE,
    bytes: FieldType.BYTES,
    GeoPoint: FieldType.GEO_POINT,
    Polygon: FieldType.POLYGON,
    File: FieldType.FILE,
}


_PLAIN_TYPES = {kind: field_type for kind, field_type in _TYPES.items() if kind is not GeoPoint}
"""The same without GeoPoint, of which a class has one field at most."""


_CHANGED_TYPES: Mapping[type, FieldType] = {
    op.Increment: FieldType.NUMBER,
    op.Add: FieldType.ARRAY,
    op.AddUnique: FieldType.ARRAY,
    op.Remove: FieldType.ARRAY,
}
"""The type of field that an operation changes."""


def field_of(value: Value) -> Field | None:
    """The field that a value asks for; ``None`` for null, which fits every field."""
    if value is None:
        return None
    if type(value) is Pointer:
        return Field(FieldType.POINTER, value.class_name)
    if type(value) is Relation:
        return Field(FieldType.RELATION, value.class_name)
    return Field(_TYPES[type(value)])


def field_for(key: str, operation: Operation) -> Field | None:
    """The field that an operation on a key asks for; ``None`` if any will do."""
    if "." in key:
        second = key.split(".")[1]
        # JavaScript reads nothing as the number 0.
        return Field(FieldType.ARRAY if not second or second.isdecimal() else FieldType.OBJECT)
    match operation:
        case op.Set(value):
            return field_of(value)
        case op.Unset():
            return None
        case op.RelationChange(class_name):
            return None if class_name is None else Field(FieldType.RELATION, class_name)
    return Field(_CHANGED_TYPES[type(operation)])


def new_fields(schema: ClassSchema, operations: Mapping[str, Operation]) -> dict[str, Field]:
    """The fields that a write adds to its class; every key that exists is checked against its type.

    Raises IncorrectType (111) with the text that SDKs know, InvalidKeyName (105) for a field that can't
    be called so.
    """
    added: dict[str, Field] = {}
    geo_points = 0
    fields = schema.fields
    for key, operation in operations.items():
        if type(operation) is op.Set:
            asked = _PLAIN_TYPES.get(type(operation.value))
            if type(operation.value) is GeoPoint:
                geo_points += 1
                if geo_points > 1:
                    raise IncorrectType("there can only be one geopoint field in a class")
        else:
            asked = _CHANGED_TYPES.get(type(operation))
        field = fields.get(key)
        if field is not None and asked is field.type:
            continue  # as nearly every key of every write
        wanted = field_for(key, operation)
        if wanted is None:
            continue
        root = key.split(".", 1)[0]
        known = fields.get(root) or added.get(root)
        if known is None:
            if not is_field_name(root):
                raise InvalidKeyName(f"Invalid field name: {root}.")
            added[root] = wanted
        elif not fits(known, wanted):
            raise IncorrectType(f"schema mismatch for {schema.name}.{root}; expected {known} but got {wanted}")
    return added


def names_new_fields(schema: ClassSchema, operations: Mapping[str, Operation]) -> bool:
    """Whether a write names a field that the class lacks, be it to set it to null; to unset one does not count."""
    if schema.field_names.issuperset(operations):
        return False  # as nearly every write
    fields = schema.fields
    return any(
        key not in fields and key.split(".", 1)[0] not in fields and type(operation) is not op.Unset
        for key, operation in operations.items()
    )


def fits(known: Field, wanted: Field) -> bool:
    """Whether a value of one kind may be written to a field of another."""
    return known.same_type(wanted)


def complete(
    schema: ClassSchema, operations: Mapping[str, Operation], *, creating: bool
) -> tuple[dict[str, Operation], tuple[str, ...]]:
    """The operations with defaults laid in, and the names of the fields that got one.

    Raises ValidationError (142) ``<field> is required``. On an update only the fields in the body are
    looked at, and a ``Delete`` does not restore a default. Null on create takes the default (PB023).
    """
    completed = dict(operations)
    filled: list[str] = []
    for name, field in schema.fields.items():
        if not (field.required or field.default is not None):
            continue
        operation = operations.get(name)
        if operation is None and not creating:
            continue
        if not _is_empty(operation):
            continue
        absent = not (isinstance(operation, op.Set) and operation.value == "")
        if creating and field.default is not None and absent:
            completed[name] = op.Set(field.default)
            filled.append(name)
        elif field.required:
            raise ValidationError(f"{name} is required")
    return completed, tuple(filled)


def _is_empty(operation: Operation | None) -> bool:
    if operation is None or isinstance(operation, op.Unset):
        return True
    return isinstance(operation, op.Set) and (operation.value is None or operation.value == "")
