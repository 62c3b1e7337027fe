"""Groups and their totals, as far as every database can count them by itself.

A ``$group`` whose id is nothing, a field or a map of fields, and whose totals are counts, sums, means and extremes
of fields, is handed to the database; any other is counted over documents.

Rules: reference/query.md, section 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from parsonage.query.expressions import field_name
from parsonage.schema.model import ClassSchema, FieldType


class Fold(Enum):
    """What a total makes of the values of a group; the value is SQL's own word."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "avg"
    LEAST = "min"
    GREATEST = "max"


class Total(msgspec.Struct, frozen=True):
    """One total; ``field`` is ``None`` where documents are counted."""

    fold: Fold
    field: str | None = None


class Grouping(msgspec.Struct, frozen=True):
    """Groups by the values of fields, each with its totals.

    ``key`` is nothing (one group of all), a field, or a map of names to fields.
    """

    key: str | Mapping[str, str] | None
    totals: Mapping[str, Total] = {}

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields that are grouped by, each once."""
        if self.key is None:
            return ()
        return (self.key,) if isinstance(self.key, str) else tuple(dict.fromkeys(self.key.values()))

    def fits(self, schema: ClassSchema) -> bool:
        """Whether a database can tell the values of these fields apart, and count with them."""
        return all(_type(schema, name) in _TOLD_APART for name in self.key_fields) and all(
            total.field is None or _type(schema, total.field) in _COUNTED[total.fold] for total in self.totals.values()
        )


_TOLD_APART = frozenset({FieldType.STRING, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.DATE, FieldType.POINTER})
_ORDERED = frozenset({FieldType.NUMBER, FieldType.DATE})
_COUNTED: Mapping[Fold, frozenset[FieldType]] = {
    Fold.COUNT: frozenset(),
    Fold.SUM: frozenset({FieldType.NUMBER}),
    Fold.MEAN: frozenset({FieldType.NUMBER}),
    Fold.LEAST: _ORDERED,
    Fold.GREATEST: _ORDERED,
}


def _type(schema: ClassSchema, name: str) -> FieldType | None:
    field = schema.fields.get(name)
    return None if field is None else field.type


_FOLDS = {"$sum": Fold.SUM, "$avg": Fold.MEAN, "$min": Fold.LEAST, "$max": Fold.GREATEST}


def plain_grouping(key: Any, totals: Mapping[str, Any]) -> Grouping | None:
    """The grouping that a ``$group`` asks for, or ``None`` where it takes more than fields. It was read before."""
    if key is not None and not isinstance(key, (str, dict)):
        return None
    if isinstance(key, dict) and any(name.startswith("$") for name in key):
        return None  # the id is what an operator makes
    if not key and not totals:
        return None  # one group, about which nothing is asked
    fields = key if isinstance(key, dict) else {} if key is None else {"": key}
    named = {name: _plain_field(given) for name, given in fields.items()}
    counted = {name: _total(given) for name, given in totals.items()}
    if None in named.values() or None in counted.values():
        return None
    names = {name: field for name, field in named.items() if field is not None}
    return Grouping(
        names if isinstance(key, dict) else names.get(""),
        {name: total for name, total in counted.items() if total is not None},
    )


def _plain_field(given: Any) -> str | None:
    if not isinstance(given, str) or not given.startswith("$"):
        return None
    name = field_name(given[1:])
    return None if "." in name else name


def _total(given: Mapping[str, Any]) -> Total | None:
    [(operator, operand)] = given.items()
    if operator == "$count" or (operator == "$sum" and operand == 1 and not isinstance(operand, bool)):
        return Total(Fold.COUNT)
    field, fold = _plain_field(operand), _FOLDS.get(operator)
    return None if field is None or fold is None else Total(fold, field)
