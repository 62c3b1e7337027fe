"""A condition laid against a class: every engine is then asked the same well-typed questions.

Here stands what Parse means by a question on a field of some type: equality on an Array means that it
holds the value, a bare id matches a Pointer, a field that no object has counts as absent everywhere, and
an operand of another type than the field finds nothing (PB032, PB033, PB041, PB054, PB055).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parsonage.protocol.errors import InvalidJSON, InvalidQuery
from parsonage.protocol.values import Pointer, Value, parse_date
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    SCORE,
    Absent,
    Always,
    And,
    Compare,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HasId,
    Holds,
    HoldsAll,
    In,
    LinksTo,
    Matches,
    Never,
    Not,
    Or,
    Present,
    Query,
    ReadableBy,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
    all_of,
    any_of,
    negation,
)
from parsonage.schema.check import field_of
from parsonage.schema.model import ClassSchema, Field, FieldType


def typed(query: Query, schema: ClassSchema) -> Query:
    """The query with every condition fitted to the fields of its class; unknown sort keys fall away.

    Raises InvalidQuery (102) for an ``$in`` on text with something else in its list.
    """
    order = tuple(sort for sort in query.order if _can_be_sorted_by(sort.key, schema))
    return Query(query.class_name, typed_condition(query.where, schema), order, query.skip, query.limit)


def _can_be_sorted_by(key: str, schema: ClassSchema) -> bool:
    root, dot, _ = key.partition(".")
    field = schema.fields.get(root)
    return key == SCORE or (field is not None and (not dot or field.type in _HAS_PLACES))


_HAS_PLACES = frozenset({FieldType.OBJECT, FieldType.ARRAY})
"""Types that a dotted key leads into."""

_FIT_ALL = frozenset({ReadableBy, WritableBy, HasId, Always, Never})
"""Conditions that mean the same in every class."""


def typed_condition(condition: Condition, schema: ClassSchema) -> Condition:
    """One condition fitted to the fields of a class."""
    if type(condition) in _FIT_ALL:  # asked of every request: a match would try each class in turn
        return condition
    match condition:
        case And(conditions):
            return all_of(*(typed_condition(part, schema) for part in conditions))
        case Or(conditions):
            return any_of(*(typed_condition(part, schema) for part in conditions))
        case Not(In() as listed):
            return negation(_on_field(listed, schema, operator="$nin"))
        case Not(inner):
            return negation(typed_condition(inner, schema))
        case Equals() | In() | Compare() | Matches() | HoldsAll() | ContainedBy() | Present() | Absent() | Holds():
            return _on_field(condition, schema)
        case WithinDistance() | WithinBox() | WithinPolygon():
            return condition if _has_type(condition.key, FieldType.GEO_POINT, schema) else NEVER
        case FullText():
            return condition if _has_type(condition.key, FieldType.STRING, schema) else NEVER
        case Surrounds():
            return condition if _has_type(condition.key, FieldType.POLYGON, schema) else NEVER
    return condition


def _has_type(key: str, kind: FieldType, schema: ClassSchema) -> bool:
    field = schema.fields.get(key)
    return field is not None and field.type is kind


def _on_field(
    condition: Equals | In | Holds | HoldsAll | ContainedBy | Compare | Present | Absent | Matches,
    schema: ClassSchema,
    *,
    operator: str = "$in",
) -> Condition:
    root, dot, _ = condition.key.partition(".")
    field = schema.fields.get(root)
    if field is None and root == "ACL":
        return NEVER
    if field is None or (dot and field.type not in _HAS_PLACES):
        return ALWAYS if isinstance(condition, Absent) else NEVER
    if dot:
        return condition
    match condition:
        case Present() | Absent():
            return _presence(condition, field)
        case Equals(key, value):
            return _one_of(key, (value,), field)
        case In(key, values):
            if field.type is FieldType.STRING and not all(isinstance(value, str) for value in values):
                raise InvalidQuery(f'{operator} element type mismatch: expected string for field "{key}"')
            return _one_of(key, values, field)
        case Holds() | HoldsAll() | ContainedBy():
            return condition if field.type is FieldType.ARRAY else NEVER
        case Matches():
            return condition if field.type in (FieldType.STRING, FieldType.ARRAY) else NEVER
        case Compare(key, comparison, value, is_relative):
            if is_relative and field.type is not FieldType.DATE:
                raise InvalidJSON("$relativeTime can only be used with Date field")
            fitted = _fitted(value, field)
            ordered = field.type in (FieldType.STRING, FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN)
            return Compare(key, comparison, fitted) if fitted is not None and ordered else NEVER


def _presence(condition: Present | Absent, field: Field) -> Condition:
    # Of a relation Parse Server knows links alone: whether there are any can't be asked.
    return NEVER if field.type is FieldType.RELATION else condition


def _one_of(key: str, values: Sequence[Value], field: Field) -> Condition:
    if field.type is FieldType.RELATION:
        ids = _pointer_ids(values, field)
        return LinksTo(key, ids) if ids else NEVER
    if field.type is FieldType.ARRAY:
        exact = [Equals(key, value) for value in values if isinstance(value, list)]
        held = tuple(value for value in values if not isinstance(value, list))
        return any_of(*exact, Holds(key, held) if held else NEVER)
    if key == "objectId":
        # A sub-query asked about the id finds pointers; Parse Server compares their ids.
        named = [value.object_id if isinstance(value, Pointer) else value for value in values]
        ids = tuple(name for name in named if isinstance(name, str))
        return HasId(ids) if ids else NEVER
    fitted = tuple(value for value in (_fitted(value, field) for value in values) if value is not None)
    if not fitted:
        return NEVER
    return Equals(key, fitted[0]) if len(fitted) == 1 else In(key, fitted)


def _pointer_ids(values: Sequence[Value], field: Field) -> tuple[str, ...]:
    return tuple(
        value.object_id for value in values if isinstance(value, Pointer) and value.class_name == field.target_class
    )


def _fitted(value: Value, field: Field) -> Value:
    """The operand as the field's own type, or ``None`` if no value of the field can equal it."""
    if field.type is FieldType.POINTER:
        if isinstance(value, str):
            return Pointer(field.target_class or "", value)
        return value if isinstance(value, Pointer) and value.class_name == field.target_class else None
    if field.type is FieldType.DATE and isinstance(value, str):
        return parse_date(value)
    if field.type is FieldType.FILE and isinstance(value, str):
        return value
    wanted = field_of(value)
    if wanted is None or wanted.type is not field.type:
        return None
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value
