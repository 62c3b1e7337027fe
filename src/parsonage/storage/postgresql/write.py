"""Units → statements. A unit is one statement that commits by itself, or a transaction of its own.

Many new objects of one class in one call are one statement; where that clashes, each is stored alone. What
the server itself took back is tried again; after a commit whose answer got lost, new objects are looked up
by their ids, and anything else is answered with 'outcome unknown' (code 100).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any, TypeAlias

import asyncpg

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import ConnectionFailed, InternalError, ParseError
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import format_milliseconds
from parsonage.storage.changes import (
    Change,
    Duplicate,
    Failed,
    Insert,
    NothingMatched,
    Notice,
    NoticeKind,
    Outcome,
    Patch,
    Remove,
    RemoveAll,
    Unit,
    Written,
)
from parsonage.storage.postgresql.connect import (
    CERTAINLY_UNDONE,
    LOST,
    NOTHING_SENT,
    Connections,
    attempted,
    is_client_side,
    log,
    translated,
)
from parsonage.storage.postgresql.notices import Notices
from parsonage.storage.postgresql.patch import PatchPlan, guarded
from parsonage.storage.postgresql.sign_in import FOLDED_FIELDS, SignInIndexes, claim_names
from parsonage.storage.postgresql.tables import Table, Tables, array_text
from parsonage.storage.postgresql.turns import Turns
from parsonage.storage.postgresql.values import column_text, list_text, to_cell
from parsonage.storage.postgresql.where import Where

Step: TypeAlias = Insert | PatchPlan | Remove | RemoveAll
"""A change that is ready to be carried out."""

_NO_VALUES: Mapping[str, Any] = {}
_SIGN_IN = re.compile(r"unique_authData_(?P<provider>\w+)_id\Z")
_UNIQUE = re.compile(r"unique_(?P<field>[A-Za-z0-9]+)\Z")
_DETAIL = re.compile(r'\("?(?P<column>\w+)"?\)')

_SECONDS_BETWEEN_LOOKS = 0.2

CHANGED_ELSEWHERE = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
"""Somebody dropped what our schema still has."""


class CommitLost(Exception):
    """The connection broke while a commit was under way: nobody knows whether it happened."""


class Undone(Exception):
    """The connection broke before the commit was sent: nothing is stored."""


class NameTaken(Exception):
    """Another user has this name or address, in whatever case; ``field`` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Writer:
    """Carries units out."""

    def __init__(self, connections: Connections, tables: Tables, notices: Notices) -> None:
        self._connections = connections
        self._tables = tables
        self._notices = notices
        self._turns = Turns()
        self.outcomes_unknown = 0
        """Writes so far of which nobody knows whether they were carried out."""
        self._sign_in = SignInIndexes(connections)

    async def write(self, units: Sequence[Unit]) -> list[Outcome]:
        """Carry out units, each atomic alone, and answer one outcome for each, in order."""
        without_index = self._sign_in.missing(units)
        if without_index:
            await self._sign_in.make(without_index)
        outcomes: list[Outcome] = []
        async with self._turns.taken(units):
            for run in _runs(units):
                stored = await self._at_once(run) if len(run) > 1 else None
                outcomes += stored or [await self._carry_out(unit) for unit in run]
        return outcomes

    async def _at_once(self, run: Sequence[Unit]) -> list[Outcome] | None:
        """Store new objects of one class by one statement; ``None``, with nothing done, where that can't be."""
        inserts = [change for unit in run for change in unit.changes if isinstance(change, Insert)]
        table = self._tables.of(inserts[0].schema)
        fields = tuple(sorted(set().union(*[insert.values for insert in inserts])))
        try:
            columns = _columns(table, inserts, fields)
            async with self._connections.use() as connection:
                await connection.execute(table.insert(fields, many=True), *columns)
        except ParseError:
            return None
        except (asyncpg.PostgresError, *LOST) as error:
            # Each is tried alone now. One that was stored by a statement whose answer got lost clashes with itself.
            log.info("several objects could not be stored at once: %s", error)
            if isinstance(error, asyncpg.PostgresError) or is_client_side(error):
                return None
            return [await self._after_lost_commit(unit) for unit in run]
        return [Written((_NO_VALUES,)) for _ in run]

    async def _carry_out(self, unit: Unit) -> Outcome:
        rows: list[Mapping[str, Any]] = []  # one for each change that is done: its length is the place of the next
        try:
            return await attempted(lambda: self._once(unit, rows), again=Undone)
        except CommitLost:
            return await self._after_lost_commit(unit)
        except (asyncpg.PostgresError, ParseError, NameTaken, Undone, *LOST) as error:
            return self._refused(unit, len(rows), error)
        except Exception:
            # This is the door of one unit: a mistake of ours must not take the others with it.
            log.exception("a change could not be carried out")
            return Failed(len(rows), InternalError())

    def _refused(self, unit: Unit, index: int, error: Exception) -> Outcome:
        index = min(index, len(unit.changes) - 1)
        name = unit.changes[index].schema.name
        if isinstance(error, NameTaken):
            return Duplicate(index, name, error.field)
        if isinstance(error, asyncpg.UniqueViolationError):
            return Duplicate(index, name, _clashing_field(error))
        if isinstance(error, CHANGED_ELSEWHERE):
            self._notices.hear([Notice(NoticeKind.SCHEMA)])
        if isinstance(error, Undone):
            return Failed(index, ConnectionFailed("The database can't be reached now."))
        return Failed(index, translated(error))

    async def _once(self, unit: Unit, rows: list[Mapping[str, Any]]) -> Outcome:
        rows.clear()
        steps = [self._step(change) for change in unit.changes]
        async with self._connections.use() as connection:
            if len(steps) == 1 and not unit.notices and _is_one_statement(steps[0], self._tables):
                try:
                    values = await self._change(connection, steps[0])
                except LOST as error:
                    if is_client_side(error):
                        raise
                    raise _lost(error) from error
                return NothingMatched(0) if values is None else Written((values,))
            async with _transaction(connection) as transaction:
                for step in steps:
                    values = await self._change(connection, step)
                    if values is None:
                        await transaction.take_back()
                        return NothingMatched(len(rows))
                    rows.append(values)
                if unit.notices:
                    await self._notices.announce(connection, unit.notices)
        self._notices.hear(unit.notices)
        return Written(tuple(rows))

    def outcome_unknown(self) -> ConnectionFailed:
        """What to say where nobody knows whether something was carried out; it is counted."""
        self.outcomes_unknown += 1
        return ConnectionFailed("The connection to the database was lost: the outcome is unknown.")

    async def _after_lost_commit(self, unit: Unit) -> Outcome:
        """Find out what became of a unit; a new object that is not there is stored once more.

        A database that is just being started again is waited for, as long as a request waits for a connection.
        """
        first = unit.changes[0]
        if not isinstance(first, Insert) or not all(isinstance(change, Insert) for change in unit.changes):
            return Failed(0, self.outcome_unknown())
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._connections.wait_seconds
        while True:
            try:
                return await self._found_or_stored(unit, first)
            except (ConnectionFailed, CommitLost, Undone, *CERTAINLY_UNDONE, *LOST) as error:
                if clock() >= deadline:
                    log.error("nobody knows whether %s %s is stored: %r", first.schema.name, first.object_id, error)
                    return Failed(0, self.outcome_unknown())
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _found_or_stored(self, unit: Unit, first: Insert) -> Outcome:
        rows: list[Mapping[str, Any]] = []
        if not await self._is_stored(first):
            try:
                return await self._once(unit, rows)
            except asyncpg.UniqueViolationError as error:
                # It may have been committed since we looked: then the object clashes with itself.
                if not await self._is_stored(first):
                    return self._refused(unit, len(rows), error)
            except NameTaken as error:
                return self._refused(unit, len(rows), error)
        self._notices.hear(unit.notices)
        return Written(tuple(_NO_VALUES for _ in unit.changes))

    async def _is_stored(self, insert: Insert) -> bool:
        table = self._tables.of(insert.schema)
        same_moment = "" if table.is_bare else ' AND o."createdAt" = $2'
        async with self._connections.use() as connection:
            rows = await connection.fetch(
                f"SELECT FROM {table.name} AS o WHERE {table.id} = $1{same_moment}",
                insert.object_id,
                *([] if table.is_bare else [insert.created_at]),
            )
        return bool(rows)

    def _step(self, change: Change) -> Step:
        if isinstance(change, Patch):
            return PatchPlan(self._tables.of(change.schema), self._tables.relations, change)
        return change

    async def _change(self, connection: Any, step: Step) -> Mapping[str, Any] | None:
        """Carry out one change: the values that it hands back, or ``None`` if no object was let through."""
        match step:
            case Insert():
                return await self._insert(connection, step)
            case PatchPlan():
                return await self._patch(connection, step)
            case Remove():
                return await self._remove(connection, step)
        return await self._remove_all(connection, step)

    async def _insert(self, connection: Any, change: Insert) -> Mapping[str, Any]:
        table = self._tables.of(change.schema)
        if _claims_names(change):
            await _claim(connection, change, change.values)
        fields = tuple(change.values)
        await connection.fetch(table.insert(fields, many=False), *_cells(table, change, fields))
        for key, ids in change.links.items():
            await _link(connection, table.joins[key], change.object_id, ids)
        return _NO_VALUES

    async def _patch(self, connection: Any, plan: PatchPlan) -> Mapping[str, Any] | None:
        table, change = plan.table, plan.change
        if _claims_names(change):
            written = change.operations.items()
            given = {key: operation.value for key, operation in written if isinstance(operation, op.Set)}
            await _claim(connection, change, given)
        values: dict[str, Any] = {}
        if plan.read:
            statement, parameters = plan.reading()
            locked = await connection.fetchrow(statement, *parameters)
            if locked is None:
                return None
            values = plan.worked_out(locked)
        statement, parameters = plan.updating(values)
        row = await connection.fetchrow(statement, *parameters)
        if row is None:
            return None
        for join, operation in plan.links:
            await _relate(connection, join, change.object_id, operation)
        back = table.returning(change.returning)
        return back.convert(row) if back.select else _NO_VALUES

    async def _remove(self, connection: Any, change: Remove) -> Mapping[str, Any] | None:
        table = self._tables.of(change.schema)
        parameters: list[Any] = []
        where = guarded(table, self._tables.relations, change.object_id, change.guard, parameters)
        removed = await connection.fetch(f"DELETE FROM {table.name} AS o WHERE {where} RETURNING 1", *parameters)
        if not removed:
            return None
        for join in table.joins.values():
            await connection.execute(f'DELETE FROM {join} WHERE "owningId" = $1', change.object_id)
        return _NO_VALUES

    async def _remove_all(self, connection: Any, change: RemoveAll) -> Mapping[str, Any]:
        table = self._tables.of(change.schema)
        where = Where(table, self._tables.relations)
        statement = f"DELETE FROM {table.name} AS o WHERE {where.sql(change.where)}"
        if not table.joins:
            await connection.execute(statement, *where.parameters)
            return _NO_VALUES
        removed = await connection.fetch(f"{statement} RETURNING {table.id}", *where.parameters)
        ids = [object_id for (object_id,) in removed]
        for join in table.joins.values():
            await connection.execute(f'DELETE FROM {join} WHERE "owningId" = ANY ($1::text[])', ids)
        return _NO_VALUES


