"""Functions that our statements call, for what SQLite has no word for.

A Python error inside one of them ends the statement and comes out of it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import apsw
import msgspec
import orjson

from parsonage.protocol.field_operations import Operation, apply, get_path, set_path
from parsonage.protocol.values import GeoPoint
from parsonage.query.patterns import compile_pattern
from parsonage.query.places import is_within
from parsonage.query.text import read_term, says_exactly, unaccented
from parsonage.schema.model import Field
from parsonage.storage.sqlite.values import from_cells, to_cells

MATCHES = "parsonage_matches"
"""``(text, pattern, options)``: whether a client's regular expression matches."""

SORTED = "parsonage_sorted"
"""``(type, value)`` of a JSON item: maps and lists with their keys in order, so that equal ones are equal text."""

PLACE = "parsonage_place"
"""``(json, path)``: the JSON text of the value at a dotted path, where a number may be a key or a place in a list."""

WITHIN = "parsonage_within"
"""``(corners, latitude, longitude)``: whether a place lies in a polygon, given as JSON pairs of latitude, longitude."""

SAYS_EXACTLY = "parsonage_says_exactly"
"""``(text, term, accents count)``: whether a term's words are in a text with the same capital letters."""

APPLIED = "parsonage_applied"
"""``(cell, edit)``: the cell after an ``Edit``."""


class Edit(msgspec.Struct, frozen=True):
    """Field operations on one field, in order, each with the path inside the field that it is for."""

    field: Field
    steps: Sequence[tuple[tuple[str, ...], Operation]]


def install(connection: apsw.Connection) -> None:
    """Make the functions known to a connection."""
    for name, (function, arguments) in _FUNCTIONS.items():
        connection.create_scalar_function(name, function, arguments, deterministic=True)


def _matches(text: Any, pattern: Any, options: Any) -> int | None:
    if text is None:
        return None
    return int(compile_pattern(pattern, options).search(text))


def _sorted(kind: Any, value: Any) -> Any:
    if kind not in ("object", "array") or value is None:
        return value
    return orjson.dumps(orjson.loads(value), option=orjson.OPT_SORT_KEYS).decode()


@lru_cache(maxsize=256)
def _steps(path: str) -> list[str]:
    return path.split(".")


def _place(json: Any, path: Any) -> str | None:
    if json is None:
        return None
    found = get_path(orjson.loads(json), _steps(path))
    return None if found is None else orjson.dumps(found).decode()


def _says_exactly(text: Any, term: Any, accents_count: Any) -> int | None:
    if text is None:
        return None
    if accents_count:
        return int(says_exactly(text, read_term(term)))
    return int(says_exactly(unaccented(text), read_term(unaccented(term))))


@lru_cache(maxsize=64)
def _ring(corners: str) -> list[GeoPoint]:
    return [GeoPoint(latitude, longitude) for latitude, longitude in orjson.loads(corners)]


def _within(corners: Any, latitude: Any, longitude: Any) -> int | None:
    if corners is None or latitude is None or longitude is None:
        return None
    return int(is_within(_ring(corners), GeoPoint(latitude, longitude)))


def _applied(cell: Any, edit: Any) -> Any:
    value = from_cells(edit.field, (cell,))
    for path, operation in edit.steps:
        value = set_path(value, path, operation) if path else apply(operation, value)
    return to_cells(edit.field, value)[0]


_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    MATCHES: (_matches, 3),
    SORTED: (_sorted, 2),
    PLACE: (_place, 2),
    WITHIN: (_within, 3),
    SAYS_EXACTLY: (_says_exactly, 3),
    APPLIED: (_applied, 2),
}
