"""Query → SQL. Every value is a parameter, every name is quoted by ``tables.quoted``.

The text says ``o`` for the class's own table. Every condition comes out as true or as not true (false or
NULL), and ``NOT`` asks for 'is not true', so that logic stays two-valued as the query model has it.

Lists are one array parameter each, whatever their length: so there are few different texts, and each is
prepared once. Values inside Object and Array fields are compared as ``jsonb``, which knows 1 from "1" and
true, and does not mind the order of keys. The functions that Parse Server installs, and PostGIS, are not
needed.

Rules: reference/query.md, sections 2, 3 and 5; reference/storage-postgres.md, sections 2, 3 and 9; the
meaning of each condition is ``query.match``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from parsonage.protocol.values import Value, format_date
from parsonage.query.model import (
    SCORE,
    Absent,
    Always,
    And,
    Compare,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HasId,
    Holds,
    HoldsAll,
    In,
    InSubquery,
    LinksTo,
    Matches,
    Never,
    Not,
    Or,
    Present,
    ReadableBy,
    RelatedTo,
    Sort,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
)
from parsonage.query.patterns import compile_pattern
from parsonage.query.places import (
    HALF_RADIANS_PER_DEGREE,
    RADIANS_PER_DEGREE,
    Box,
    boxes_round,
    cosine,
    haversine_of,
)
from parsonage.query.text import search_of
from parsonage.schema.model import FieldType
from parsonage.storage.json_text import to_json_text
from parsonage.storage.postgresql.expressions import advanced
from parsonage.storage.postgresql.tables import Column, Table, join_name, quoted
from parsonage.storage.postgresql.text import tsquery
from parsonage.storage.postgresql.values import JSON_TYPES, to_cell

TRUE, FALSE = "TRUE", "FALSE"

PROVIDER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
"""Names of sign-in providers that may stand in a statement as they are."""


class Where:
    """One condition on its way to SQL: the table it is asked of, and the parameters so far, in order."""

    __slots__ = ("has_pattern", "near", "parameters", "relations", "table", "text")

    def __init__(
        self, table: Table, relations: frozenset[tuple[str, str]], parameters: list[Any] | None = None
    ) -> None:
        """Begin, behind ``parameters`` that the statement has already."""
        self.table = table
        self.relations = relations
        self.parameters: list[Any] = [] if parameters is None else parameters
        self.has_pattern = False
        """Whether a client's regular expression is in it: running out of time is that client's fault then."""
        self.near: WithinDistance | None = None
        """The condition that puts the objects into the order of their distance, where the query names no order."""
        self.text: FullText | None = None
        """The condition whose relevance is the score of an object."""

    def sql(self, condition: Condition) -> str:
        """The condition as SQL text; its parameters are appended."""
        return _WRITERS[type(condition)](self, condition)

    def put(self, value: Any, kind: str) -> str:
        """Append a parameter and answer with its place, typed."""
        self.parameters.append(value)
        return f"${len(self.parameters)}::{kind}"

    def order(self, sorts: Sequence[Sort]) -> str:
        """An ORDER BY clause, with a space before it, or nothing.

        Absent values stand last ascending and first descending (reference/query.md, section 5), as they do
        here by themselves. Equal ones come in the order in which they were made, so that pages neither
        repeat nor lose a row.
        """
        terms = [term for sort in sorts if (term := self._term(sort))]
        if not terms:
            return "" if self.near is None else f" ORDER BY {_haversine(self, self.near)}, {self.table.id}"
        direction = " DESC" if sorts[-1].descending else ""
        keys = {sort.key for sort in sorts}
        if "objectId" not in keys:
            ties = ["objectId"] if "createdAt" in keys or self.table.is_bare else ["createdAt", "objectId"]
            terms += [(self.table.id if tie == "objectId" else f"o.{quoted(tie)}") + direction for tie in ties]
        return f" ORDER BY {', '.join(terms)}"

    def score(self) -> str:
        """The relevance of an object, as Parse Server computes it; 0 where no text is asked for."""
        if self.text is None:
            return "0"
        text, query = _text_and_query(self, self.text)
        # Through its text, for it is a number of four bytes: 0.1 would become 0.10000000149011612.
        return f"ts_rank_cd({text}, {query}, 32)::text::float8"

    def _term(self, sort: Sort) -> str:
        if sort.key == SCORE:
            return "" if self.text is None else f"{self.score()} DESC"
        root, dot, _ = sort.key.partition(".")
        column = self.table.columns.get(root)
        if column is None or column.name is None:
            return ""
        kind = column.field.type
        term = f"o.{column.name}"
        if dot or kind in JSON_TYPES:
            term = f"nullif({place(self, sort.key)}, 'null'::jsonb)"
        elif kind is FieldType.GEO_POINT:
            term += "[1]"  # its latitude: points have no order of their own
        elif kind is FieldType.POLYGON:
            term += "::text"
        return term + (" DESC" if sort.descending else "")


def place(where: Where, key: str) -> str:
    """The ``jsonb`` at a key: a whole column, or a place inside one, where a number may name an element."""
    root, *path = key.split(".")
    column = f"o.{where.table.columns[root].name}"
    return f"({column} #> {where.put(path, 'text[]')})" if path else column


def _always(_where: Where, _condition: Condition) -> str:
    return TRUE


def _never(_where: Where, _condition: Condition) -> str:
    return FALSE


def _and(where: Where, condition: And) -> str:
    return _joined([where.sql(part) for part in condition.conditions], " AND ") or TRUE


def _or(where: Where, condition: Or) -> str:
    return _joined([where.sql(part) for part in condition.conditions], " OR ") or FALSE


def _joined(parts: list[str], word: str) -> str:
    return f"({word.join(parts)})" if len(parts) > 1 else "".join(parts)


def _not(where: Where, condition: Not) -> str:
    return f"({where.sql(condition.condition)}) IS NOT TRUE"


def _has_id(where: Where, condition: HasId) -> str:
    if len(condition.ids) == 1:
        return f"{where.table.id} = {where.put(condition.ids[0], 'text')}"
    return f"{where.table.id} = ANY ({where.put(list(condition.ids), 'text[]')})"


def _column(where: Where, key: str) -> tuple[Column, bool]:
    root, dot, _ = key.partition(".")
    return where.table.columns[root], bool(dot)


def _equals(where: Where, condition: Equals) -> str:
    column, is_inside = _column(where, condition.key)
    if column.name is None:
        return FALSE
    if is_inside:
        return _at_place(where, condition.key, (condition.value,))
    cell, name = to_cell(column.field, condition.value), f"o.{column.name}"
    match column.field.type:
        case FieldType.GEO_POINT:
            assert isinstance(cell, tuple)
            # Their own '~=' takes near ones for the same.
            longitude, latitude = (where.put(part, "double precision") for part in cell)
            return f"({name}[0] = {longitude} AND {name}[1] = {latitude})"
        case FieldType.POLYGON:
            return f"{name}::text = {where.put(cell, 'polygon')}::text"
    return f"{name} = {where.put(cell, column.type)}"


def _in(where: Where, condition: In) -> str:
    column, is_inside = _column(where, condition.key)
    if column.name is None:
        return FALSE
    if is_inside:
        return _at_place(where, condition.key, condition.values)
    if column.field.type in (FieldType.GEO_POINT, FieldType.POLYGON):
        return _or(where, Or(tuple(Equals(condition.key, value) for value in condition.values)))
    cells = [to_cell(column.field, value) for value in condition.values]
    return f"o.{column.name} = ANY ({where.put(cells, f'{column.type}[]')})"


def _json_list(values: Sequence[Value]) -> list[str]:
    return [to_json_text(value) for value in values]


def _elements(source: str) -> str:
    """The elements of a list as a table; none for anything else, whatever PostgreSQL looks at first."""
    return f"jsonb_array_elements(CASE WHEN jsonb_typeof({source}) = 'array' THEN {source} END) AS e(value)"


def _at_place(where: Where, key: str, values: Sequence[Value]) -> str:
    """A place inside an Object or Array has one of these values, or is a list that holds one of them."""
    there, wanted = place(where, key), where.put(_json_list(values), "jsonb[]")
    held = f"EXISTS (SELECT FROM {_elements(there)} WHERE e.value = ANY ({wanted}))"
    return f"({_signed_in(where, key, values)}({there} = ANY ({wanted}) OR {held}))"


def _signed_in(where: Where, key: str, values: Sequence[Value]) -> str:
    """Sign-in ids have indexes of their own, on their text: a log-in need not read every user."""
    path = key.split(".")
    if where.table.schema.name != "_User" or len(path) != 3 or path[0] != "authData" or path[2] != "id":
        return ""
    ids = [value for value in values if isinstance(value, str)]
    if len(ids) < len(values) or not PROVIDER.match(path[1]):
        return ""
    return f"""(o."authData" -> '{path[1]}' ->> 'id') = ANY ({where.put(ids, "text[]")}) AND """


def _is_plain(value: Value) -> bool:
    return value is None or isinstance(value, (str, bool, int, float))


def _holds(where: Where, condition: Holds) -> str:
    there = place(where, condition.key)
    if len(condition.values) == 1 and _is_plain(condition.values[0]):
        return f"{there} @> {where.put(to_json_text([condition.values[0]]), 'jsonb')}"
    wanted = where.put(_json_list(condition.values), "jsonb[]")
    return f"EXISTS (SELECT FROM {_elements(there)} WHERE e.value = ANY ({wanted}))"


def _holds_all(where: Where, condition: HoldsAll) -> str:
    if not condition.values:
        return FALSE
    there = place(where, condition.key)
    # An index can serve this; but it takes a map for held where a larger one is.
    text = f"{there} @> {where.put(to_json_text(list(condition.values)), 'jsonb')}"
    if all(map(_is_plain, condition.values)):
        return text
    wanted = where.put(_json_list(condition.values), "jsonb[]")
    missing = f"NOT EXISTS (SELECT FROM {_elements(there)} WHERE e.value = w.value)"
    return f"({text} AND NOT EXISTS (SELECT FROM unnest({wanted}) AS w(value) WHERE {missing}))"


def _contained_by(where: Where, condition: ContainedBy) -> str:
    there = place(where, condition.key)
    wanted = where.put(_json_list(condition.values), "jsonb[]")
    other = f"EXISTS (SELECT FROM {_elements(there)} WHERE e.value <> ALL ({wanted}))"
    return f"(jsonb_typeof({there}) = 'array' AND NOT {other})"


def _compare(where: Where, condition: Compare) -> str:
    column, is_inside = _column(where, condition.key)
    operator, value = condition.comparison.value, condition.value
    if column.name is None:
        return FALSE
    if not is_inside:
        return f"o.{column.name} {operator} {where.put(to_cell(column.field, value), column.type)}"
    if not isinstance(value, (datetime, str, bool, int, float)):
        return FALSE  # and nothing may be put before: a statement has no use for a parameter that it does not name
    there = place(where, condition.key)
    if isinstance(value, datetime):
        iso = f"""({there} ->> 'iso') COLLATE "C" {operator} {where.put(format_date(value), "text")}"""
        return f"({there} ->> '__type' = 'Date' AND {iso})"
    if isinstance(value, str):
        text = f"""({there} #>> '{{}}') COLLATE "C" {operator} {where.put(value, "text")}"""
        return f"(jsonb_typeof({there}) = 'string' AND {text})"
    kind = "boolean" if isinstance(value, bool) else "number"
    return f"(jsonb_typeof({there}) = '{kind}' AND {there} {operator} {where.put(to_json_text(value), 'jsonb')})"


def _present(where: Where, condition: Present) -> str:
    column, is_inside = _column(where, condition.key)
    if column.name is None:
        return TRUE if column.field.type is FieldType.RELATION else FALSE
    if is_inside or column.field.type in JSON_TYPES:
        return f"{place(where, condition.key)} <> 'null'::jsonb"
    return f"o.{column.name} IS NOT NULL"


def _absent(where: Where, condition: Absent) -> str:
    column, is_inside = _column(where, condition.key)
    if column.name is None or is_inside or column.field.type in JSON_TYPES:
        return f"({_present(where, Present(condition.key))}) IS NOT TRUE"
    return f"o.{column.name} IS NULL"


def _matches(where: Where, condition: Matches) -> str:
    column, is_inside = _column(where, condition.key)
    if column.name is None:
        return FALSE
    pattern = compile_pattern(condition.pattern, condition.options)
    if not is_inside and column.field.type is FieldType.STRING:
        if pattern.prefix is not None:
            return f"o.{column.name} ^@ {where.put(pattern.prefix, 'text')}"
        where.has_pattern = True
        return f"o.{column.name} ~ {where.put(advanced(condition.pattern, condition.options), 'text')}"
    where.has_pattern = True
    there, expression = place(where, condition.key), where.put(advanced(condition.pattern, condition.options), "text")
    itself = f"jsonb_typeof({there}) = 'string' AND ({there} #>> '{{}}') ~ {expression}"
    held = f"jsonb_typeof(e.value) = 'string' AND (e.value #>> '{{}}') ~ {expression}"
    return f"(({itself}) OR EXISTS (SELECT FROM {_elements(there)} WHERE {held}))"


def _full_text(where: Where, condition: FullText) -> str:
    if search_of(condition).is_empty:
        return FALSE
    if where.text is None:
        where.text = condition
    text, query = _text_and_query(where, condition)
    found = f"{text} @@ {query}"
    if condition.case_sensitive:
        exact = "|".join(_literal(said.text) for said in search_of(condition).wanted)
        pattern = where.put(f"(?:^|[^[:alnum:]_])(?:{exact})", "text")
        found = f"({found} AND {_said_text(where, condition)} ~ {pattern})"
    return found


def _text_and_query(where: Where, condition: FullText) -> tuple[str, str]:
    language = f"'{condition.language}'::regconfig"  # a name of our own list
    text = f"to_tsvector({language}, {_said_text(where, condition)})"
    return text, f"to_tsquery({language}, {where.put(tsquery(search_of(condition)), 'text')})"


def _said_text(where: Where, condition: FullText) -> str:
    column = f"o.{where.table.columns[condition.key].name}"
    if condition.diacritic_sensitive:
        return column
    # What 'unaccent' would do, which not every server has.
    return f"regexp_replace(normalize({column}, NFD), '[\u0300-\u036f]', '', 'g')"


def _literal(text: str) -> str:
    return re.sub(r"\W", r"\\\g<0>", text)


def _within_distance(where: Where, condition: WithinDistance) -> str:
    if condition.nearest_first and where.near is None:
        where.near = condition
    place = f"o.{where.table.columns[condition.key].name}"
    if condition.radians is None:
        return f"{place} IS NOT NULL"
    # The boxes are there for an index of the app's own; PostGIS is not needed.
    nearby = _joined([_in_box(where, place, box) for box in boxes_round(condition.centre, condition.radians)], " OR ")
    farthest = where.put(haversine_of(condition.radians), "double precision")
    return f"({nearby} AND {_haversine(where, condition)} <= {farthest})"


def _haversine(where: Where, condition: WithinDistance) -> str:
    """The same formula as ``places.haversine``."""
    place, centre = f"o.{where.table.columns[condition.key].name}", condition.centre
    latitude, longitude = (where.put(part, "double precision") for part in (centre.latitude, centre.longitude))
    across = f"power(sin(({place}[0] - {longitude}) * '{HALF_RADIANS_PER_DEGREE!r}'::float8), 2)"
    along = f"power(sin(({place}[1] - {latitude}) * '{HALF_RADIANS_PER_DEGREE!r}'::float8), 2)"
    factor = where.put(cosine(centre), "double precision")
    return f"({along} + {factor} * cos({place}[1] * '{RADIANS_PER_DEGREE!r}'::float8) * {across})"


def _in_box(where: Where, place: str, box: Box) -> str:
    return f"{place} <@ {where.put(((box.east, box.north), (box.west, box.south)), 'box')}"


def _within_box(where: Where, condition: WithinBox) -> str:
    return _in_box(where, f"o.{where.table.columns[condition.key].name}", condition.box)


def _within_polygon(where: Where, condition: WithinPolygon) -> str:
    corners = tuple((corner.longitude, corner.latitude) for corner in condition.corners)
    return f"o.{where.table.columns[condition.key].name} <@ {where.put(corners, 'polygon')}"


def _surrounds(where: Where, condition: Surrounds) -> str:
    place = (condition.place.longitude, condition.place.latitude)
    return f"o.{where.table.columns[condition.key].name} @> {where.put(place, 'point')}"


def _related_to(where: Where, condition: RelatedTo) -> str:
    owner = condition.owner
    if (owner.class_name, condition.key) not in where.relations:
        return FALSE
    join = quoted(join_name(owner.class_name, condition.key))
    owned = f'SELECT j."relatedId" FROM {join} AS j WHERE j."owningId" = {where.put(owner.object_id, "text")}'
    return f"{where.table.id} IN ({owned})"


def _links_to(where: Where, condition: LinksTo) -> str:
    join = where.table.joins.get(condition.key)
    if join is None:
        return FALSE
    ids = where.put(list(condition.ids), "text[]")
    return f'{where.table.id} IN (SELECT j."owningId" FROM {join} AS j WHERE j."relatedId" = ANY ({ids}))'


def _readable_by(where: Where, condition: ReadableBy) -> str:
    return _named(where, "_rperm", condition.names)


def _writable_by(where: Where, condition: WritableBy) -> str:
    return _named(where, "_wperm", condition.names)


def _named(where: Where, column: str, names: frozenset[str]) -> str:
    if where.table.is_bare:
        return TRUE
    return f'(o."{column}" IS NULL OR o."{column}" && {where.put(sorted(names), "text[]")})'


def _subquery(_where: Where, _condition: Condition) -> str:
    raise AssertionError("sub-queries are carried out before a query reaches storage")


_WRITERS: dict[type, Callable[[Where, Any], str]] = {
    Always: _always,
    Never: _never,
    And: _and,
    Or: _or,
    Not: _not,
    HasId: _has_id,
    Equals: _equals,
    In: _in,
    Holds: _holds,
    HoldsAll: _holds_all,
    ContainedBy: _contained_by,
    Compare: _compare,
    Present: _present,
    Absent: _absent,
    Matches: _matches,
    FullText: _full_text,
    WithinDistance: _within_distance,
    WithinBox: _within_box,
    WithinPolygon: _within_polygon,
    Surrounds: _surrounds,
    RelatedTo: _related_to,
    LinksTo: _links_to,
    ReadableBy: _readable_by,
    WritableBy: _writable_by,
    InSubquery: _subquery,
}
