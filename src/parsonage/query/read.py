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
            if constraint:
                raise InvalidQuery("Cannot query on ACL.")
        elif is_query_key(key) or key in private_keys:
            conditions.append(_constraint(key, constraint, private_keys, nested))
        else:
            raise InvalidKeyName(f"Invalid key name: {key}")
    return all_of(*conditions)


def _branches(key: str, json: Any) -> list[Any]:
    if not isinstance(json, list):
        raise InvalidQuery("Permission denied", detail=f"{key} must be an array")
    if not json:
        if key == "$nor":
            raise InvalidQuery("Bad $nor format - use an array of at least 1 value.")
        raise InvalidQuery(f"Bad {key} format - use an array value.")
    if not all(isinstance(branch, dict) for branch in json):
        raise InvalidQuery(f"Bad {key} format - use an array value.")
    return json


def _related_to(json: Any) -> Condition:
    given = json.get("object") if isinstance(json, dict) else None
    key = json.get("key") if isinstance(json, dict) else None
    if isinstance(given, dict) and given.get("__type") == "Pointer" and not given.get("objectId"):
        return NEVER  # an object that was never saved: the SDKs ask all the same
    owner = decode(given)
    if not isinstance(owner, Pointer) or not isinstance(key, str):
        raise InvalidQuery("improper usage of $relatedTo")
    if not is_field_name(key):
        raise InvalidKeyName(f"Invalid key name: {key}")
    return RelatedTo(owner, key)


def _constraint(key: str, json: Any, private_keys: frozenset[str], nested: int) -> Condition:
    if not (isinstance(json, dict) and any(operator.startswith("$") for operator in json)):
        return _equals(key, decode(json))
    conditions: list[Condition] = []
    for operator, operand in json.items():
        if operator == "$options":
            if "$regex" not in json:
                raise InvalidQuery("$options needs a $regex")
            continue
        if operator == "$regex":
            conditions.append(_matches(key, operand, json.get("$options", "")))
        elif operator == "$nearSphere":
            conditions.append(read_near(key, json))
        elif operator in MAX_DISTANCES and "$nearSphere" in json:
            continue  # $nearSphere has read it
        elif operator in _SUBQUERIES:
            conditions.append(_subquery(key, operator, operand, private_keys, nested))
        elif not operator.startswith("$"):
            # Plain keys beside operators: Parse Server takes them as one $eq.
            plain = {name: value for name, value in json.items() if not name.startswith("$")}
            conditions.append(_equals(key, decode(plain)))
        else:
            read = _OPERATORS.get(operator)
            if read is None:
                raise InvalidJSON(f"bad constraint: {operator}")
            if isinstance(operand, dict) and "$relativeTime" in operand and operator not in _COMPARISONS:
                raise InvalidJSON("$relativeTime can only be used with the $lt, $lte, $gt, and $gte operators")
            conditions.append(read(key, operand))
    return all_of(*conditions)


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
    return Present(key) if json else Absent(key)


def _all(key: str, json: Any) -> Condition:
    if not isinstance(json, list):
        raise InvalidJSON("bad $all value")
    patterns = [item.get("$regex") if isinstance(item, dict) else None for item in json]
    if any(pattern is not None for pattern in patterns):
        if not all(isinstance(pattern, str) for pattern in patterns):
            raise InvalidJSON("All $all values must be of regex type or none: " + ",".join(map(_as_text, json)))
        return all_of(*(_matches(key, pattern, "") for pattern in patterns))
    return HoldsAll(key, tuple(_values(json, "bad $all value")))


def _as_text(json: Any) -> str:
    return "[object Object]" if isinstance(json, dict) else str(json)


def _contained_by(key: str, json: Any) -> Condition:
    return ContainedBy(key, tuple(_values(json, "bad $containedBy: should be an array")))


def _values(json: Any, refusal: str) -> list[Value]:
    if not isinstance(json, list):
        raise InvalidJSON(refusal)
    return [decode(item) for item in json]


def _matches(key: str, pattern: Any, options: Any) -> Condition:
    if not isinstance(pattern, str):
        raise InvalidQuery("$regex value must be a string")
    if not isinstance(options, str):
        raise InvalidQuery("$options value must be a string")
    for letter in options:
        if letter not in OPTION_LETTERS:
            raise InvalidQuery(f"Bad $options value for query: {options}")
    if "\0" in pattern:
        raise InvalidQuery("invalid $regex: it holds a NUL character")
    compile_pattern(pattern, options)
    return Matches(key, pattern, options)


_SUBQUERIES = frozenset({"$inQuery", "$notInQuery", "$select", "$dontSelect"})


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
    found = InSubquery(key, query, selected)
    return found if operator in ("$inQuery", "$select") else negation(found)


_COMPARISONS = frozenset({"$lt", "$lte", "$gt", "$gte"})
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
    sorts: list[Sort] = []
    for part in _comma_list(given, "order"):
        descending = part.startswith("-")
        if part[descending:] == SCORE:
            sorts.append(Sort(SCORE, descending=True))
            continue
        key = _ALIASES.get(part[descending:], part[descending:])
        if not is_field_name(key.split(".", 1)[0]) or not is_query_key(key):
            raise InvalidKeyName(f"Invalid field name: {key}.")
        if key.startswith("authData."):
            raise InvalidKeyName(f"Cannot sort by {key}")
        sorts.append(Sort(key, descending))
    return tuple(sorts)


_ALIASES = {"_created_at": "createdAt", "_updated_at": "updatedAt"}


def read_keys(given: Any, name: str) -> tuple[str, ...]:
    """``keys``, ``excludeKeys`` and ``include``: paths in a list or in text with commas."""
    return tuple(dict.fromkeys(part for part in _comma_list(given, name) if part))


def _comma_list(given: Any, name: str) -> list[str]:
    if isinstance(given, list):
        given = ",".join(item if isinstance(item, str) else "" for item in given)
    if not isinstance(given, str):
        raise InvalidQuery(f"{name} must be a string or an array")
    return [part.strip() for part in given.split(",")] if given else []


def read_number(given: Any, name: str) -> int:
    """``limit`` and ``skip``: a whole number that is not negative; else InvalidQuery (102)."""
    number = given
    if isinstance(number, str):
        try:
            number = float(number)
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < 2**53:
        raise InvalidQuery(f"{name} must be a number that is not negative")
    return int(number)


def everything(class_name: str) -> Query:
    """The query for all objects of a class."""
    return Query(class_name, ALWAYS)
