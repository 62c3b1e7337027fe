"""What `query.match` accepts is what the engine finds. Declared differences for SQLite: none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsonage.protocol.acl import ACL
from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Value, from_milliseconds
from parsonage.query.match import Candidate, matches
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    Absent,
    And,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HasId,
    Holds,
    HoldsAll,
    In,
    LinksTo,
    Matches,
    Not,
    Or,
    Present,
    Query,
    ReadableBy,
    Sort,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
)
from parsonage.query.places import Box
from parsonage.query.typed import typed
from parsonage.schema.changes import CreateClass
from parsonage.storage.changes import RemoveAll, Unit, Written
from parsonage.storage.conformance.cast import BORN, NOTE, Notes
from parsonage.storage.sqlite import SQLiteStorage

T = TypeVar("T")


def made(kind: Callable[..., T], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Values of a kind, made of these parts."""
    return st.tuples(*parts).map(lambda given: kind(*given))


# Few different values, so that conditions meet objects.
texts = st.sampled_from(["", "a", "A", "ab", "b", "7", "true", "null", "ä", "🌍", 'q"', "a\\b", "[]"]) | st.text(
    "abAB", max_size=3
)
texts |= st.sampled_from(["a b", "b a", "B, a!", "Ab a_b", "à b"])
numbers = st.sampled_from([0, 1, -1, 7, 1.5, 0.1, 1e300, 2**53]) | st.floats(
    allow_nan=False, allow_infinity=False, width=64
).map(lambda number: int(number) if number.is_integer() and abs(number) < 2**53 else number)
moments = st.sampled_from([-1, 0, 1, BORN]).map(from_milliseconds)
pointers = made(Pointer, st.sampled_from(["_User", "Other"]), st.sampled_from(["u1", "u2"]))
places = st.sampled_from([GeoPoint(0, 0), GeoPoint(1.5, -2)]) | made(
    GeoPoint, st.integers(-90, 90).map(float), st.integers(-180, 180).map(float)
)
# Off the grid of the places: PostgreSQL takes what is within a millionth of an edge for a part of it.
latitudes = st.integers(-89, 88).map(lambda degrees: degrees + 0.37)
longitudes = st.integers(-179, 178).map(lambda degrees: degrees + 0.41)
corners = made(GeoPoint, latitudes, longitudes)
areas = st.lists(st.tuples(latitudes, longitudes), min_size=3, max_size=6, unique=True).map(
    lambda ring: Polygon((*ring, ring[0]))
)
boxes = st.tuples(corners, corners).map(
    lambda pair: Box(
        min(corner.latitude for corner in pair),
        min(corner.longitude for corner in pair),
        max(corner.latitude for corner in pair),
        max(corner.longitude for corner in pair),
    )
)
contents = st.sampled_from([b"", b"a", b"\x00"])
scalars = st.one_of(texts, numbers, st.booleans(), moments, pointers, places, contents)
keys = st.sampled_from(["a", "b", "c", "0", "1"])
nested: st.SearchStrategy[Value] = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
lists = st.lists(nested, max_size=4)
maps = st.dictionaries(keys, nested, max_size=3)

values_by_field: dict[str, st.SearchStrategy[Value]] = {
    "text": texts,
    "stars": numbers,
    "done": st.booleans(),
    "at": moments,
    "more": maps,
    "tags": lists,
    "place": places,
    "area": areas,
    "raw": contents,
    "picture": st.sampled_from(["a.png", "b.png"]).map(File),
    "author": pointers.filter(lambda pointer: pointer.class_name == "_User"),
}
objects = st.fixed_dictionaries({}, optional=values_by_field)
names = st.frozensets(st.sampled_from(["*", "u1", "u2", "role:r"]), max_size=3)
acls = st.none() | made(ACL, names, names)
links = st.frozensets(st.sampled_from(["u1", "u2"]))

