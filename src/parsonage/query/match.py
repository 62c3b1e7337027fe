"""Does this object satisfy this query? Live queries ask it; it is the oracle for every compiler.

It is given conditions as ``typed`` leaves them, and an object as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import encode
from parsonage.protocol.field_operations import contains, get_path, same
from parsonage.protocol.values import GeoPoint, Pointer, Polygon, Value
from parsonage.query.model import (
    Absent,
    Always,
    And,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HasId,
    Holds,
    HoldsAll,
    In,
    InSubquery,
    LinksTo,
    Matches,
    Never,
    Not,
    Or,
    Present,
    ReadableBy,
    RelatedTo,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
)
from parsonage.query.patterns import compile_pattern
from parsonage.query.places import haversine, haversine_of, is_within
from parsonage.query.text import says


class Candidate(msgspec.Struct, frozen=True):
    """One object to be judged: its fields with ``objectId`` and dates, its ACL, and its links.

    ``links`` maps a relation to the ids in it; ``linked_from`` holds (owner, key) pairs.
    """

    fields: Mapping[str, Value]
    acl: ACL | None = None
    links: Mapping[str, frozenset[str]] = {}
    linked_from: frozenset[tuple[Pointer, str]] = frozenset()


def matches(condition: Condition, candidate: Candidate) -> bool:
    """Whether the object satisfies the condition. Sub-queries must have been replaced before."""
    match condition:
        case Always():
            return True
        case Never():
            return False
        case And(conditions):
            return all(matches(part, candidate) for part in conditions)
        case Or(conditions):
            return any(matches(part, candidate) for part in conditions)
        case Not(inner):
            return not matches(inner, candidate)
        case ReadableBy(names):
            return candidate.acl is None or not names.isdisjoint(candidate.acl.readers)
        case WritableBy(names):
            return candidate.acl is None or not names.isdisjoint(candidate.acl.writers)
        case HasId(ids):
            return candidate.fields.get("objectId") in ids
        case LinksTo(key, ids):
            return not candidate.links.get(key, frozenset()).isdisjoint(ids)
        case RelatedTo(owner, key):
            return (owner, key) in candidate.linked_from
        case InSubquery():
            raise AssertionError("sub-queries are carried out before an object is judged")
        case FullText(key):
            text = candidate.fields.get(key)
            return isinstance(text, str) and says(text, condition)
        case WithinDistance() | WithinBox() | WithinPolygon() | Surrounds():
            return _on_place(condition, candidate.fields.get(condition.key))
    return _on_value(condition, value_at(candidate.fields, condition.key), dotted="." in condition.key)


def value_at(fields: Mapping[str, Value], key: str) -> Value:
    """The value of a field, or of a place inside one.

    A path leads into a typed value as the wire writes it: ``more.author.objectId`` is an id.
    """
    root, *path = key.split(".")
    value = fields.get(root)
    for step in path:
        value = get_path(value if isinstance(value, (list, dict)) else encode(value), (step,))
    return value


def _on_place(condition: WithinDistance | WithinBox | WithinPolygon | Surrounds, value: Value) -> bool:
    if isinstance(value, Polygon):
        ring = [GeoPoint(latitude, longitude) for latitude, longitude in value.coordinates]
        return isinstance(condition, Surrounds) and is_within(ring, condition.place)
    if not isinstance(value, GeoPoint):
        return False
    match condition:
        case WithinDistance(_, centre, radians):
            return radians is None or haversine(centre, value) <= haversine_of(radians)
        case WithinBox(_, box):
            return box.holds(value)
        case WithinPolygon(_, corners):
            return is_within(corners, value)
    return False


def _on_value(
    condition: Equals | In | Holds | HoldsAll | ContainedBy | Compare | Present | Absent | Matches,
    value: Value,
    *,
    dotted: bool,
) -> bool:
    match condition:
        case Present():
            return value is not None
        case Absent():
            return value is None
        case Equals(_, wanted):
            return _equals(value, wanted, dotted=dotted)
        case In(_, wanted_values):
            return any(_equals(value, wanted, dotted=dotted) for wanted in wanted_values)
        case Compare(_, comparison, operand):
            return _compare(value, comparison, operand)
        case Matches(_, pattern, options):
            search = compile_pattern(pattern, options).search
            texts = value if isinstance(value, list) else [value]
            return any(isinstance(text, str) and search(text) for text in texts)
    if not isinstance(value, list):
        return False
    match condition:
        case Holds(_, wanted_values):
            return any(contains(value, wanted) for wanted in wanted_values)
        case HoldsAll(_, wanted_values):
            return bool(wanted_values) and all(contains(value, wanted) for wanted in wanted_values)
    return all(contains(condition.values, item) for item in value)


def _equals(value: Value, wanted: Value, *, dotted: bool) -> bool:
    if value is None:
        return False
    # Inside an Object the type is unknown until now: a list there answers like an Array field.
    return same(value, wanted) or (dotted and isinstance(value, list) and contains(value, wanted))


def _compare(value: Value, comparison: Comparison, operand: Value) -> bool:
    order = _order(value, operand)
    if order is None:
        return False
    match comparison:
        case Comparison.LESS:
            return order < 0
        case Comparison.LESS_OR_EQUAL:
            return order <= 0
        case Comparison.GREATER:
            return order > 0
    return order >= 0


def _order(one: Value, other: Value) -> int | None:
    """Below 0, 0 or above 0 as ``one`` stands before, with or behind ``other``; ``None`` for two kinds."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one - other if isinstance(one, bool) and isinstance(other, bool) else None
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str):
        first, second = one.encode(), other.encode()  # by UTF-8, as SQLite and PostgreSQL's "C" compare
        return (first > second) - (first < second)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one > other) - (one < other)
    return None
