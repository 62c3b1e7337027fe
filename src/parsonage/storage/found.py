"""Found: rows as the engine gave them; JSON of an answer on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Row = tuple[Any, ...]
Convert = Callable[[Row], dict[str, Any]]


class Found:
    """The rows of one find, with the engine's converters for that class and those columns.

    ``wire`` makes what an answer carries: fields, ``objectId``, dates, and ``ACL`` if the object has one;
    absent fields are left out. Nothing is converted until it is asked for.
    """

    __slots__ = ("_convert", "_convert_as_text", "rows")

    def __init__(self, rows: Sequence[Row], convert: Convert, convert_as_text: Convert) -> None:
        self.rows = rows
        self._convert = convert
        self._convert_as_text = convert_as_text

    def __len__(self) -> int:
        return len(self.rows)

    def wire(self) -> list[dict[str, Any]]:
        """One map for each object, whole: everything in it may be read and changed."""
        convert = self._convert
        return [convert(row) for row in self.rows]

    def wire_as_text(self) -> list[dict[str, Any]]:
        """The same to be encoded at once by orjson: Object and Array fields, and ACLs, may be ``orjson.Fragment``."""
        convert = self._convert_as_text
        return [convert(row) for row in self.rows]


def scored(rows: Sequence[Row], convert: Convert) -> Found:
    """Found for rows whose last column is the relevance of the object: it stands in the answer as ``score``."""

    def with_score(row: Row) -> dict[str, Any]:
        *columns, score = row
        return {**convert(tuple(columns)), "score": score}

    return Found(rows, with_score, with_score)