class _Transaction:
    """A transaction that is open; it may be taken back before its end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.is_open = True

    async def take_back(self) -> None:
        self.is_open = False
        await self._connection.execute("ROLLBACK")


@asynccontextmanager
async def _transaction(connection: Any) -> AsyncIterator[_Transaction]:
    """A transaction: committed at the end, taken back by whatever is raised inside.

    Raises Undone where the connection broke before the commit was sent, CommitLost where it broke with it.
    """
    transaction = _Transaction(connection)
    try:
        await connection.execute("BEGIN")
        yield transaction
    except (asyncpg.PostgresError, ParseError, NameTaken, *LOST) as error:
        if isinstance(error, LOST) and not is_client_side(error):
            raise Undone from error
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    if transaction.is_open:
        try:
            await connection.execute("COMMIT")
        except LOST as error:
            raise _lost(error) from error


def _lost(error: BaseException) -> CommitLost | Undone:
    return Undone() if isinstance(error, NOTHING_SENT) else CommitLost()


def _runs(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units that may share a statement, and each of the others alone, in order."""
    if len(units) == 1:
        yield list(units)
        return
    for class_now, run in groupby(units, _class_now):
        if class_now is None:
            yield from ([unit] for unit in run)
        else:
            yield list(run)


def _class_now(unit: Unit) -> int | None:
    """What tells the class, as it is at this moment, of a unit that may share a statement; ``None`` for any other."""
    change = unit.changes[0]
    if len(unit.changes) > 1 or type(change) is not Insert or change.links or unit.notices or _claims_names(change):
        return None
    return id(change.schema)