inside_values = ["more.a", "more.b", "more.0", "more.a.b", "more.a.0", "more.b.c.1", "tags.0", "tags.1.a", "tags.a"]
inside_typed_values = ["more.a.objectId", "more.b.iso", "more.c.0.latitude", "tags.0.className", "more.a.__type"]
paths = st.sampled_from(inside_values + inside_typed_values)
fields = st.sampled_from([*values_by_field, "unknown", "objectId", "likes"])
anywhere = fields | paths
TEXT_FIELDS = ("text", "objectId")  # an $in of other values is refused there
operands = scalars | nested.filter(lambda value: value is not None)
patterns = st.sampled_from(["^a", "b", "^\\Qab\\E", "a$", "^$", "(?=a)ab", "^[A-Z]", "^🌍", "", "^"])
terms = st.sampled_from(
    [
        "a",
        "ab",
        "A b",
        "-a ab",
        '"a b"',
        'b "a"',
        "a & b",
        "a | 7",
        "!a b",
        "a:*",
        "ä",
        "🌍",
        "true null",
        "a <-> b",
        "'",
    ]
)
leaves: st.SearchStrategy[Condition] = st.one_of(
    st.just(ALWAYS),
    st.just(NEVER),
    made(Equals, anywhere, operands),
    made(In, anywhere.filter(lambda key: key not in TEXT_FIELDS), st.lists(operands, max_size=3).map(tuple)),
    made(In, st.sampled_from(TEXT_FIELDS), st.lists(texts, max_size=3).map(tuple)),
    made(Holds, st.just("tags"), st.lists(nested, min_size=1, max_size=3).map(tuple)),
    made(HoldsAll, anywhere, st.lists(nested, max_size=3).map(tuple)),
    made(ContainedBy, anywhere, st.lists(nested, max_size=4).map(tuple)),
    made(Compare, anywhere, st.sampled_from(Comparison), scalars),
    made(Present, anywhere),
    made(Absent, anywhere),
    made(Matches, anywhere, patterns, st.sampled_from(["", "i", "m", "s", "x"])),
    # Without stems, which each engine has its own of.
    made(FullText, st.sampled_from(["text", "tags"]), terms, st.just("simple"), st.booleans(), st.booleans()),
    made(WithinDistance, st.sampled_from(["place", "area"]), places, st.none() | st.floats(0, 4)),
    made(WithinBox, st.sampled_from(["place", "text"]), boxes),
    made(WithinPolygon, st.just("place"), st.lists(corners, min_size=3, max_size=6, unique=True).map(tuple)),
    made(Surrounds, st.sampled_from(["area", "place"]), made(GeoPoint, st.integers(-89, 89), st.integers(-179, 179))),
    made(LinksTo, st.just("likes"), st.lists(st.sampled_from(["u1", "u2"]), max_size=2).map(tuple)),
    made(HasId, st.lists(st.sampled_from(["n0", "n1", "n2"]), max_size=2).map(tuple)),
    made(ReadableBy, names),
    made(WritableBy, names),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        made(And, st.lists(inner, max_size=3).map(tuple)),
        made(Or, st.lists(inner, max_size=3).map(tuple)),
        made(Not, inner),
    ),
    max_leaves=4,
)
stored = st.lists(st.tuples(objects, acls, links), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Notes]]:
    path: Path = tmp_path_factory.mktemp("oracle") / "house.db"
    with asyncio.Runner() as runner:
        notes = Notes(SQLiteStorage(path, loop_seconds=10), NOTE)
        runner.run(notes.storage.open())
        runner.run(notes.storage.change_schema([CreateClass(NOTE)]))
        yield runner, notes
        runner.run(notes.storage.close())


async def _found(
    notes: Notes, given: list[tuple[Mapping[str, Value], ACL | None, frozenset[str]]], condition: Condition
) -> tuple[set[str], int]:
    units = [
        Unit((notes.insertion(f"n{place}", values, acl=acl, links={"likes": linked}),))
        for place, (values, acl, linked) in enumerate(given)
    ]
    outcomes = await notes.storage.write([Unit((RemoveAll(NOTE, ALWAYS),)), *units])
    assert {type(outcome) for outcome in outcomes} == {Written}
    return await notes.matching(condition), await notes.count(condition)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given=stored, condition=conditions)
def test_what_match_accepts_is_what_sqlite_finds(
    house: tuple[asyncio.Runner, Notes],
    given: list[tuple[Mapping[str, Value], ACL | None, frozenset[str]]],
    condition: Condition,
) -> None:
    runner, notes = house
    question = typed(Query("Note", condition), NOTE).where
    born = from_milliseconds(BORN)
    expected = {
        f"n{place}"
        for place, (values, acl, linked) in enumerate(given)
        if matches(
            question,
            Candidate(
                {**values, "objectId": f"n{place}", "createdAt": born, "updatedAt": born}, acl, {"likes": linked}
            ),
        )
    }

    found, counted = runner.run(_found(notes, given, condition))

    assert found == expected
    assert counted == len(expected)


@settings(max_examples=100, deadline=None)
@given(given=st.lists(st.tuples(objects, acls, st.just(frozenset[str]())), min_size=1, max_size=5))
@pytest.mark.parametrize("key", ["text", "stars", "at", "done"])
def test_sqlite_orders_as_the_values_compare(
    house: tuple[asyncio.Runner, Notes],
    given: list[tuple[Mapping[str, Value], ACL | None, frozenset[str]]],
    key: str,
) -> None:
    runner, notes = house
    values = {f"n{place}": fields.get(key) for place, (fields, _, _) in enumerate(given)}
    expected = sorted(values, key=lambda note: (values[note] is None, _comparable(values[note])))

    runner.run(_found(notes, given, ALWAYS))

    assert runner.run(notes.listed(ALWAYS, Sort(key))) == expected
    assert runner.run(notes.listed(ALWAYS, Sort(key, descending=True))) == expected[::-1]


def _comparable(value: Value) -> object:
    if value is None:
        return 0
    return value.encode() if isinstance(value, str) else value
