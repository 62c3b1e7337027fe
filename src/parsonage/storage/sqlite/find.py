"""Statements that read: find, get by id, count, and the plan of a find.

A caller who sees most of a class is served by walking the rows in the order asked for and looking at the
ACL of each; one who sees little of it, by gathering the few visible rows first. Which it is, a sample of
the newest rows tells, and is remembered for a while.

Rules: reference/storage-sqlite.md, ACL filter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import msgspec
import orjson

from parsonage.protocol.acl import EVERYONE
from parsonage.query.model import And, Condition, Equals, HasId, In, Query, ReadableBy, RelatedTo, all_of
from parsonage.storage.found import Row
from parsonage.storage.sqlite.tables import Table
from parsonage.storage.sqlite.texts import TextIndex
from parsonage.storage.sqlite.where import SCORE_OF_ROW, TRUE, Where

SAMPLE = 200
"""The newest rows that are looked at."""

FEW = 4
"""With fewer visible rows than this in a whole sample, a caller sees little."""

_SAMPLE_SECONDS = 30.0


class Statement(msgspec.Struct, frozen=True):
    """A query as SQL."""

    sql: str
    parameters: Sequence[Any]
    slow: bool = False
    missing: Sequence[TextIndex] = ()
    """Full-text indexes that must be made before it can be run."""


class ById(msgspec.Struct, frozen=True):
    """The hottest question: one object by its id, and who asks; ``names`` ``None`` is the master key."""

    object_id: str
    names: frozenset[str] | None


def by_id(query: Query) -> ById | None:
    """The question for one object by its id, if the query is no more than that."""
    where = query.where
    if type(where) is HasId and len(where.ids) == 1:
        return ById(where.ids[0], None)
    if type(where) is And and len(where.conditions) == 2:
        first, second = where.conditions
        if type(first) is ReadableBy:
            first, second = second, first
        if type(first) is HasId and type(second) is ReadableBy and len(first.ids) == 1:
            return ById(first.ids[0], second.names)
    return None


class Sight:
    """Who sees little of which class. ``sample`` answers a statement with its rows, at once."""

    def __init__(self, sample: Callable[[str, Sequence[Any]], list[Row]]) -> None:
        self._sample = sample
        self._known: dict[tuple[str, frozenset[str]], tuple[bool, float]] = {}

    def is_little(self, table: Table, names: frozenset[str]) -> bool:
        """Whether these names see so little of the class that its visible rows are best gathered first."""
        key = (table.name, names)
        known = self._known.get(key)
        now = monotonic()
        if known is not None and known[1] > now:
            return known[0]
        where = Where(table)
        visible = where.sql(ReadableBy(names))
        [(seen, looked_at)] = self._sample(
            f"SELECT coalesce(sum({visible}), 0), count(*)"
            f' FROM (SELECT s._acl FROM {table.name} AS s ORDER BY s."_id" DESC LIMIT {SAMPLE}) AS o',
            where.parameters,
        )
        little = bool(looked_at == SAMPLE and seen < FEW)
        if len(self._known) > 5000:
            self._known.clear()
        self._known[key] = (little, now + _SAMPLE_SECONDS)
        return little


def find_statement(table: Table, query: Query, select: str, sight: Sight, *, with_score: bool = False) -> Statement:
    """The statement of a find. ``with_score`` puts the relevance of each object behind its columns."""
    where = Where(table)
    source, condition = _source_and_condition(where, query.where, sight)
    if with_score:
        select += ", 0" if where.score is None else f", {SCORE_OF_ROW}"
    text = f"SELECT {select} FROM {source} WHERE {condition}" if condition != TRUE else f"SELECT {select} FROM {source}"
    if query.order or where.near is not None:
        text += where.order(query.order, query.where)
    if query.limit is not None or query.skip:
        text += " LIMIT ? OFFSET ?"
        where.parameters += [-1 if query.limit is None else query.limit, query.skip]
    if where.score is not None and SCORE_OF_ROW in text:
        index, expression = where.score
        text = f"WITH scores AS MATERIALIZED (SELECT t.rowid AS row, -t.rank AS score FROM {index}(?) AS t) {text}"
        where.parameters.insert(0, expression)
    return Statement(text, where.parameters, where.slow, where.missing)


def count_statement(table: Table, query: Query, sight: Sight) -> Statement:
    """The statement that counts every match; skip and limit play no part."""
    where = Where(table)
    source, condition = _source_and_condition(where, query.where, sight)
    return Statement(f"SELECT count(*) FROM {source} WHERE {condition}", where.parameters, where.slow, where.missing)


def group_statement(table: Table, query: Query, select: str, by: str, sight: Sight) -> Statement:
    """The statement that counts groups of every match; ``by`` is what they are told apart by, or nothing."""
    where = Where(table)
    source, condition = _source_and_condition(where, query.where, sight)
    grouped = f" GROUP BY {by}" if by else " HAVING count(*) > 0"
    text = f"SELECT {select} FROM {source} WHERE {condition}{grouped}"
    return Statement(text, where.parameters, where.slow, where.missing)


def _source_and_condition(where: Where, condition: Condition, sight: Sight) -> tuple[str, str]:
    table = where.table
    parts = condition.conditions if type(condition) is And else (condition,)
    reader = next((part for part in parts if type(part) is ReadableBy), None)
    if reader is None or _narrows(table, parts) or not sight.is_little(table, reader.names):
        return f"{table.name} AS o", where.sql(condition)
    # CROSS JOIN: SQLite keeps the order of the two, whatever it thinks of their sizes.
    visible = _visible(where, reader.names)
    rest = all_of(*(part for part in parts if part is not reader))
    return f'({visible}) AS v CROSS JOIN {table.name} AS o ON o."_id" = v.row', where.sql(rest)


def _narrows(table: Table, parts: Sequence[Condition]) -> bool:
    """Whether another condition picks few rows by an index, whoever asks."""
    return any(
        type(part) in (HasId, RelatedTo) or (isinstance(part, (Equals, In)) and part.key in table.indexed_fields)
        for part in parts
    )


def _visible(where: Where, names: frozenset[str]) -> str:
    """The rows that some names see, by the index on ``_acl`` alone."""
    public = "<= 0" if EVERYONE in names else "= 0"
    named = "r.acl > 0" if EVERYONE in names else "r.acl <> 0"
    where.parameters.append(orjson.dumps(sorted(names)).decode())
    table = where.table.name
    return (
        f'SELECT s."_id" AS row FROM {table} AS s WHERE s._acl {public} UNION ALL'
        f' SELECT s."_id" FROM {table} AS s WHERE s._acl IN (SELECT r.acl FROM "_AclRead" AS r'
        f" WHERE {named} AND r.name IN (SELECT w.value FROM json_each(?) AS w))"
    )
