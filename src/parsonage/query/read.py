"""where, order, keys and include as clients send them → the query model.

Every malformed query is refused here, with Parse Server's code and text.

Rules: reference/query.md; the rows PB029, PB030, PB037, PB038, PB042, PB047 of peer-bugs.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from parsonage.protocol.encoding import decode
from parsonage.protocol.errors import InvalidJSON, InvalidKeyName, InvalidQuery
from parsonage.protocol.javascript import is_truthy, javascript_number, javascript_text
from parsonage.protocol.names import is_field_name, is_query_key
from parsonage.protocol.values import Pointer, Value
from parsonage.query.limits import DEEPEST_QUERY, DEEPEST_SUBQUERY, too_deep
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    SCORE,
    Absent,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    HoldsAll,
    In,
    InSubquery,
    Matches,
    Present,
    Query,
    RelatedTo,
    Sort,
    all_of,
    any_of,
    negation,
)
from parsonage.query.patterns import OPTION_LETTERS, compile_pattern
from parsonage.query.read_places import MAX_DISTANCES, read_geo_intersects, read_geo_within, read_near, read_within
from parsonage.query.read_text import read_text
from parsonage.query.read_times import read_relative_time


def read_where(json: Any, *, private_keys: frozenset[str] = frozenset(), depth: int = 0, nested: int = 0) -> Condition:
    """A where-clause, as text or as a map, → a condition.

    ``private_keys`` are keys with an underscore that this caller may query besides.
    Raises InvalidJSON (107), InvalidQuery (102) or InvalidKeyName (105).
    """
    if isinstance(json, str):
        try:
            json = orjson.loads(json)
        except orjson.JSONDecodeError:
            raise InvalidJSON("where parameter is not valid JSON") from None
    if not isinstance(json, dict):
        raise InvalidJSON("where parameter is not valid JSON")
    if depth > DEEPEST_QUERY:
        raise too_deep(DEEPEST_QUERY)
    conditions: list[Condition] = []
    for key, constraint in json.items():
        if key in ("$or", "$and", "$nor"):
            branches = _branches(key, constraint)
            parts = [
                read_where(branch, private_keys=private_keys, depth=depth + 1, nested=nested) for branch in branches
            ]
            combined = all_of(*parts) if key == "$and" else any_of(*parts)
            conditions.append(negation(combined) if key == "$nor" else combined)
        elif key == "$relatedTo":
            conditions.append(_related_to(constraint))
        elif key == "ACL":
            if is_truthy(constraint):
                raise InvalidQuery("Cannot query on ACL.")
        elif is_query_key(key) or key in private_keys:
            conditions.append(_constraint(key, constraint, private_keys, nested))
        else:
            raise InvalidKeyName(f"Invalid key name: {key}")
    return all_of(*conditions)


def _branches(key: str, json: Any) -> list[Any]:
    if not isinstance(json, list):
        raise NotAList(key)
    if not json or not all(isinstance(branch, dict) for branch in json):
        raise InvalidQuery(_wanted(key))
    return json


def _wanted(key: str) -> str:
    return f"Bad {key} format - use an array {'of at least 1 value' if key == '$nor' else 'value'}."


class NotAList(InvalidQuery):
    """What stands under ``$or``, ``$and`` or ``$nor`` is no list.

    Clients are told what Parse Server tells them, which breaks down where the master key asks (PB047).
    """

    def __init__(self, key: str) -> None:
        super().__init__("Permission denied", detail=f"{key} must be an array")
        self.for_the_master_key = InvalidQuery(_wanted(key))


def _related_to(json: Any) -> Condition:
    given = json.get("object") if isinstance(json, dict) else None
    key = json.get("key") if isinstance(json, dict) else None
    if isinstance(given, dict) and given.get("__type") == "Pointer" and not given.get("objectId"):
        return NEVER  # an object that was never saved: the SDKs ask all the same
    owner = decode(given)
    if not isinstance(owner, Pointer):
        raise InvalidQuery("improper usage of $relatedTo")
    return RelatedTo(owner, key) if isinstance(key, str) and is_field_name(key) else NEVER


def _constraint(key: str, json: Any, private_keys: frozenset[str], nested: int) -> Condition:
    if not (isinstance(json, dict) and any(operator.startswith("$") for operator in json)):
        return _equals(key, decode(json))
    conditions: list[Condition] = []
    listed: list[Condition] = []
    for operator, operand in json.items():
        if operator == "$options":
            if "$regex" not in json:
                raise InvalidQuery("$options needs a $regex")
            continue
        if operator == "$regex":
            conditions.append(_matches(key, json))
        elif operator == "$nearSphere":
            conditions.append(read_near(key, json))
        elif operator in MAX_DISTANCES and "$nearSphere" in json:
            continue  # $nearSphere has read it
        elif operator in _SUBQUERIES:
            found = _subquery(key, operator, operand, private_keys, nested)
            (listed if operator in _ADD_TO_LIST else conditions).append(found)
        elif not operator.startswith("$"):
            # Plain keys beside operators: Parse Server takes them as one $eq.
            plain = {name: value for name, value in json.items() if not name.startswith("$")}
            conditions.append(_equals(key, decode(plain)))
        else:
            read = _OPERATORS.get(operator)
            if read is None:
                raise InvalidJSON(f"bad constraint: {operator}")
            if isinstance(operand, dict) and "$relativeTime" in operand and operator not in _MAY_HOLD_TIMES:
                raise InvalidJSON("$relativeTime can only be used with the $lt, $lte, $gt, and $gte operators")
            (listed if operator == "$in" else conditions).append(read(key, operand))
    # What a sub-query finds is added to the list of an ``$in`` beside it, as on Parse Server.
    return all_of(any_of(*listed), *conditions) if listed else all_of(*conditions)


def _equals(key: str, value: Value) -> Condition:
    return Absent(key) if value is None else Equals(key, value)


def _not_equals(key: str, json: Any) -> Condition:
    return negation(_equals(key, decode(json)))


def _comparison(comparison: Comparison) -> Callable[[str, Any], Condition]:
    def read(key: str, json: Any) -> Condition:
        if isinstance(json, dict) and "$relativeTime" in json:
            return Compare(key, comparison, _moment(json["$relativeTime"]), is_relative=True)
        value = decode(json)
        return NEVER if value is None else Compare(key, comparison, value)

    return read


def _moment(json: Any) -> Value:
    if not isinstance(json, str):
        raise InvalidJSON("bad $relativeTime value; it should be a string")
    return read_relative_time(json)


def _in(key: str, json: Any, operator: str = "$in") -> Condition:
    values: list[Value] = []
    for value in _values(json, f"bad {operator} value"):
        # Parse Server flattens lists inside the list by one level.
        values.extend(value if isinstance(value, list) else [value])
    given = tuple(value for value in values if value is not None)
    listed: Condition = In(key, given) if given else NEVER
    return any_of(listed, Absent(key)) if len(given) < len(values) else listed


def _exists(key: str, json: Any) -> Condition:
    return Present(key) if is_truthy(json) else Absent(key)


def _all(key: str, json: Any) -> Condition:
    if not isinstance(json, list):
        raise InvalidJSON("bad $all value")
    patterns = [item.get("$regex") if isinstance(item, dict) else None for item in json]
    if any(pattern is not None for pattern in patterns):
        if not all(isinstance(pattern, str) for pattern in patterns):
            raise InvalidJSON("All $all values must be of regex type or none: " + javascript_text(json))
        return all_of(*(_matches(key, {"$regex": pattern}) for pattern in patterns))
    return HoldsAll(key, tuple(_values(json, "bad $all value")))


def _contained_by(key: str, json: Any) -> Condition:
    return ContainedBy(key, tuple(_values(json, "bad $containedBy: should be an array")))


def _values(json: Any, refusal: str) -> list[Value]:
    if not isinstance(json, list):
        raise InvalidJSON(refusal)
    return [decode(item) for item in json]


def _matches(key: str, json: Any) -> Condition:
    pattern, options = json["$regex"], json.get("$options", "")
    if not isinstance(pattern, str):
        raise InvalidQuery("$regex value must be a string")
    if not isinstance(options, str):
        raise InvalidQuery("$options value must be a string")
    if "$options" in json and (not options or any(letter not in OPTION_LETTERS for letter in options)):
        raise InvalidQuery(f"Bad $options value for query: {options}")
    if "\0" in pattern:
        raise InvalidQuery("invalid $regex: it holds a NUL character")
    compile_pattern(pattern, options)
    return Matches(key, pattern, options)


_ADD_TO_LIST = frozenset({"$inQuery", "$select"})
_SUBQUERIES = _ADD_TO_LIST | {"$notInQuery", "$dontSelect"}


def _subquery(key: str, operator: str, json: Any, private_keys: frozenset[str], nested: int) -> Condition:
    improper = InvalidQuery(f"improper usage of {operator}")
    if not isinstance(json, dict):
        raise improper
    if nested >= DEEPEST_SUBQUERY:
        raise InvalidQuery(f"Subquery nesting depth exceeds maximum allowed depth of {DEEPEST_SUBQUERY}")
    selected: str | None = None
    inner = json
    if operator in ("$select", "$dontSelect"):
        selected, inner = json.get("key"), json.get("query", {})
        if set(json) != {"key", "query"} or not isinstance(selected, str) or not is_query_key(selected):
            raise improper
        if not isinstance(inner, dict):
            raise improper
        inner = {"where": {}, **inner}
    class_name, where = inner.get("className"), inner.get("where")
    if not isinstance(class_name, str) or not class_name or not isinstance(where, dict):
        raise improper
    query = Query(class_name, read_where(where, private_keys=private_keys, nested=nested + 1))
    redirect = inner.get("redirectClassNameForKey")
    found = InSubquery(key, query, selected, javascript_text(redirect) if is_truthy(redirect) else None)
    return found if operator in ("$inQuery", "$select") else negation(found)


_MAY_HOLD_TIMES = frozenset({"$lt", "$lte", "$gt", "$gte", "$in", "$nin"})
"""Operators that read ``$relativeTime``, or refuse it in words of their own."""
_OPERATORS: Mapping[str, Callable[[str, Any], Condition]] = {
    "$eq": lambda key, json: _equals(key, decode(json)),
    "$ne": _not_equals,
    "$lt": _comparison(Comparison.LESS),
    "$lte": _comparison(Comparison.LESS_OR_EQUAL),
    "$gt": _comparison(Comparison.GREATER),
    "$gte": _comparison(Comparison.GREATER_OR_EQUAL),
    "$in": _in,
    "$nin": lambda key, json: negation(_in(key, json, "$nin")),
    "$exists": _exists,
    "$all": _all,
    "$containedBy": _contained_by,
    "$text": read_text,
    "$within": read_within,
    "$geoWithin": read_geo_within,
    "$geoIntersects": read_geo_intersects,
}


def read_order(given: Any) -> tuple[Sort, ...]:
    """``order``: keys in a list or in text with commas, ``-`` before a descending one.

    Raises InvalidKeyName (105).
    """
    sorts: dict[str, Sort] = {}  # of a key that is named twice, the first place and the last direction count
    if given == "":
        return ()
    for part in map(str.strip, javascript_text(given).split(",")):
        descending = part.startswith("-")
        if part[descending:] == SCORE:
            sorts[SCORE] = Sort(SCORE, descending=True)
            continue
        key = _ALIASES.get(part[descending:], part[descending:])
        if not is_field_name(key.split(".", 1)[0]) or not is_query_key(key):
            raise InvalidKeyName(f"Invalid field name: {key}.")
        if key.startswith("authData."):
            raise InvalidKeyName(f"Cannot sort by {key}")
        sorts[key] = Sort(key, descending)
    return tuple(sorts.values())


_ALIASES = {"_created_at": "createdAt", "_updated_at": "updatedAt"}


def read_keys(given: Any) -> tuple[str, ...]:
    """``keys``, ``excludeKeys`` and ``include``: paths in a list or in text with commas.

    Blanks beside a comma belong to the path, which then names nothing: Parse Server trims in ``order`` alone.
    """
    return tuple(dict.fromkeys(part for part in javascript_text(given).split(",") if part))


def read_number(given: Any, name: str) -> int:
    """``limit`` and ``skip``: a number that is not negative, rounded; else InvalidQuery (102)."""
    number = javascript_number(given)
    if number is None or not 0 <= number < 2**53:
        raise InvalidQuery(f"{name} must be a number that is not negative")
    return int(number + 0.5)


def everything(class_name: str) -> Query:
    """The query for all objects of a class."""
    return Query(class_name, ALWAYS)
