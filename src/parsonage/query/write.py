"""The query model → where and order as clients send them: the inverse of ``read``.

``read_where(write_where(condition)) == condition`` for every condition that ``read`` can give.

Rules: reference/query.md, sections 2 and 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from parsonage.protocol.encoding import encode
from parsonage.protocol.values import GeoPoint, Value
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
    Sort,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
)

_COMPARISONS = {
    Comparison.LESS: "$lt",
    Comparison.LESS_OR_EQUAL: "$lte",
    Comparison.GREATER: "$gt",
    Comparison.GREATER_OR_EQUAL: "$gte",
}


def write_where(condition: Condition) -> dict[str, Any]:
    """A condition → the where-clause that asks for it.

    Raises ValueError for the conditions that only the server itself lays over a query (``ReadableBy``
    and its like): clients have no words for them.
    """
    parts = condition.conditions if isinstance(condition, And) else (condition,)
    clauses: list[dict[str, Any]] = []
    for part in parts:
        clause = _clause(part)
        if not (clauses and _joined(clauses[-1], clause)):
            clauses.append(clause)
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def write_order(order: Iterable[Sort]) -> str:
    """Sort keys → ``order``: with commas between them, ``-`` before a descending one."""
    return ",".join(f"-{sort.key}" if sort.descending else sort.key for sort in order)


def _joined(clause: dict[str, Any], other: dict[str, Any]) -> bool:
    """Write ``other`` into ``clause`` if both then still say the same, in the same order."""
    if not clause or not other:
        return False
    [(key, constraint)] = other.items()
    if key not in clause:
        clause[key] = constraint
        return True
    before = clause[key]
    last = next(reversed(clause))
    if key != last or not (_is_operators(before) and _is_operators(constraint)) or before.keys() & constraint.keys():
        return False
    clause[key] = {**before, **constraint}
    return True


def _is_operators(constraint: Any) -> bool:
    return isinstance(constraint, dict) and bool(constraint) and all(name.startswith("$") for name in constraint)


def _clause(condition: Condition) -> dict[str, Any]:
    """One condition → a where-clause with one key (``Always``: with none)."""
    match condition:
        case Always():
            return {}
        case Never():
            # Every object has an id: this finds nothing on the servers, too, that read an empty $in as 'absent'.
            return {"objectId": {"$in": []}}
        case And():
            return {"$and": [write_where(condition)]}
        case Or(conditions):
            return {"$or": [write_where(branch) for branch in conditions]}
        case RelatedTo(owner, key):
            return {"$relatedTo": {"object": encode(owner), "key": key}}
        case Equals(key, value):
            return {key: encode(value)}
        case Not(inner):
            return _negated(inner)
        case ReadableBy() | WritableBy() | HasId() | Holds() | LinksTo():
            raise ValueError(f"clients can't ask for {condition!r}")
    return {condition.key: _constraint(condition)}


_Asked: TypeAlias = (
    In
    | HoldsAll
    | ContainedBy
    | Compare
    | Present
    | Absent
    | Matches
    | FullText
    | WithinDistance
    | WithinBox
    | WithinPolygon
    | Surrounds
    | InSubquery
)
"""The conditions for which a client has an operator."""


def _constraint(condition: _Asked) -> Any:
    match condition:
        case In(_, values):
            return {"$in": _listed(values)}
        case HoldsAll(_, values):
            return {"$all": [encode(value) for value in values]}
        case ContainedBy(_, values):
            return {"$containedBy": [encode(value) for value in values]}
        case Compare(_, comparison, value):
            return {_COMPARISONS[comparison]: encode(value)}
        case Present():
            return {"$exists": True}
        case Absent():
            return {"$exists": False}
        case Matches(_, pattern, options):
            return {"$regex": pattern, "$options": options} if options else {"$regex": pattern}
        case FullText():
            return {"$text": {"$search": _search(condition)}}
        case WithinDistance(_, centre, radians, nearest_first):
            if not nearest_first:
                return {"$geoWithin": {"$centerSphere": [encode(centre), radians]}}
            near = {"$nearSphere": encode(centre)}
            return near if radians is None else {**near, "$maxDistance": radians}
        case WithinBox(_, box):
            corners = GeoPoint(box.south, box.west), GeoPoint(box.north, box.east)
            return {"$within": {"$box": [encode(corner) for corner in corners]}}
        case WithinPolygon(_, corners):
            return {"$geoWithin": {"$polygon": [encode(corner) for corner in corners]}}
        case Surrounds(_, place):
            return {"$geoIntersects": {"$point": encode(place)}}
    return _subquery(condition, "$inQuery", "$select")


def _search(condition: FullText) -> dict[str, Any]:
    search: dict[str, Any] = {"$term": condition.term}
    if condition.language != "english":
        search["$language"] = condition.language
    if condition.case_sensitive:
        search["$caseSensitive"] = True
    if not condition.diacritic_sensitive:
        search["$diacriticSensitive"] = False
    return search


def _negated(condition: Condition) -> dict[str, Any]:
    match condition:
        case Equals(key, value):
            return {key: {"$ne": encode(value)}}
        case In(key, values):
            return {key: {"$nin": _listed(values)}}
        case InSubquery(key):
            return {key: _subquery(condition, "$notInQuery", "$dontSelect")}
        case Or(conditions):
            return {"$nor": [write_where(branch) for branch in conditions]}
    return {"$nor": [write_where(condition)]}


def _listed(values: Iterable[Value]) -> list[Any]:
    # Lists inside the list are flattened by one level when it is read, so they get one level more.
    return [[encode(value)] if isinstance(value, list) else encode(value) for value in values]


def _subquery(condition: InSubquery, by_pointer: str, by_key: str) -> dict[str, Any]:
    inner = {"className": condition.query.class_name, "where": write_where(condition.query.where)}
    if condition.selected is None:
        return {by_pointer: inner}
    return {by_key: {"query": inner, "key": condition.selected}}