def _is_one_statement(step: Step, tables: Tables) -> bool:
    match step:
        case Insert():
            return not step.links and not _claims_names(step)
        case PatchPlan():
            return not step.read and not step.links and not _claims_names(step.change)
    return not tables.of(step.schema).joins


def _claims_names(change: Insert | Patch) -> bool:
    if change.schema.name != "_User":
        return False
    written = change.values if isinstance(change, Insert) else change.operations
    return any(field in written for field in FOLDED_FIELDS)


async def _claim(connection: Any, change: Insert | Patch, values: Mapping[str, Any]) -> None:
    taken = await claim_names(connection, change.object_id, values)
    if taken is not None:
        raise NameTaken(taken)


def _columns(table: Table, inserts: Sequence[Insert], fields: tuple[str, ...]) -> list[str]:
    """What a statement for many objects is given: a list for each column."""
    lists: list[list[Any]] = [] if table.schema.name == "_Hooks" else [[one.object_id for one in inserts]]
    if not table.is_bare:
        lists.append([format_milliseconds(one.created_at) for one in inserts])
        lists.append([format_milliseconds(one.updated_at) for one in inserts])
        lists.append([None if one.acl is None else array_text(sorted(one.acl.readers)) for one in inserts])
        lists.append([None if one.acl is None else array_text(sorted(one.acl.writers)) for one in inserts])
    texts = list(map(list_text, lists))
    objects = [one.values for one in inserts]
    for name in fields:
        column = table.columns[name]
        if column.name is not None:
            texts.append(column_text(column.field, [values.get(name) for values in objects]))
    return texts


