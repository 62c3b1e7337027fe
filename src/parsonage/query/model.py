"""Query and its conditions: a closed set of small types.

Clients' words become these in ``read``; ``typed`` lays them against a class, so that every engine is
given the same well-typed questions; ``match`` answers them for one object and is the oracle for all
compilers. Logic is two-valued: a condition on a field that an object lacks is false, and ``Not`` turns
it true (PB039, PB040).

Keys are field names, or dotted paths into an Object (a number names an element of a list).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

import msgspec

from parsonage.protocol.values import GeoPoint, Pointer, Value
from parsonage.query.places import Box


class Always(msgspec.Struct, frozen=True):
    """Every object."""


class Never(msgspec.Struct, frozen=True):
    """No object."""


class Equals(msgspec.Struct, frozen=True):
    """The field has this value, deep and by type; null is ``Absent``. On an Array: exactly this list."""

    key: str
    value: Value


class In(msgspec.Struct, frozen=True):
    """The field has one of these values; none of them is null."""

    key: str
    values: tuple[Value, ...]


class Holds(msgspec.Struct, frozen=True):
    """An Array field holds at least one of these values."""

    key: str
    values: tuple[Value, ...]


class HoldsAll(msgspec.Struct, frozen=True):
    """An Array field holds every one of these values; with no values it is never true."""

    key: str
    values: tuple[Value, ...]


class ContainedBy(msgspec.Struct, frozen=True):
    """Every element of an Array field is one of these values; an empty list is contained."""

    key: str
    values: tuple[Value, ...]


class Comparison(Enum):
    """How two values of one kind may stand to each other."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


class Compare(msgspec.Struct, frozen=True):
    """The field's value, of the operand's own kind, stands so to the operand.

    ``is_relative`` says that the client gave a moment in relation to the present one: only a Date takes that.
    """

    key: str
    comparison: Comparison
    value: Value
    is_relative: bool = False


class Present(msgspec.Struct, frozen=True):
    """The field has a value that is not null."""

    key: str


class Absent(msgspec.Struct, frozen=True):
    """The field has no value, or null."""

    key: str


class Matches(msgspec.Struct, frozen=True):
    """A text field, or an element of an Array field, matches a regular expression.

    ``options`` are letters of ``imsux``.
    """

    key: str
    pattern: str
    options: str = ""


class FullText(msgspec.Struct, frozen=True):
    """A text field says what a term asks for, as ``text`` reads it.

    ``language`` is a name of ``text.LANGUAGES``; words are compared by their stems in it.
    """

    key: str
    term: str
    language: str = "english"
    case_sensitive: bool = False
    diacritic_sensitive: bool = True


class WithinDistance(msgspec.Struct, frozen=True):
    """A GeoPoint field lies at most so many radians from a place; ``None`` is any distance.

    With ``nearest_first`` the objects come in the order of their distance, where the query names no other.
    """

    key: str
    centre: GeoPoint
    radians: float | None = None
    nearest_first: bool = False


class WithinBox(msgspec.Struct, frozen=True):
    """A GeoPoint field lies in a box."""

    key: str
    box: Box


class WithinPolygon(msgspec.Struct, frozen=True):
    """A GeoPoint field lies in a polygon, given by its corners; the last is joined to the first."""

    key: str
    corners: tuple[GeoPoint, ...]


class Surrounds(msgspec.Struct, frozen=True):
    """A Polygon field has this place in it."""

    key: str
    place: GeoPoint


class RelatedTo(msgspec.Struct, frozen=True):
    """The object is linked from the relation ``key`` of ``owner``."""

    owner: Pointer
    key: str


class LinksTo(msgspec.Struct, frozen=True):
    """The object's own relation ``key`` holds at least one object with such an id."""

    key: str
    ids: tuple[str, ...]


class HasId(msgspec.Struct, frozen=True):
    """The object's id is one of these."""

    ids: tuple[str, ...]


