"""The index of places: an R*Tree beside each GeoPoint and Polygon field, kept by triggers.

It holds the box of each value, rounded outwards; a query looks there first and asks the exact question of
what it finds. Triggers keep it, so that whoever writes to the class writes to it as well; an object without
a place costs nothing.

Rules: reference/storage-sqlite.md, GeoPoint.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from parsonage.schema.model import Field, FieldType
from parsonage.storage.sqlite.tables import column_names, places_name, quoted


def make_index(connection: apsw.Connection, table: str, column: str, field: Field) -> None:
    """Make the index over the column of a field, with what the table holds already."""
    cells = [quoted(cell) for cell in column_names(column, field)]
    index, source = quoted(places_name(column, table)), quoted(table)
    connection.execute(f"CREATE VIRTUAL TABLE {index} USING rtree(id, south, north, west, east)")
    connection.execute(
        f"INSERT INTO {index} {_box(field.type, cells, 'r')} FROM {source} AS r WHERE {_there(cells, 'r')}"
    )
    insert = f"INSERT INTO {index} {_box(field.type, cells, 'NEW')} WHERE {_there(cells, 'NEW')};"
    remove = f'DELETE FROM {index} WHERE id = OLD."_id";'
    events = {
        "insert": f"AFTER INSERT ON {source} WHEN {_there(cells, 'NEW')} BEGIN {insert} END",
        "update": f"AFTER UPDATE OF {', '.join(cells)} ON {source} BEGIN {remove} {insert} END",
        "delete": f"AFTER DELETE ON {source} WHEN {_there(cells, 'OLD')} BEGIN {remove} END",
    }
    for event, body in events.items():
        connection.execute(f"CREATE TRIGGER {_trigger(column, table, event)} {body}")


def drop_index(connection: apsw.Connection, table: str, column: str) -> None:
    """Drop the index over a column, before the column or its table goes."""
    for event in ("insert", "update", "delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS {_trigger(column, table, event)}")
    connection.execute(f"DROP TABLE IF EXISTS {quoted(places_name(column, table))}")


def _trigger(column: str, table: str, event: str) -> str:
    return quoted(f"{places_name(column, table)}.{event}")


def _there(cells: Sequence[str], row: str) -> str:
    return " AND ".join(f"{row}.{cell} IS NOT NULL" for cell in cells)


def _box(kind: FieldType, cells: Sequence[str], row: str) -> str:
    """The id and the box of a row's place, as the beginning of a SELECT."""
    if kind is FieldType.GEO_POINT:
        latitude, longitude = (f"{row}.{cell}" for cell in cells)
        return f'SELECT {row}."_id", {latitude}, {latitude}, {longitude}, {longitude}'
    sides = [
        f"(SELECT {extreme}(json_extract(c.value, '$[{place}]'))"
        f" FROM json_each({row}.{cells[0]}, '$.coordinates') AS c)"
        for extreme, place in (("min", 0), ("max", 0), ("min", 1), ("max", 1))
    ]
    return f'SELECT {row}."_id", {", ".join(sides)}'
