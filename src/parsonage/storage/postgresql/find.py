"""Statements that read: find, get by id, and count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from parsonage.query.model import And, HasId, Query, ReadableBy
from parsonage.storage.postgresql.tables import Table
from parsonage.storage.postgresql.where import TRUE, Where


class Statement(msgspec.Struct, frozen=True):
    """A query as SQL."""

    sql: str
    parameters: Sequence[Any]
    has_pattern: bool = False


class ById(msgspec.Struct, frozen=True):
    """The hottest question: one object by its id, and who asks; ``names`` ``None`` is the master key."""

    object_id: str
    names: frozenset[str] | None


def by_id(query: Query) -> ById | None:
    """The question for one object by its id, if the query is no more than that."""
    where = query.where
    if query.skip or query.limit == 0:
        return None
    if type(where) is HasId and len(where.ids) == 1:
        return ById(where.ids[0], None)
    if type(where) is And and len(where.conditions) == 2:
        first, second = where.conditions
        if type(first) is ReadableBy:
            first, second = second, first
        if type(first) is HasId and type(second) is ReadableBy and len(first.ids) == 1:
            return ById(first.ids[0], second.names)
    return None


def find_statement(
    table: Table, relations: frozenset[tuple[str, str]], query: Query, select: str, *, with_score: bool = False
) -> Statement:
    """The statement of a find. ``with_score`` puts the relevance of each object behind its columns."""
    where = Where(table, relations)
    source = _from_where("", where, query)
    score = f", {where.score()}" if with_score else ""
    text = f"SELECT {select}{score}{source}{where.order(query.order)}"
    if query.limit is not None:
        text += f" LIMIT {where.put(query.limit, 'bigint')}"
    if query.skip:
        text += f" OFFSET {where.put(query.skip, 'bigint')}"
    return Statement(text, where.parameters, where.has_pattern)


def count_statement(table: Table, relations: frozenset[tuple[str, str]], query: Query) -> Statement:
    """The statement that counts every match, exactly (PB031); skip and limit play no part."""
    where = Where(table, relations)
    return Statement(_from_where("SELECT count(*)", where, query), where.parameters, where.has_pattern)


def group_statement(
    table: Table, relations: frozenset[tuple[str, str]], query: Query, select: str, by: str
) -> Statement:
    """The statement that counts groups of every match; ``by`` is what they are told apart by, or nothing."""
    where = Where(table, relations)
    grouped = f" GROUP BY {by}" if by else " HAVING count(*) > 0"
    text = _from_where(f"SELECT {select}", where, query) + grouped
    return Statement(text, where.parameters, where.has_pattern)


def _from_where(select: str, where: Where, query: Query) -> str:
    condition = where.sql(query.where)
    text = f"{select} FROM {where.table.name} AS o"
    return text if condition == TRUE else f"{text} WHERE {condition}"
