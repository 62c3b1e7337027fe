"""One Patch → an UPDATE. What SQL can say is said in it; the rest is worked out on the locked row.

Numbers are added up and lists changed by the statement itself, in their order and with their repeats
(PB018, PB019). Operations inside maps and lists run in Python on what ``SELECT … FOR UPDATE`` brought, in
the unit's own transaction: another writer waits for it, and nothing foreign runs meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from parsonage.protocol import field_operations as op
from parsonage.protocol.field_operations import Operation, apply, set_path
from parsonage.protocol.values import Value
from parsonage.query.model import Always, Condition
from parsonage.schema.model import FieldType
from parsonage.storage.cells import value_of
from parsonage.storage.changes import Patch
from parsonage.storage.json_text import to_json_text
from parsonage.storage.postgresql.tables import Column, Table
from parsonage.storage.postgresql.values import to_cell
from parsonage.storage.postgresql.where import Where

Steps: TypeAlias = Sequence[tuple[Sequence[str], Operation]]


class PatchPlan:
    """What a patch needs: ``links`` to change, ``read`` cells to be worked on in Python, and the rest in SQL."""

    __slots__ = ("_direct", "_relations", "change", "links", "read", "table")

    def __init__(self, table: Table, relations: frozenset[tuple[str, str]], change: Patch) -> None:
        self.table = table
        self.change = change
        self._relations = relations
        self.links: list[tuple[str, Operation]] = []
        self.read: dict[str, Steps] = {}
        self._direct: dict[str, Operation] = {}
        for root, steps in _by_root(change.operations).items():
            column = table.columns[root]
            if root in table.joins:
                self.links += [(table.joins[root], operation) for _, operation in steps]
            elif column.name is None:
                continue
            elif len(steps) == 1 and not steps[0][0] and _is_expressible(column, steps[0][1]):
                self._direct[root] = steps[0][1]
            else:
                self.read[root] = steps

    def reading(self) -> tuple[str, list[Any]]:
        """The statement that locks the row, if the guard lets it through, and brings the cells of ``read``."""
        parameters: list[Any] = []
        cells = ", ".join(f"o.{self.table.columns[root].name}" for root in self.read)
        where = guarded(self.table, self._relations, self.change.object_id, self.change.guard, parameters)
        return f"SELECT {cells} FROM {self.table.name} AS o WHERE {where} FOR UPDATE", parameters

    def worked_out(self, row: Sequence[Any]) -> dict[str, Value]:
        """What the operations make of the cells of ``read``. Raises InvalidJSON (107) where they have no meaning."""
        values: dict[str, Value] = {}
        for cell, (root, steps) in zip(row, self.read.items(), strict=True):
            value = value_of(self.table.columns[root].field, cell)
            for path, operation in steps:
                value = set_path(value, path, operation) if path else apply(operation, value)
            values[root] = value
        return values

    def updating(self, values: Mapping[str, Value]) -> tuple[str, list[Any]]:
        """The UPDATE, with ``values`` for what was worked out; it brings at least one column of a changed row."""
        table, change = self.table, self.change
        where = Where(table, self._relations)
        assignments: list[str] = []
        if not table.is_bare:
            if change.updated_at is not None:
                assignments.append(f'"updatedAt" = {where.put(change.updated_at, "timestamptz")}')
            if change.acl is not None:
                assignments.append(f'"_rperm" = {where.put(sorted(change.acl.readers), "text[]")}')
                assignments.append(f'"_wperm" = {where.put(sorted(change.acl.writers), "text[]")}')
        for root, value in values.items():
            column = table.columns[root]
            assignments.append(f"{column.name} = {where.put(to_cell(column.field, value), column.type)}")
        for root, operation in self._direct.items():
            assignments.append(_assignment(where, table.columns[root], operation))
        if not assignments:
            assignments.append('"objectId" = o."objectId"')
        condition = guarded(table, self._relations, change.object_id, change.guard, where.parameters)
        back = table.returning(change.returning).select or table.id
        return (
            f"UPDATE {table.name} AS o SET {', '.join(assignments)} WHERE {condition} RETURNING {back}",
            where.parameters,
        )


def guarded(
    table: Table, relations: frozenset[tuple[str, str]], object_id: str, guard: Condition, parameters: list[Any]
) -> str:
    """The condition for one object that its guard lets through; its parameters are appended."""
    where = Where(table, relations, parameters)
    text = f"{table.id} = {where.put(object_id, 'text')}"
    return text if type(guard) is Always else f"{text} AND {where.sql(guard)}"


def _by_root(operations: Mapping[str, Operation]) -> dict[str, list[tuple[tuple[str, ...], Operation]]]:
    """Operations by the field they touch, in order, each with its path inside it."""
    roots: dict[str, list[tuple[tuple[str, ...], Operation]]] = {}
    for key, operation in operations.items():
        root, *path = key.split(".")
        roots.setdefault(root, []).append((tuple(path), operation))
    return roots


def _is_expressible(column: Column, operation: Operation) -> bool:
    if isinstance(operation, (op.Set, op.Unset)):
        return True
    if isinstance(operation, op.Increment):
        return column.field.type is FieldType.NUMBER
    return isinstance(operation, op.LIST_OPERATIONS) and column.field.type is FieldType.ARRAY


def _assignment(where: Where, column: Column, operation: Operation) -> str:
    name = column.name
    match operation:
        case op.Set(value):
            return f"{name} = {where.put(to_cell(column.field, value), column.type)}"
        case op.Increment(amount):
            return f"{name} = coalesce(o.{name}, 0) + {where.put(float(amount), column.type)}"
        case op.Add(objects):
            return f"{name} = {_stored(column)} || {where.put(to_json_text(list(objects)), 'jsonb')}"
        case op.AddUnique():
            stored = _stored(column)
            added = where.put(to_json_text(apply(operation, [])), "jsonb")
            missing = f"NOT EXISTS (SELECT FROM jsonb_array_elements({stored}) AS e(value) WHERE e.value = w.value)"
            return f"{name} = {stored} || {_listed('w', added, missing)}"
        case op.Remove(objects):
            removed = where.put([to_json_text(item) for item in objects], "jsonb[]")
            return f"{name} = {_listed('e', _stored(column), f'e.value <> ALL ({removed})')}"
    return f"{name} = NULL"


def _stored(column: Column) -> str:
    """The list that a column holds; an empty one where there is none."""
    return f"coalesce(nullif(o.{column.name}, 'null'::jsonb), '[]'::jsonb)"


def _listed(alias: str, source: str, condition: str) -> str:
    """The elements of a list that meet a condition, in their order, as a list."""
    elements = f"jsonb_array_elements({source}) WITH ORDINALITY AS {alias}(value, place)"
    return (
        f"coalesce((SELECT jsonb_agg({alias}.value ORDER BY {alias}.place)"
        f" FROM {elements} WHERE {condition}), '[]'::jsonb)"
    )
