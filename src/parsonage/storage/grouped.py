"""What a database counted, as documents: the same for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parsonage.protocol.encoding import number
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.expressions import Document
from parsonage.query.grouping import Fold, Grouping, Total
from parsonage.schema.model import ClassSchema, FieldType
from parsonage.storage.found import Convert, Row
from parsonage.storage.json_text import from_json


def select_list(grouping: Grouping, cells: Mapping[str, str]) -> str:
    """What a statement selects: the grouped fields, then the totals. ``cells`` are the columns of fields."""
    totals = (
        "count(*)" if total.field is None else f"{total.fold.value}({cells[total.field]})"
        for total in grouping.totals.values()
    )
    return ", ".join([*(cells[name] for name in grouping.key_fields), *totals])


def documents(rows: Sequence[Row], grouping: Grouping, schema: ClassSchema, convert: Convert) -> list[Document]:
    """A document for each row of such a statement; ``convert`` makes the wire form of the grouped fields."""
    width = len(grouping.key_fields)
    made = []
    for row in rows:
        cells = tuple(row)
        wire = convert(cells[:width]) if width else {}
        document: Document = {"objectId": _key(grouping.key, wire)}
        for (name, total), cell in zip(grouping.totals.items(), cells[width:], strict=True):
            document[name] = _value(total, cell, schema)
        made.append(document)
    return made


def _key(key: str | Mapping[str, str] | None, wire: Mapping[str, Any]) -> Value:
    if key is None:
        return None
    if isinstance(key, str):
        return from_json(wire.get(key))
    return {name: from_json(wire.get(field)) for name, field in key.items()}


def _value(total: Total, cell: Any, schema: ClassSchema) -> Value:
    if cell is None:
        return 0 if total.fold is Fold.SUM else None
    if total.field is not None and schema.fields[total.field].type is FieldType.DATE:
        return from_milliseconds(int(cell))
    return number(cell)
