"""Query → SQL. Every value is a parameter, every name is quoted by ``tables.quoted``.

The text says ``o`` for the class's own table. Every condition comes out as true or as not true (0 or
NULL), and ``NOT`` asks for 'is not true', so that logic stays two-valued as the query model has it.

Lists are one JSON parameter each, whatever their length: so there are few different texts, and each is
prepared once.

Rules: reference/query.md, sections 2, 3 and 5; the meaning of each condition is ``query.match``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from parsonage.protocol.acl import EVERYONE
from parsonage.protocol.encoding import encode
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
    box_round,
    boxes_round,
    cosine,
    haversine_of,
)
from parsonage.query.text import search_of
from parsonage.schema.model import FieldType
from parsonage.storage.json_text import to_json_text
from parsonage.storage.sqlite.functions import MATCHES, PLACE, SAYS_EXACTLY, SORTED, WITHIN
from parsonage.storage.sqlite.tables import Table, quoted
from parsonage.storage.sqlite.texts import TextIndex, match_expression, text_index
from parsonage.storage.sqlite.values import Cell, has_one_form, to_cells

TRUE, FALSE = "1", "0"

_LISTED = "(SELECT w.value FROM json_each(?) AS w)"
_CELL_LISTS = frozenset(
    {FieldType.STRING, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.DATE, FieldType.POINTER, FieldType.FILE}
)
"""Types whose cells JSON can carry as they are."""


class Where:
    """One condition on its way to SQL: the table it is asked of, and the parameters so far, in order."""

    __slots__ = ("missing", "near", "parameters", "score", "slow", "table")

    def __init__(self, table: Table) -> None:
        self.table = table
        self.parameters: list[Any] = []
        self.slow = False
        """Whether it may take long whatever the rows are: it must not run on the event loop."""
        self.near: WithinDistance | None = None
        """The condition that puts the objects into the order of their distance, where the query names no order."""
        self.score: tuple[str, str] | None = None
        """The index of texts whose relevance is the score of an object, and the search in it."""
        self.missing: list[TextIndex] = []
        """Indexes of texts that must be made before the statement can be run."""

    def sql(self, condition: Condition) -> str:
        """The condition as SQL text; its parameters are appended."""
        return _WRITERS[type(condition)](self, condition)

    def order(self, sorts: Sequence[Sort], where: Condition) -> str:
        """An ORDER BY clause, with a space before it, or nothing.

        Absent values stand last ascending and first descending (reference/query.md, section 5). Equal
        ones come in the order in which they were stored, so that pages neither repeat nor lose a row.
        """
        terms = [term for sort in sorts if (term := self._term(sort, where))]
        if not terms:
            return "" if self.near is None else f' ORDER BY {_haversine(self, self.near)}, o."_id"'
        backwards = " DESC" if sorts[-1].descending else ""
        return f' ORDER BY {", ".join(terms)}, o."_id"{backwards}'

    def _term(self, sort: Sort, where: Condition) -> str:
        if sort.key == SCORE:
            return "" if self.score is None else f"{SCORE_OF_ROW} DESC"
        root, *path = sort.key.split(".")
        column = self.table.columns.find(root)
        if column is None or not column.cells:
            return ""
        direction = " DESC" if sort.descending else ""
        if path:
            value = _Place(self, sort.key).value()
        else:
            value = f"o.{column.cells[0]}"
            if root in _NEVER_NULL or _demands(where, root):
                return value + direction
        return value + (" DESC NULLS FIRST" if sort.descending else " NULLS LAST")


_NEVER_NULL = frozenset({"objectId", "createdAt", "updatedAt"})


def _demands(where: Condition, key: str) -> bool:
    """Whether a condition lets through no object without this field: NULLs need no place in the order then."""
    parts = where.conditions if isinstance(where, And) else (where,)
    return any(isinstance(part, (Equals, In, Compare, Present, Matches)) and part.key == key for part in parts)


class _Place:
    """Where a key leads: a column of JSON text, or a place inside one. Each use appends the parameters it needs."""

    __slots__ = ("_inner", "_path", "_source", "_where")

    def __init__(self, where: Where, key: str) -> None:
        root, *path = key.split(".")
        column = where.table.columns[root]
        self._where = where
        self._source = f"o.{column.cells[0]}"
        self._path: str | None = None
        self._inner: str | None = None
        if not path:
            return
        first, *rest = path
        if any(key.isdecimal() for key in rest) or any('"' in key for key in path):
            # A number further in is a key of a map or a place in a list: only the value itself can tell.
            self._inner = ".".join(path)
            self._source = f"{PLACE}({self._source}, ?)"
        else:
            in_list = column.field.type is FieldType.ARRAY and first.isdecimal()
            self._path = "$" + (f"[{first}]" if in_list else f'."{first}"') + "".join(f'."{key}"' for key in rest)

    def _called(self, function: str, more: str = "") -> str:
        if self._inner is not None:
            self._where.parameters.append(self._inner)
        if self._path is not None:
            self._where.parameters.append(self._path + more)
        elif more or function == "json_extract":
            self._where.parameters.append("$" + more)
        else:
            return f"{function}({self._source})"
        return f"{function}({self._source}, ?)"

    def kind(self) -> str:
        """The JSON type of what is there; NULL for nothing."""
        return self._called("json_type")

    def value(self, more: str = "") -> str:
        """The text, number or JSON text of what is there, or of a place further in."""
        return self._called("json_extract", more)

    def items(self) -> str:
        """A table of what is there: the items of a list, the members of a map, or the one value."""
        return self._called("json_each")


def _always(_where: Where, _condition: Condition) -> str:
    return TRUE


def _never(_where: Where, _condition: Condition) -> str:
    return FALSE


def _and(where: Where, condition: And) -> str:
    return _joined([where.sql(part) for part in condition.conditions], " AND ") or TRUE


def _or(where: Where, condition: Or) -> str:
    return _joined([where.sql(part) for part in condition.conditions], " OR ") or FALSE


def _joined(parts: list[str], word: str) -> str:
    # SQLite bounds the depth of an expression, and reads a chain as one as deep as it is long.
    while len(parts) > 50:
        parts = [_joined(parts[start : start + 50], word) for start in range(0, len(parts), 50)]
    return f"({word.join(parts)})" if len(parts) > 1 else "".join(parts)


def _not(where: Where, condition: Not) -> str:
    return f"({where.sql(condition.condition)}) IS NOT TRUE"


def _has_id(where: Where, condition: HasId) -> str:
    if len(condition.ids) == 1:
        where.parameters.append(condition.ids[0])
        return 'o."objectId" = ?'
    where.parameters.append(_json_list(condition.ids))
    return f'o."objectId" IN {_LISTED}'


def _equals(where: Where, condition: Equals) -> str:
    root, dot, _ = condition.key.partition(".")
    column = where.table.columns[root]
    kind = column.field.type
    if dot:
        return _at_place(where, condition.key, (condition.value,))
    if kind in (FieldType.OBJECT, FieldType.ARRAY):
        return _json_equals(where, f"o.{column.cells[0]}", condition.value, "object")
    cells = to_cells(column.field, condition.value)
    where.parameters.extend(cells)
    return " AND ".join(f"o.{name} = ?" for name in column.cells)


def _in(where: Where, condition: In) -> str:
    root, dot, _ = condition.key.partition(".")
    column = where.table.columns[root]
    if dot:
        return _at_place(where, condition.key, condition.values)
    if column.field.type not in _CELL_LISTS:
        return _or(where, Or(tuple(Equals(condition.key, value) for value in condition.values)))
    where.parameters.append(_json_list([to_cells(column.field, value)[0] for value in condition.values]))
    return f"o.{column.cells[0]} IN {_LISTED}"


def _json_list(cells: Iterable[Cell]) -> str:
    return to_json_text([*cells])


def _json_equals(where: Where, source: str, value: Value, kind: str) -> str:
    """A column of JSON text holds exactly this value. Maps are laid out alike first: the order of keys is free."""
    if has_one_form(value):
        where.parameters.append(to_json_text(value))
        return f"{source} = ?"
    where.parameters.append(orjson.dumps(encode(value), option=orjson.OPT_SORT_KEYS).decode())
    return f"{SORTED}('{kind}', {source}) = ?"


def _item_equals(values: Sequence[Value], item_kind: str, item: str) -> str:
    """An item of JSON is the same as an item ``w`` of the list asked for: by type as well, ``1`` is not ``true``."""
    if all(map(has_one_form, values)):
        return f"{item_kind} = w.type AND {item} IS w.value"
    return f"{item_kind} = w.type AND {SORTED}({item_kind}, {item}) IS {SORTED}(w.type, w.value)"


def _wanted(where: Where, values: Sequence[Value]) -> str:
    where.parameters.append(to_json_text(list(values)))
    return "json_each(?) AS w"


def _at_place(where: Where, key: str, values: Sequence[Value]) -> str:
    """A place inside an Object or Array has one of these values, or is a list that holds one of them."""
    signed_in = _signed_in(where, key, values)
    wanted = _wanted(where, values)
    place = _Place(where, key)
    if all(map(has_one_form, values)):
        itself = f"{place.kind()} = w.type AND {place.value()} IS w.value"
    else:
        itself = f"{place.kind()} = w.type AND {SORTED}({place.kind()}, {place.value()}) IS {SORTED}(w.type, w.value)"
    held = (
        f"{place.kind()} = 'array' AND EXISTS (SELECT 1 FROM {place.items()} AS e"
        f" WHERE {_item_equals(values, 'e.type', 'e.value')})"
    )
    return f"({signed_in}EXISTS (SELECT 1 FROM {wanted} WHERE ({itself}) OR ({held})))"


def _signed_in(where: Where, key: str, values: Sequence[Value]) -> str:
    """Sign-in ids have a table of their own: a log-in need not read every user."""
    path = key.split(".")
    if where.table.schema.name != "_User" or len(path) != 3 or path[0] != "authData" or path[2] != "id":
        return ""
    ids = [value for value in values if isinstance(value, str)]
    if len(ids) < len(values):
        return ""
    where.parameters += [path[1], _json_list(ids)]
    return (
        f'o."objectId" IN (SELECT a."objectId" FROM "_AuthData" AS a WHERE a.provider = ? AND a.id IN {_LISTED}) AND '
    )


def _holds(where: Where, condition: Holds) -> str:
    place = _Place(where, condition.key)
    is_list = _is_list(place, condition.key)
    items = place.items()
    wanted = _wanted(where, condition.values)
    same = _item_equals(condition.values, "e.type", "e.value")
    return f"({is_list}EXISTS (SELECT 1 FROM {items} AS e JOIN {wanted} ON {same}))"


def _holds_all(where: Where, condition: HoldsAll) -> str:
    if not condition.values:
        return FALSE
    place = _Place(where, condition.key)
    is_list = _is_list(place, condition.key)
    wanted = _wanted(where, condition.values)
    items = place.items()
    same = _item_equals(condition.values, "e.type", "e.value")
    return f"({is_list}NOT EXISTS (SELECT 1 FROM {wanted} WHERE NOT EXISTS (SELECT 1 FROM {items} AS e WHERE {same})))"


def _contained_by(where: Where, condition: ContainedBy) -> str:
    place = _Place(where, condition.key)
    is_list = _is_list(place, condition.key)
    items = place.items()
    wanted = _wanted(where, condition.values)
    same = _item_equals(condition.values, "e.type", "e.value")
    return f"({is_list}NOT EXISTS (SELECT 1 FROM {items} AS e WHERE NOT EXISTS (SELECT 1 FROM {wanted} WHERE {same})))"


def _is_list(place: _Place, key: str) -> str:
    return f"{place.kind()} = 'array' AND " if "." in key else f"{place.kind()} IS NOT NULL AND "


def _compare(where: Where, condition: Compare) -> str:
    root, dot, _ = condition.key.partition(".")
    column = where.table.columns[root]
    operator = condition.comparison.value
    if not dot:
        where.parameters.append(to_cells(column.field, condition.value)[0])
        return f"o.{column.cells[0]} {operator} ?"
    place, value = _Place(where, condition.key), condition.value
    if isinstance(value, datetime):
        text = f"({place.value('.__type')} = 'Date' AND {place.value('.iso')} {operator} ?)"
        where.parameters.append(format_date(value))
        return text
    if isinstance(value, bool):
        kinds = "('true', 'false')"
    elif isinstance(value, (int, float)):
        kinds = "('integer', 'real')"
    elif isinstance(value, str):
        kinds = "('text')"
    else:
        return FALSE
    text = f"({place.kind()} IN {kinds} AND {place.value()} {operator} ?)"
    where.parameters.append(value)
    return text


def _present(where: Where, condition: Present) -> str:
    root, dot, _ = condition.key.partition(".")
    column = where.table.columns[root]
    if dot:
        return f"coalesce({_Place(where, condition.key).kind()}, 'null') <> 'null'"
    if not column.cells:
        return TRUE if column.field.type is FieldType.RELATION else FALSE
    return f"o.{column.cells[0]} IS NOT NULL"


def _absent(where: Where, condition: Absent) -> str:
    root, dot, _ = condition.key.partition(".")
    column = where.table.columns[root]
    if dot or not column.cells:
        return f"NOT ({_present(where, Present(condition.key))})"
    return f"o.{column.cells[0]} IS NULL"


def _matches(where: Where, condition: Matches) -> str:
    column = where.table.columns[condition.key.split(".", 1)[0]]
    pattern = compile_pattern(condition.pattern, condition.options)
    where.slow = where.slow or not pattern.linear
    if column.field.type is not FieldType.STRING:
        place = _Place(where, condition.key)
        text = (
            f"{place.kind()} IN ('text', 'array') AND EXISTS (SELECT 1 FROM {place.items()} AS e"
            f" WHERE e.type = 'text' AND {MATCHES}(e.value, ?, ?))"
        )
        where.parameters += [condition.pattern, condition.options]
        return f"({text})"
    cell = f"o.{column.cells[0]}"
    if pattern.prefix is None:
        where.parameters += [condition.pattern, condition.options]
        return f"{MATCHES}({cell}, ?, ?)"
    where.parameters.append(pattern.prefix)
    end = _after_prefix(pattern.prefix)
    if end is None:
        return f"{cell} >= ?"
    where.parameters.append(end)
    return f"({cell} >= ? AND {cell} < ?)"


def _after_prefix(prefix: str) -> str | None:
    """The first text, by code points, behind all that begin with a prefix; ``None`` if there is none."""
    shortened = prefix.rstrip("\U0010ffff")
    if not shortened:
        return None
    following = ord(shortened[-1]) + 1
    if following == 0xD800:
        following = 0xE000  # no text holds a surrogate
    return shortened[:-1] + chr(following)


SCORE_OF_ROW = '(SELECT s.score FROM scores AS s WHERE s.row = o."_id")'
"""The relevance of an object, in a statement that begins with the table ``scores``."""


def _full_text(where: Where, condition: FullText) -> str:
    search = search_of(condition)
    if search.is_empty:
        return FALSE
    where.slow = True  # nothing interrupts the index at its work, and a beginning of a word may be found everywhere
    column = where.table.columns[condition.key]
    index = text_index(where.table.names, where.table.schema.name, condition)
    if index.name not in where.table.names.texts:
        where.missing.append(index)
    expression = match_expression(search)
    if where.score is None:
        where.score = (quoted(index.name), expression)
    where.parameters.append(expression)
    found = f'o."_id" IN (SELECT t.rowid FROM {quoted(index.name)}(?) AS t)'
    if condition.case_sensitive:
        where.parameters += [condition.term, int(condition.diacritic_sensitive)]
        found = f"({found} AND {SAYS_EXACTLY}(o.{column.cells[0]}, ?, ?))"
    return found


def _within_distance(where: Where, condition: WithinDistance) -> str:
    if condition.nearest_first and where.near is None:
        where.near = condition
    column = where.table.columns[condition.key]
    if condition.radians is None:
        return " AND ".join(f"o.{cell} IS NOT NULL" for cell in column.cells)
    nearby = _in_boxes(where, condition.key, boxes_round(condition.centre, condition.radians))
    distance = _haversine(where, condition)
    where.parameters.append(haversine_of(condition.radians))
    return f"({nearby} AND {distance} <= ?)"


def _haversine(where: Where, condition: WithinDistance) -> str:
    """The same formula as ``places.haversine``."""
    latitude, longitude = (f"o.{cell}" for cell in where.table.columns[condition.key].cells)
    centre = condition.centre
    where.parameters += [centre.latitude, cosine(centre), centre.longitude]
    return (
        f"(pow(sin(({latitude} - ?) * {HALF_RADIANS_PER_DEGREE!r}), 2) + ? * cos({latitude} * {RADIANS_PER_DEGREE!r})"
        f" * pow(sin(({longitude} - ?) * {HALF_RADIANS_PER_DEGREE!r}), 2))"
    )


def _in_boxes(where: Where, key: str, boxes: Sequence[Box]) -> str:
    """What the index of places finds in these boxes: what is just outside may be among it, too."""
    index = where.table.places[key]
    overlapping = f"SELECT p.id FROM {index} AS p WHERE p.south <= ? AND p.north >= ? AND p.west <= ? AND p.east >= ?"
    for box in boxes:
        where.parameters += [box.north, box.south, box.east, box.west]
    return f'o."_id" IN ({" UNION ALL ".join([overlapping] * len(boxes))})'


def _within_box(where: Where, condition: WithinBox) -> str:
    box = condition.box
    nearby = _in_boxes(where, condition.key, [box])
    latitude, longitude = (f"o.{cell}" for cell in where.table.columns[condition.key].cells)
    where.parameters += [box.south, box.north, box.west, box.east]
    return f"({nearby} AND {latitude} BETWEEN ? AND ? AND {longitude} BETWEEN ? AND ?)"


_FEW_CORNERS = 100
"""So many are looked at within some microseconds, while the clock stands still for the statement."""


def _within_polygon(where: Where, condition: WithinPolygon) -> str:
    where.slow = where.slow or len(condition.corners) > _FEW_CORNERS
    nearby = _in_boxes(where, condition.key, [box_round(condition.corners)])
    latitude, longitude = (f"o.{cell}" for cell in where.table.columns[condition.key].cells)
    where.parameters.append(
        orjson.dumps([(corner.latitude, corner.longitude) for corner in condition.corners]).decode()
    )
    return f"({nearby} AND {WITHIN}(?, {latitude}, {longitude}))"


def _surrounds(where: Where, condition: Surrounds) -> str:
    where.slow = True  # nobody knows how many corners the stored ones have
    place = condition.place
    nearby = _in_boxes(where, condition.key, [Box(place.latitude, place.longitude, place.latitude, place.longitude)])
    corners = f"json_extract(o.{where.table.columns[condition.key].cells[0]}, '$.coordinates')"
    where.parameters += [place.latitude, place.longitude]
    return f"({nearby} AND {WITHIN}({corners}, ?, ?))"


def _related_to(where: Where, condition: RelatedTo) -> str:
    owner = condition.owner
    names = where.table.names
    if (owner.class_name, condition.key) not in names.relations:
        return FALSE
    where.parameters.append(owner.object_id)
    join = quoted(names.join(owner.class_name, condition.key))
    return f'o."objectId" IN (SELECT j."relatedId" FROM {join} AS j WHERE j."owningId" = ?)'


def _links_to(where: Where, condition: LinksTo) -> str:
    join = where.table.joins.get(condition.key)
    if join is None:
        return FALSE
    where.parameters.append(_json_list(condition.ids))
    return f'o."objectId" IN (SELECT j."owningId" FROM {join} AS j WHERE j."relatedId" IN {_LISTED})'


def _readable_by(where: Where, condition: ReadableBy) -> str:
    """Walks the rows and asks for each: ``find`` has another way for callers who see little."""
    names = condition.names - {EVERYONE}
    # The + keeps the planner from an index on _acl, which is no help where most rows are visible.
    public = "+o._acl = 0" if names == condition.names else "+o._acl <= 0"
    if not names:
        return public
    where.parameters.append(_json_list(sorted(names)))
    return f'({public} OR EXISTS (SELECT 1 FROM "_AclRead" AS r WHERE r.acl = o._acl AND r.name IN {_LISTED}))'


def _writable_by(where: Where, condition: WritableBy) -> str:
    where.parameters.append(_json_list(sorted(condition.names)))
    return f'(+o._acl = 0 OR EXISTS (SELECT 1 FROM "_AclWrite" AS r WHERE r.acl = o._acl AND r.name IN {_LISTED}))'


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
