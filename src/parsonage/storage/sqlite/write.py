"""Units → statements. A unit is a savepoint inside the transaction that is open: all of it happens, or nothing.

A guard is part of the statement that writes. Numbers are added up in SQL; operations on lists and inside
maps run as a function of the statement (``functions.APPLIED``), on what is stored at that moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from time import time
from typing import Any

import apsw
import orjson

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType, InternalError, InvalidJSON, ParseError
from parsonage.protocol.field_operations import Operation
from parsonage.query.model import Always, Condition
from parsonage.schema.model import FieldType
from parsonage.storage.changes import (
    Change,
    Duplicate,
    Failed,
    Insert,
    NothingMatched,
    Notice,
    Outcome,
    Patch,
    Remove,
    RemoveAll,
    Unit,
    Written,
)
from parsonage.storage.json_text import to_json_text
from parsonage.storage.sqlite.acls import InternedACLs
from parsonage.storage.sqlite.connect import log, translated
from parsonage.storage.sqlite.functions import APPLIED, Edit
from parsonage.storage.sqlite.tables import FOLDED_FIELDS, Table, Tables, folded
from parsonage.storage.sqlite.values import to_cells
from parsonage.storage.sqlite.where import Where

_UNIQUE = re.compile(r"UNIQUE constraint failed: .*?\.(?P<column>[^.,]+)(?:,|\Z)")
_SIGN_IN = re.compile(r"duplicate (?P<field>authData\..+)\Z", re.DOTALL)
_UNFOLDED = {folded(field): field for field in FOLDED_FIELDS}

_NO_VALUES: Mapping[str, Any] = {}


class Units:
    """Carries units out, one after the other, on the writer's connection."""

    def __init__(self, connection: apsw.Connection, tables: Tables, acls: InternedACLs) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._tables = tables
        self._acls = acls

    def carry_out(self, unit: Unit) -> Outcome:
        """Carry out one unit and say what became of it.

        Raises apsw.Error only where SQLite gave up the transaction itself, and every unit in it.
        """
        rows: list[Mapping[str, Any]] = []  # one for each change that is done: its length is the place of the next
        outcome: Outcome
        # Outside the savepoint: an ACL that is stored and not used does no harm, one that is used must be stored.
        try:
            self._acls.intern(
                change.acl for change in unit.changes if isinstance(change, (Insert, Patch)) and change.acl
            )
        except ParseError as error:
            return Failed(0, error)
        alone = self._is_one_statement(unit)
        if not alone:
            self._cursor.execute("SAVEPOINT unit")
        try:
            for change in unit.changes:
                values = self._change(change)
                if values is None:
                    outcome = NothingMatched(len(rows))
                    break
                rows.append(values)
            else:
                if unit.notices:
                    self.announce(unit.notices)
                if not alone:
                    self._cursor.execute("RELEASE unit")
                return Written(tuple(rows))
        except ParseError as error:
            outcome = Failed(len(rows), error)
        except apsw.ConstraintError as error:
            outcome = _refused(len(rows), unit.changes[len(rows)], error)
        except UnicodeEncodeError:
            outcome = Failed(len(rows), _not_unicode())
        except apsw.Error as error:
            if not self._connection.in_transaction:
                raise
            outcome = Failed(len(rows), translated(error))
        except Exception:
            # This is the door of one unit: a mistake of ours must not take the others with it.
            log.exception("a change could not be carried out")
            outcome = Failed(len(rows), InternalError())
        if not alone:
            self._cursor.execute("ROLLBACK TO unit")
            self._cursor.execute("RELEASE unit")
        return outcome

    def _is_one_statement(self, unit: Unit) -> bool:
        """Whether the unit is a single statement, which SQLite itself carries out wholly or not at all."""
        if len(unit.changes) > 1 or unit.notices:
            return False
        match unit.changes:
            case (Insert(links=links),):
                return not links
            case (Patch(schema=schema),):
                return not self._tables.of(schema).joins
        return False

    def _change(self, change: Change) -> Mapping[str, Any] | None:
        """Carry out one change: the values that it hands back, or ``None`` if no object was let through."""
        match change:
            case Insert():
                return self._insert(change)
            case Patch():
                return self._patch(change)
            case Remove():
                return self._remove(change)
        return self._remove_all(change)

    def announce(self, notices: Sequence[Notice]) -> None:
        """Write down what others must look at anew."""
        now = int(time() * 1000)
        self._cursor.executemany(
            'INSERT INTO "_Events" (kind, key, at) VALUES (?, ?, ?)',
            [(notice.kind.value, notice.key, now) for notice in notices],
        )

    def _insert(self, change: Insert) -> Mapping[str, Any]:
        table = self._tables.of(change.schema)
        columns = table.columns
        fields = tuple(name for name in change.values if columns[name].cells)
        cells = [change.object_id, change.created_at, change.updated_at, self._acls.id_of(change.acl)]
        for name in fields:
            cells.extend(table.cells_of(name, change.values[name]))
        self._cursor.execute(table.insert(fields), cells)
        for key, ids in change.links.items():
            self._link(table.joins[key], change.object_id, ids)
        return _NO_VALUES

    def _patch(self, change: Patch) -> Mapping[str, Any] | None:
        table = self._tables.of(change.schema)
        parameters: list[Any] = []
        assignments: list[str] = []
        if change.updated_at is not None:
            assignments.append('"updatedAt" = ?')
            parameters.append(change.updated_at)
        if change.acl is not None:
            assignments.append('"_acl" = ?')
            parameters.append(self._acls.id_of(change.acl))
        relations: list[tuple[str, Operation]] = []
        for root, steps in _by_root(change.operations).items():
            if root in table.joins:
                relations += [(table.joins[root], operation) for _, operation in steps]
            else:
                _assign(table, root, steps, assignments, parameters)
        where = _guarded(table, change.object_id, change.guard, parameters)
        statement = f"UPDATE {table.name} AS o SET {', '.join(assignments)} WHERE {where}"
        values: Mapping[str, Any] = _NO_VALUES
        returning = table.returning(change.returning) if change.returning else None
        if returning is not None and returning.select:
            # All rows are fetched: a statement that is still in progress would keep the commit from happening.
            rows = self._cursor.execute(f"{statement} RETURNING {returning.select}", parameters).fetchall()
            if not rows:
                return None
            values = returning.convert(rows[0])
        else:
            self._cursor.execute(statement, parameters)
            if not self._connection.changes():
                return None
        for join, operation in relations:
            self._relate(join, change.object_id, operation)
        return values

    def _remove(self, change: Remove) -> Mapping[str, Any] | None:
        table = self._tables.of(change.schema)
        parameters: list[Any] = []
        where = _guarded(table, change.object_id, change.guard, parameters)
        self._cursor.execute(f"DELETE FROM {table.name} AS o WHERE {where}", parameters)
        if not self._connection.changes():
            return None
        for join in table.joins.values():
            self._cursor.execute(f'DELETE FROM {join} WHERE "owningId" = ?', (change.object_id,))
        return _NO_VALUES

    def _remove_all(self, change: RemoveAll) -> Mapping[str, Any]:
        table = self._tables.of(change.schema)
        where = Where(table)
        statement = f"DELETE FROM {table.name} AS o WHERE {where.sql(change.where)}"
        if not table.joins:
            self._cursor.execute(statement, where.parameters)
            return _NO_VALUES
        removed = self._cursor.execute(f'{statement} RETURNING "objectId"', where.parameters).fetchall()
        ids = orjson.dumps([object_id for (object_id,) in removed]).decode()
        for join in table.joins.values():
            self._cursor.execute(f'DELETE FROM {join} WHERE "owningId" IN (SELECT value FROM json_each(?))', (ids,))
        return _NO_VALUES

    def _relate(self, join: str, owner_id: str, operation: Operation) -> None:
        if isinstance(operation, op.Unset):
            self._cursor.execute(f'DELETE FROM {join} WHERE "owningId" = ?', (owner_id,))
        elif isinstance(operation, op.RelationChange):
            if operation.removed:
                self._cursor.execute(
                    f'DELETE FROM {join} WHERE "owningId" = ? AND "relatedId" IN (SELECT value FROM json_each(?))',
                    (owner_id, _json_ids(operation.removed)),
                )
            self._link(join, owner_id, operation.added)

    def _link(self, join: str, owner_id: str, ids: frozenset[str]) -> None:
        if ids:
            self._cursor.execute(
                f'INSERT OR IGNORE INTO {join} ("owningId", "relatedId") SELECT ?, value FROM json_each(?)',
                (owner_id, _json_ids(ids)),
            )


