"""Expressions of an aggregation: what a field of a new document is made of.

``"$a.b"`` is a field, a map with one ``$`` key an operator, any other map a map of expressions, and all else
stands for itself. Parts of dates are counted in UTC, as PostgreSQL counts them: Sunday is day 0 of the week,
weeks are those of ISO 8601.

Rules: reference/query.md, section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from parsonage.protocol.encoding import decode, encode, number
from parsonage.protocol.errors import InvalidKeyName, InvalidQuery
from parsonage.protocol.field_operations import get_path
from parsonage.protocol.names import is_query_key
from parsonage.protocol.values import Value

Document = dict[str, Value]

DEEPEST_EXPRESSION = 50
"""Levels of operators and maps inside each other."""


class Expression(msgspec.Struct, frozen=True):
    """What makes a value of a document, and the root fields that it looks at."""

    of: Callable[[Document], Value]
    fields: frozenset[str] = frozenset()


def read_expression(json: Any, depth: int = 0) -> Expression:
    """An expression as a client writes it. Raises InvalidQuery (102), InvalidKeyName (105) for a bad field."""
    if depth > DEEPEST_EXPRESSION:
        raise InvalidQuery(f"Expressions may be nested {DEEPEST_EXPRESSION} levels deep at most")
    if isinstance(json, str) and json.startswith("$"):
        return field(field_name(json[1:]))
    if isinstance(json, dict) and "__type" not in json:
        operators = [key for key in json if key.startswith("$")]
        if not operators:
            return _map({key: read_expression(value, depth + 1) for key, value in json.items()})
        if len(json) > 1:
            raise InvalidQuery("An expression should have exactly one operator")
        return _operator(operators[0], json[operators[0]], depth)
    value = decode(json)
    return Expression(lambda document: value)


_ALIASES = {"_id": "objectId", "_created_at": "createdAt", "_updated_at": "updatedAt"}


def field_name(given: str) -> str:
    """A key as the house calls it: ``_id``, ``_created_at`` and ``_p_author`` are names of columns on MongoDB."""
    root, dot, rest = given.partition(".")
    root = _ALIASES.get(root, root.removeprefix("_p_"))
    if not is_query_key(root + dot + rest):
        raise InvalidKeyName(f"Invalid field name: {given}.")
    return root + dot + rest


def field(name: str) -> Expression:
    """The value of a field, or of a place inside one; of a list of maps the values in each."""
    path = name.split(".")
    return Expression(lambda document: _at(document, path), frozenset({path[0]}))


def _at(document: Document, path: Sequence[str]) -> Value:
    value: Value = document.get(path[0])
    for place, key in enumerate(path[1:], 1):
        if isinstance(value, list) and not key.isdecimal():
            found = [_at({"": item}, ["", *path[place:]]) for item in value]
            return [item for item in found if item is not None]
        value = get_path(value if isinstance(value, (list, dict)) else encode(value), (key,))
    return value


def _map(parts: Mapping[str, Expression]) -> Expression:
    fields = frozenset[str]().union(*(part.fields for part in parts.values()))
    return Expression(lambda document: {key: part.of(document) for key, part in parts.items()}, fields)


def _operator(name: str, json: Any, depth: int) -> Expression:
    if name == "$literal":
        value = decode(json)
        return Expression(lambda document: value)
    compute = _OPERATORS.get(name)
    if compute is None:
        raise InvalidQuery(f"Unrecognized expression '{name}'")
    operands = [read_expression(item, depth + 1) for item in (json if isinstance(json, list) else [json])]
    fields = frozenset[str]().union(*(operand.fields for operand in operands))
    return Expression(lambda document: compute([operand.of(document) for operand in operands]), fields)


def is_number(value: Value) -> bool:
    """Whether a value can be counted with."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(compute: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Value]], Value]:
    def computed(values: Sequence[Value]) -> Value:
        if not values or not all(map(is_number, values)):
            return None
        try:
            return number(compute(values))
        except (ZeroDivisionError, OverflowError, ValueError):
            return None

    return computed


def _subtract(values: Sequence[Any]) -> Any:
    first, *rest = values
    return first - sum(rest)


def _multiply(values: Sequence[Any]) -> Any:
    product = 1.0
    for value in values:
        product *= value
    return product


def _concatenated(values: Sequence[Value]) -> Value:
    texts = [value for value in values if isinstance(value, str)]
    return "".join(texts) if len(texts) == len(values) else None


def _first_there(values: Sequence[Value]) -> Value:
    return next((value for value in values if value is not None), None)


def _of_text(change: Callable[[str], str]) -> Callable[[Sequence[Value]], Value]:
    return lambda values: change(values[0]) if values and isinstance(values[0], str) else None


def _of_date(part: Callable[[datetime], int]) -> Callable[[Sequence[Value]], Value]:
    return lambda values: part(values[0]) if values and isinstance(values[0], datetime) else None


_OPERATORS: Mapping[str, Callable[[Sequence[Value]], Value]] = {
    "$add": _numbers(sum),
    "$subtract": _numbers(_subtract),
    "$multiply": _numbers(_multiply),
    "$divide": _numbers(lambda values: values[0] / values[1] if len(values) == 2 else float("nan")),
    "$abs": _numbers(lambda values: abs(values[0])),
    "$concat": _concatenated,
    "$toUpper": _of_text(str.upper),
    "$toLower": _of_text(str.lower),
    "$ifNull": _first_there,
    "$size": lambda values: len(values[0]) if values and isinstance(values[0], list) else None,
    "$year": _of_date(lambda at: at.year),
    "$month": _of_date(lambda at: at.month),
    "$week": _of_date(lambda at: at.isocalendar().week),
    "$isoWeekYear": _of_date(lambda at: at.isocalendar().year),
    "$dayOfYear": _of_date(lambda at: at.timetuple().tm_yday),
    "$dayOfMonth": _of_date(lambda at: at.day),
    "$dayOfWeek": _of_date(lambda at: at.isoweekday() % 7),
    "$isoDayOfWeek": _of_date(lambda at: at.isoweekday()),
    "$hour": _of_date(lambda at: at.hour),
    "$minute": _of_date(lambda at: at.minute),
    "$second": _of_date(lambda at: at.second),
    "$millisecond": _of_date(lambda at: at.microsecond // 1000),
}
