"""Cells that every engine fills alike: text, numbers, ids, names of files, JSON text.

A function here takes the value of a field and answers with its cell. For a value of another type it raises
TypeError, AttributeError or KeyError (``MISFITS``), which ``misfit`` turns into the house's own error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parsonage.protocol.encoding import number
from parsonage.protocol.errors import IncorrectType
from parsonage.protocol.values import File, Pointer, Polygon, Value
from parsonage.schema.model import Field, FieldType
from parsonage.storage.json_text import from_json_text, to_json_text

MISFITS = (AttributeError, TypeError, KeyError)
"""What a function of this page raises for a value of another type."""


def misfit(field: Field, value: Value) -> IncorrectType:
    """The error (111) for a value of another type than its field."""
    return IncorrectType(f"a {type(value).__name__} does not fit a field of type {field}")


def text_cell(value: Any) -> str:
    """A String as it is."""
    if not isinstance(value, str):
        raise TypeError
    return value


def number_cell(value: Any) -> float:
    """A Number, always with a fraction."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def boolean_cell(value: Any) -> bool:
    """A Boolean as it is."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def file_cell(value: File | str) -> str:
    """A File by its name: where it is served is worked out for every answer."""
    return value if isinstance(value, str) else value.name


def pointer_cell(value: Pointer) -> str:
    """A Pointer by its id: the field says its class."""
    return value.object_id


def json_cell(kind: type[dict[str, Any]] | type[list[Any]] | type[bytes] | type[Polygon]) -> Callable[[Any], str]:
    """A function that writes values of one kind as JSON text in REST form."""

    def to_cell(value: Any) -> str:
        if not isinstance(value, kind):
            raise TypeError
        return to_json_text(value)

    return to_cell


def value_of(field: Field, cell: Any) -> Value:
    """The value that stands in a cell, for a field operation that starts from it.

    Only numbers, lists and maps have such operations; any other cell comes back as it is.
    """
    if cell is None:
        return None
    match field.type:
        case FieldType.NUMBER:
            return number(cell)
        case FieldType.OBJECT | FieldType.ARRAY:
            return from_json_text(cell)
    return cell  # type: ignore[no-any-return]