class InSubquery(msgspec.Struct, frozen=True):
    """The field points to (or holds a pointer to) a result of another query.

    With ``selected`` the field's value is among that key's values in the results. ``redirect_key`` names a
    relation of the other query's class: then its target class is asked instead.
    """

    key: str
    query: Query
    selected: str | None = None
    redirect_key: str | None = None


class ReadableBy(msgspec.Struct, frozen=True):
    """The object has no ACL, or one that lets one of these names read."""

    names: frozenset[str]


class WritableBy(msgspec.Struct, frozen=True):
    """The object has no ACL, or one that lets one of these names write."""

    names: frozenset[str]


class And(msgspec.Struct, frozen=True):
    """All of them; none given is always true."""

    conditions: tuple[Condition, ...]


class Or(msgspec.Struct, frozen=True):
    """At least one of them; none given is never true."""

    conditions: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True):
    """The opposite; true as well where the field is absent."""

    condition: Condition


Condition: TypeAlias = (
    Always
    | Never
    | Equals
    | In
    | Holds
    | HoldsAll
    | ContainedBy
    | Compare
    | Present
    | Absent
    | Matches
    | FullText
    | WithinDistance
    | WithinBox
    | WithinPolygon
    | Surrounds
    | RelatedTo
    | LinksTo
    | HasId
    | InSubquery
    | ReadableBy
    | WritableBy
    | And
    | Or
    | Not
)

ALWAYS = Always()
NEVER = Never()


SCORE = "$score"
"""What stands for the relevance of a ``FullText``, in an order and among the keys that are wanted."""


class Sort(msgspec.Struct, frozen=True):
    """One key to order by; ``SCORE`` puts what is most relevant first."""

    key: str
    descending: bool = False


class Query(msgspec.Struct, frozen=True):
    """What is asked of one class. ``limit`` ``None`` means all."""

    class_name: str
    where: Condition = ALWAYS
    order: tuple[Sort, ...] = ()
    skip: int = 0
    limit: int | None = None

    def also(self, *conditions: Condition) -> Query:
        """The same query, narrowed."""
        return msgspec.structs.replace(self, where=all_of(self.where, *conditions))


def all_of(*conditions: Condition) -> Condition:
    """All conditions in one, as flat as can be."""
    flat: list[Condition] = []
    for condition in conditions:
        if type(condition) is And:
            flat.extend(condition.conditions)
        elif type(condition) is not Always:
            flat.append(condition)
    if any(type(condition) is Never for condition in flat):
        return NEVER
    if not flat:
        return ALWAYS
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(*conditions: Condition) -> Condition:
    """At least one of the conditions, as flat as can be."""
    flat: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, Or):
            flat.extend(condition.conditions)
        elif not isinstance(condition, Never):
            flat.append(condition)
    if any(isinstance(condition, Always) for condition in flat):
        return ALWAYS
    if not flat:
        return NEVER
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negation(condition: Condition) -> Condition:
    """The opposite, without stacking ``Not`` on ``Not``."""
    match condition:
        case Always():
            return NEVER
        case Never():
            return ALWAYS
        case Not(inner):
            return inner
        case Present(key):
            return Absent(key)
        case Absent(key):
            return Present(key)
    return Not(condition)


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and every condition inside it, sub-queries apart."""
    pending = [condition]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, (And, Or)):
            pending.extend(current.conditions)
        elif isinstance(current, Not):
            pending.append(current.condition)


def keys_of(condition: Condition) -> set[str]:
    """The root fields that a condition looks at."""
    keys: set[str] = set()
    for part in walk(condition):
        key = getattr(part, "key", None)
        if key is not None and not isinstance(part, RelatedTo):
            keys.add(key.split(".", 1)[0])
    return keys


def only_id(condition: Condition) -> str | None:
    """The id, if the condition asks for exactly one object by its id and for nothing else.

    Parse Server judges such a find by the ``get`` permission (reference/query.md, section 1.2).
    """
    if isinstance(condition, Equals) and condition.key == "objectId" and isinstance(condition.value, str):
        return condition.value
    return None