def _cells(table: Table, insert: Insert, fields: tuple[str, ...]) -> list[Any]:
    cells: list[Any] = [] if table.schema.name == "_Hooks" else [insert.object_id]
    if not table.is_bare:
        readers = None if insert.acl is None else sorted(insert.acl.readers)
        writers = None if insert.acl is None else sorted(insert.acl.writers)
        cells += [insert.created_at, insert.updated_at]
        cells += [readers, writers]
    for name in fields:
        column = table.columns[name]
        if column.name is not None:
            cells.append(to_cell(column.field, insert.values.get(name)))
    return cells


async def _relate(connection: Any, join: str, owner_id: str, operation: Operation) -> None:
    if isinstance(operation, op.Unset):
        await connection.execute(f'DELETE FROM {join} WHERE "owningId" = $1', owner_id)
    elif isinstance(operation, op.RelationChange):
        if operation.removed:
            await connection.execute(
                f'DELETE FROM {join} WHERE "owningId" = $1 AND "relatedId" = ANY ($2::text[])',
                owner_id,
                sorted(operation.removed),
            )
        await _link(connection, join, owner_id, operation.added)


async def _link(connection: Any, join: str, owner_id: str, ids: frozenset[str]) -> None:
    if ids:
        await connection.execute(
            f'INSERT INTO {join} ("owningId", "relatedId") SELECT $1, r.id FROM unnest($2::text[]) AS r(id)'
            " ON CONFLICT DO NOTHING",
            owner_id,
            sorted(ids),
        )


def _clashing_field(error: Any) -> str:
    """The field whose value another object has, by the name of the index that says so."""
    name = error.constraint_name or ""
    signed_in = _SIGN_IN.search(name)
    if signed_in is not None:
        return f"authData.{signed_in['provider']}.id"
    unique = _UNIQUE.search(name)
    if unique is not None:
        return unique["field"]
    column = _DETAIL.search(error.detail or "")
    return column["column"] if column is not None else "objectId"
