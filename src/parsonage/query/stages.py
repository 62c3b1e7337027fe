"""Stages of an aggregation: read from JSON, and run over documents.

The stages at the beginning that a database can carry out (``Filter``, ``Order``, ``Skip``, ``Limit``) are values
that say what they want; every stage can be run over documents as well.

Rules: reference/query.md, section 9; PB061 and PB062.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cmp_to_key
from typing import Any, TypeAlias

import msgspec
import orjson

from parsonage.protocol.encoding import encode, number
from parsonage.protocol.errors import InvalidQuery
from parsonage.protocol.values import Value
from parsonage.query.expressions import (
    Document,
    Expression,
    field,
    field_name,
    is_number,
    read_expression,
)
from parsonage.query.grouping import Grouping, plain_grouping
from parsonage.query.match import Candidate, matches
from parsonage.query.model import Condition, Sort
from parsonage.query.read import read_where

MOST_STAGES = 100

_DOCUMENT = "document"
"""The name under which a whole document is judged: so that every key is a path, whose type nobody knows before."""


class Filter(msgspec.Struct, frozen=True):
    """``$match``: the documents that meet a condition."""

    where: Condition
    """The condition on a class."""
    judged: Condition
    """The same on documents of whatever shape."""

    def run(self, documents: Sequence[Document]) -> list[Document]:
        """Carry the stage out."""
        return [document for document in documents if matches(self.judged, Candidate({_DOCUMENT: document}))]


class Order(msgspec.Struct, frozen=True):
    """``$sort``."""

    sorts: tuple[Sort, ...]

    def run(self, documents: Sequence[Document]) -> list[Document]:
        """Carry the stage out; absent values stand last, and first where the order descends."""
        ordered = list(documents)
        for sort in reversed(self.sorts):
            value_of = field(sort.key).of
            ordered.sort(key=lambda document: _Comparable(value_of(document)), reverse=sort.descending)
        return ordered


class Skip(msgspec.Struct, frozen=True):
    """``$skip``."""

    number: int

    def run(self, documents: Sequence[Document]) -> list[Document]:
        """Carry the stage out."""
        return list(documents[self.number :])


class Limit(msgspec.Struct, frozen=True):
    """``$limit``."""

    number: int

    def run(self, documents: Sequence[Document]) -> list[Document]:
        """Carry the stage out."""
        return list(documents[: self.number])


class Reshape(msgspec.Struct, frozen=True):
    """Any other stage: it makes other documents. ``fields`` are all that it looks at; ``None`` is everything."""

    run: Callable[[Sequence[Document]], list[Document]]
    fields: frozenset[str] | None = None
    grouping: Grouping | None = None
    """The same as a question to a database, where it is one."""


Stage: TypeAlias = Filter | Order | Skip | Limit | Reshape


def read_pipeline(json: Any) -> tuple[Stage, ...]:
    """A list of stages, each a map with one key, or a map of stages. Raises InvalidQuery (102) and its like."""
    if isinstance(json, dict):
        json = [{name: operand} for name, operand in json.items()]
    if not isinstance(json, list):
        raise InvalidQuery("A pipeline should be a list of stages")
    if len(json) > MOST_STAGES:
        raise InvalidQuery(f"A pipeline may have {MOST_STAGES} stages at most")
    return tuple(map(_stage, json))


def _stage(json: Any) -> Stage:
    names = list(json) if isinstance(json, dict) else []
    if len(names) != 1:
        raise InvalidQuery(f"Pipeline stages should only have one key but found {', '.join(names)}.")
    [(name, operand)] = json.items()
    read = _STAGES.get(name)
    if read is None:
        raise InvalidQuery(f"Invalid aggregate stage '{name}'.")
    return read(operand)


def _map_of(name: str, json: Any) -> dict[str, Any]:
    if not isinstance(json, dict):
        raise InvalidQuery(f"{name} should be a map")
    return json


def _read_filter(json: Any) -> Stage:
    where = _renamed(_map_of("$match", json), "")
    return Filter(read_where(where), read_where(_renamed(json, f"{_DOCUMENT}.")))


def _renamed(json: Any, prefix: str) -> Any:
    """A where-clause with the keys as the house calls them."""
    if not isinstance(json, dict):
        return json
    return {
        key if key.startswith("$") else prefix + field_name(key): (
            [_renamed(branch, prefix) for branch in value] if key.startswith("$") and isinstance(value, list) else value
        )
        for key, value in json.items()
    }


def _read_order(json: Any) -> Stage:
    sorts = []
    for key, direction in _map_of("$sort", json).items():
        if direction not in (1, -1) or isinstance(direction, bool):
            raise InvalidQuery("$sort key ordering must be 1 (for ascending) or -1 (for descending)")
        sorts.append(Sort(field_name(key), direction == -1))
    return Order(tuple(sorts))


def _whole_number(name: str, json: Any, least: int) -> int:
    if isinstance(json, bool) or not isinstance(json, (int, float)) or json != int(json) or not least <= json < 2**53:
        raise InvalidQuery(f"{name} should be a whole number from {least} up")
    return int(json)


def _read_project(json: Any) -> Stage:
    asked = {field_name(key): value for key, value in _map_of("$project", json).items()}
    without = frozenset(key for key, value in asked.items() if value in (0, False) and not isinstance(value, str))
    kept = {key for key, value in asked.items() if value in (1, True)}
    made = {key: read_expression(value) for key, value in asked.items() if key not in without | kept}
    if not (kept or made):
        return Reshape(lambda documents: [_without(document, without) for document in documents])
    if "objectId" not in without:
        kept.add("objectId")
    parts = {**{key: field(key) for key in sorted(kept)}, **made}
    fields = frozenset[str]().union(*(part.fields for part in parts.values()))
    return Reshape(lambda documents: [_made(document, parts) for document in documents], fields)


def _made(document: Document, parts: Mapping[str, Expression]) -> Document:
    made: Document = {}
    for key, part in parts.items():
        value = part.of(document)
        if value is not None:
            _put(made, key.split("."), value)
    return made


def _put(document: Document, path: Sequence[str], value: Value) -> None:
    *parents, last = path
    for key in parents:
        inner = document.get(key)
        # A copy: what stands there may be a part of the document that this one is made from.
        inner = document[key] = dict(inner) if isinstance(inner, dict) else {}
        document = inner
    document[last] = value


def _without(document: Document, keys: Iterable[str]) -> Document:
    left = dict(document)
    for key in keys:
        root, *path = key.split(".")
        if not path:
            left.pop(root, None)
        elif isinstance(inner := left.get(root), dict):
            left[root] = _without(inner, [".".join(path)])
    return left


def _read_add_fields(json: Any) -> Stage:
    parts = {field_name(key): read_expression(value) for key, value in _map_of("$addFields", json).items()}

    def run(documents: Sequence[Document]) -> list[Document]:
        made = []
        for document in documents:
            new = dict(document)
            for key, part in parts.items():
                _put(new, key.split("."), part.of(document))
            made.append(new)
        return made

    return Reshape(run)


def _read_unset(json: Any) -> Stage:
    keys = json if isinstance(json, list) else [json]
    if not all(isinstance(key, str) for key in keys):
        raise InvalidQuery("$unset should be a key or a list of keys")
    names = [field_name(key) for key in keys]
    return Reshape(lambda documents: [_without(document, names) for document in documents])


def _read_unwind(json: Any) -> Stage:
    options = json if isinstance(json, dict) else {"path": json}
    path = options.get("path")
    if not isinstance(path, str) or not path.startswith("$"):
        raise InvalidQuery("$unwind should have a path that begins with $")
    name, keeps_empty = field_name(path[1:]), options.get("preserveNullAndEmptyArrays") is True
    value_of = field(name).of

    def run(documents: Sequence[Document]) -> list[Document]:
        made = []
        for document in documents:
            value = value_of(document)
            items = value if isinstance(value, list) else [value]
            for item in items or ([None] if keeps_empty else []):
                if item is not None or keeps_empty:
                    new = dict(document)
                    _put(new, name.split("."), item)
                    made.append(new)
        return made

    return Reshape(run)


def _read_count(json: Any) -> Stage:
    if not isinstance(json, str) or not json or json.startswith("$") or "." in json:
        raise InvalidQuery("$count should be the name of a field")
    return Reshape(lambda documents: [{json: len(documents)}] if documents else [], frozenset())


def _read_sort_by_count(json: Any) -> Stage:
    group = _read_group({"_id": json, "count": {"$sum": 1}})
    order = Order((Sort("count", descending=True),))
    assert isinstance(group, Reshape)
    return Reshape(lambda documents: order.run(group.run(documents)), group.fields)


def _read_group(json: Any) -> Stage:
    asked = dict(_map_of("$group", json))
    if "objectId" in asked:
        raise InvalidQuery("Cannot use 'objectId' in aggregation stage $group.")
    if "_id" not in asked:
        raise InvalidQuery("Invalid parameter for query: group. Missing key _id")
    by = asked.pop("_id")
    key = read_expression(None if by in ("", {}) else by)
    totals = {name: _total(name, total) for name, total in asked.items()}
    fields = key.fields.union(*(operand.fields for operand, _ in totals.values()))

    def run(documents: Sequence[Document]) -> list[Document]:
        groups: dict[bytes, tuple[Value, list[Document]]] = {}
        for document in documents:
            value = key.of(document)
            groups.setdefault(_identity(value), (value, []))[1].append(document)
        return [{"objectId": value, **counted(members)} for value, members in groups.values()]

    def counted(members: Sequence[Document]) -> Document:
        return {name: fold([operand.of(document) for document in members]) for name, (operand, fold) in totals.items()}

    return Reshape(run, fields, plain_grouping(None if by in ("", {}) else by, asked))


def _total(name: str, json: Any) -> tuple[Expression, Callable[[list[Value]], Value]]:
    if not isinstance(json, dict) or len(json) != 1:
        raise InvalidQuery(f"The field '{name}' must be an accumulator object")
    [(operator, operand)] = json.items()
    fold = _TOTALS.get(operator)
    if fold is None:
        raise InvalidQuery(f"Unknown group operator '{operator}'")
    return read_expression(1 if operator == "$count" else operand), fold


def _sum(values: list[Value]) -> Value:
    numbers: list[Any] = [value for value in values if is_number(value)]
    return number(sum(numbers))


def _average(values: list[Value]) -> Value:
    numbers: list[Any] = [value for value in values if is_number(value)]
    return number(sum(numbers) / len(numbers)) if numbers else None


def _extreme(*, greatest: bool) -> Callable[[list[Value]], Value]:
    def fold(values: list[Value]) -> Value:
        there = [value for value in values if value is not None]
        if not there:
            return None
        return max(there, key=_Comparable) if greatest else min(there, key=_Comparable)

    return fold


def _distinct(values: list[Value]) -> Value:
    return list({_identity(value): value for value in values if value is not None}.values())


_TOTALS: Mapping[str, Callable[[list[Value]], Value]] = {
    "$sum": _sum,
    "$avg": _average,
    "$max": _extreme(greatest=True),
    "$min": _extreme(greatest=False),
    "$count": len,
    "$first": lambda values: values[0],
    "$last": lambda values: values[-1],
    "$push": lambda values: [value for value in values if value is not None],
    "$addToSet": _distinct,
}

_STAGES: Mapping[str, Callable[[Any], Stage]] = {
    "$match": _read_filter,
    "$sort": _read_order,
    "$skip": lambda json: Skip(_whole_number("$skip", json, 0)),
    "$limit": lambda json: Limit(_whole_number("$limit", json, 1)),
    "$project": _read_project,
    "$addFields": _read_add_fields,
    "$set": _read_add_fields,
    "$unset": _read_unset,
    "$unwind": _read_unwind,
    "$group": _read_group,
    "$count": _read_count,
    "$sortByCount": _read_sort_by_count,
}


def distinct(values: Iterable[Value]) -> list[Value]:
    """The different values, in order, null apart; a list stands for its elements."""
    flat: dict[bytes, Value] = {}
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                flat.setdefault(_identity(item), item)
    return sorted(flat.values(), key=_Comparable)


def _identity(value: Value) -> bytes:
    """The same for equal values and for no others."""
    if isinstance(value, float) and value.is_integer():
        value = number(value)
    return orjson.dumps(encode(value), option=orjson.OPT_SORT_KEYS)


_KINDS: Mapping[type, int] = {int: 1, float: 1, str: 2, dict: 3, list: 4, bool: 6, datetime: 7}


def _compared(one: Value, other: Value) -> int:
    """Below 0, 0 or above 0: numbers, texts, maps, lists, other values, booleans, dates, and absent ones at last."""
    kinds = (_kind(one), _kind(other))
    if kinds[0] != kinds[1]:
        return kinds[0] - kinds[1]
    first: Any = one
    second: Any = other
    if kinds[0] in (3, 4, 5):
        first, second = _identity(one), _identity(other)
    elif kinds[0] == 2:
        first, second = first.encode(), second.encode()
    return 0 if first == second else (1 if first > second else -1)


def _kind(value: Value) -> int:
    return 8 if value is None else _KINDS.get(type(value), 5)


_Comparable = cmp_to_key(_compared)
