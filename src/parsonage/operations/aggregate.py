"""Aggregations: pipelines and distinct values. For the master key, so neither ACLs nor permissions are asked.

The database carries out what it can at the beginning: the condition, the order, skip and limit, and it reads
only the fields that are looked at. The rest runs in a thread, over documents.

Rules: reference/query.md, section 9; PB061, PB062 and PB063.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from parsonage.commands.aggregates import Aggregate, Distinct, Pipeline, read_aggregate
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.operations.files import expand_files
from parsonage.operations.find import read
from parsonage.operations.house import House
from parsonage.operations.subqueries import carry_out_subqueries
from parsonage.protocol.encoding import encode
from parsonage.protocol.errors import NeedsMasterKey, OperationForbidden
from parsonage.protocol.values import File, Value, format_date, parse_date
from parsonage.query.expressions import Document, field
from parsonage.query.grouping import Grouping
from parsonage.query.model import Query
from parsonage.query.stages import Filter, Limit, Order, Reshape, Skip, Stage, distinct
from parsonage.query.typed import typed
from parsonage.schema.model import ClassSchema
from parsonage.storage.json_text import from_json

_SHOWN = re.compile(r"[A-Za-z][0-9A-Za-z_]*\Z", re.ASCII)


async def aggregate(house: House, call: Call, caller: Caller, command: Aggregate) -> Plain:
    """Carry a pipeline out, or list different values. A class that does not exist has no objects."""
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only and not house.options.access.read_only_aggregation:
        raise OperationForbidden("Cannot run an aggregation pipeline when using the readOnlyMasterKey")
    asked = read_aggregate(command.parameters)
    schema = await house.schemas.get(command.class_name)
    if schema is None:
        return Plain({"results": []})
    query = Query(schema.name, asked.where)
    stages: Sequence[Stage] = ()
    if isinstance(asked, Pipeline):
        query, stages = _asked_of_storage(query, asked.stages)
    query = typed(await carry_out_subqueries(house, call, caller, query, read, read), schema)
    if isinstance(asked, Pipeline) and asked.explain:
        return Plain({"results": await house.storage.explain(schema, query)})
    if isinstance(asked, Distinct):
        results = await _distinct(house, call, schema, query, asked.key)
    else:
        results = await _carried_through(house, call, schema, query, stages)
    return Plain({"results": results})


async def _carried_through(
    house: House, call: Call, schema: ClassSchema, query: Query, stages: Sequence[Stage]
) -> list[Any]:
    grouping = _counted_by_storage(schema, query, stages)
    if grouping is not None:
        counted = await house.storage.group(schema, query, grouping)
        return await asyncio.to_thread(lambda: list(map(_shown, _run(stages[1:], counted))))
    found = await house.storage.find(schema, query, _fields_read(schema, stages))

    def carried_out() -> list[Any]:
        rows = found.wire()
        expand_files(house, call, schema, rows)
        return list(map(_shown, _run(stages, list(map(_document, rows)))))

    return await asyncio.to_thread(carried_out)


def _run(stages: Sequence[Stage], documents: list[Document]) -> list[Document]:
    for stage in stages:
        documents = stage.run(documents)
    return documents


def _counted_by_storage(schema: ClassSchema, query: Query, stages: Sequence[Stage]) -> Grouping | None:
    """The groups that the database can count by itself, if that is what comes next and nothing was cut before."""
    first = next(iter(stages), None)
    grouping = first.grouping if isinstance(first, Reshape) else None
    if grouping is None or query.skip or query.limit is not None or not grouping.fits(schema):
        return None
    return grouping


async def _distinct(house: House, call: Call, schema: ClassSchema, query: Query, key: str) -> list[Any]:
    root = key.split(".", 1)[0]
    if root not in schema.fields:
        return []
    grouping = Grouping(key)
    if grouping.fits(schema):
        counted = await house.storage.group(schema, query, grouping)
        return [_listed(value) for value in distinct(group["objectId"] for group in counted)]
    found = await house.storage.find(schema, query, (root,))
    value_of = field(key).of

    def carried_out() -> list[Any]:
        rows = found.wire()
        expand_files(house, call, schema, rows)
        return [_listed(value) for value in distinct(value_of(_document(row)) for row in rows)]

    return await asyncio.to_thread(carried_out)


def _listed(value: Value) -> Any:
    """One of the different values, as Parse Server lists it: a date as a text, a file by its name."""
    match value:
        case datetime():
            return format_date(value)
        case File(name):
            return name
    return encode(value)


def _asked_of_storage(query: Query, pipeline: Sequence[Stage]) -> tuple[Query, Sequence[Stage]]:
    """What the database can carry out at the beginning of a pipeline, and the stages that are left."""
    for place, stage in enumerate(pipeline):
        is_paged = query.skip or query.limit is not None
        match stage:
            case Filter(where) if not (is_paged or query.order):
                query = query.also(where)
            case Order(sorts) if not (is_paged or query.order):
                query = msgspec.structs.replace(query, order=sorts)
            case Skip(number) if not is_paged:
                query = msgspec.structs.replace(query, skip=number)
            case Limit(number) if query.limit is None:
                query = msgspec.structs.replace(query, limit=number)
            case _:
                return query, pipeline[place:]
    return query, ()


def _fields_read(schema: ClassSchema, stages: Sequence[Stage]) -> tuple[str, ...] | None:
    """The fields that the stages look at, as far as the first one that makes other documents tells."""
    first = next(iter(stages), None)
    if not isinstance(first, Reshape) or first.fields is None:
        return None
    return tuple(name for name in schema.fields if name in first.fields)


def _document(row: dict[str, Any]) -> Document:
    """An object as values, without its ACL and without the markers of relations (PB063)."""
    document: Document = {}
    for key, json in row.items():
        if key in ("createdAt", "updatedAt"):
            document[key] = parse_date(json)
        elif key != "ACL" and not (isinstance(json, dict) and json.get("__type") == "Relation"):
            document[key] = from_json(json)
    return document


def _shown(document: Document) -> dict[str, Any]:
    """A document as it stands in the answer: absent values are left out, but for the id of a group."""
    shown: dict[str, Any] = {}
    for key, value in document.items():
        if _SHOWN.match(key) and (value is not None or key == "objectId"):
            shown[key] = _date_or_value(key, value)
    return shown


def _date_or_value(key: str, value: Value) -> Any:
    if key in ("createdAt", "updatedAt") and isinstance(value, datetime):
        return format_date(value)
    return encode(value)