def _json_ids(ids: frozenset[str]) -> str:
    return to_json_text([*sorted(ids)])


def _not_unicode() -> InvalidJSON:
    return InvalidJSON("text must be valid Unicode")


def _by_root(operations: Mapping[str, Operation]) -> dict[str, list[tuple[tuple[str, ...], Operation]]]:
    """Operations by the field they touch, in order, each with its path inside it."""
    roots: dict[str, list[tuple[tuple[str, ...], Operation]]] = {}
    for key, operation in operations.items():
        root, *path = key.split(".")
        roots.setdefault(root, []).append((tuple(path), operation))
    return roots


def _assign(
    table: Table,
    root: str,
    steps: list[tuple[tuple[str, ...], Operation]],
    assignments: list[str],
    parameters: list[Any],
) -> None:
    """Append what sets one field."""
    column = table.columns[root]
    path, operation = steps[0]
    if len(steps) == 1 and not path:
        if isinstance(operation, (op.Set, op.Unset)):
            value = operation.value if isinstance(operation, op.Set) else None
            assignments += [f"{cell} = ?" for cell in table.cells_written(root)]
            parameters += table.cells_of(root, value)
            return
        if isinstance(operation, op.Increment) and column.field.type is FieldType.NUMBER:
            cell = column.cells[0]
            assignments.append(f"{cell} = coalesce(o.{cell}, 0) + ?")
            parameters += to_cells(column.field, operation.amount)
            return
    if len(column.cells) != 1:
        raise IncorrectType(f"a field of type {column.field} can only be set or deleted")
    cell = column.cells[0]
    assignments.append(f"{cell} = {APPLIED}(o.{cell}, ?)")
    parameters.append(apsw.pyobject(Edit(column.field, steps)))


def _guarded(table: Table, object_id: str, guard: Condition, parameters: list[Any]) -> str:
    """The condition for one object that its guard lets through; its parameters are appended."""
    parameters.append(object_id)
    if type(guard) is Always:
        return 'o."objectId" = ?'
    where = Where(table)
    text = where.sql(guard)
    parameters += where.parameters
    return f'o."objectId" = ? AND {text}'


def _refused(index: int, change: Change, error: apsw.ConstraintError) -> Outcome:
    """What a broken constraint means: a value that another object has, or one that does not fit its column."""
    name = change.schema.name
    signed_in = _SIGN_IN.search(str(error))
    if signed_in is not None:
        return Duplicate(index, name, signed_in["field"])
    unique = _UNIQUE.search(str(error))
    if unique is not None:
        column = unique["column"]
        return Duplicate(index, name, _UNFOLDED.get(column, column))
    if "cannot store" in str(error):
        return Failed(index, IncorrectType(f"a value does not fit its column in {name}"))
    return Failed(index, translated(error))
