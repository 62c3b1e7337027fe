"""What `query.match` accepts is what PostgreSQL finds. Declared differences: none where the collation is "C".

With another collation two texts compare as the database says, so that its indexes serve.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsonage.protocol.acl import ACL
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.match import Candidate, matches
from parsonage.query.model import ALWAYS, Condition, Query, Sort
from parsonage.query.typed import typed
from parsonage.schema.changes import CreateClass
from parsonage.storage.conformance.cast import BORN, NOTE, Notes
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.storage import test_oracle as oracle


@pytest.fixture(scope="module")
def house(new_house: Callable[[], str]) -> Iterator[tuple[asyncio.Runner, Notes]]:
    uri = new_house()
    with asyncio.Runner() as runner:
        notes = Notes(PostgreSQLStorage(uri), NOTE)
        runner.run(notes.storage.open())
        runner.run(notes.storage.change_schema([CreateClass(NOTE)]))
        yield runner, notes
        runner.run(notes.storage.close())


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given=oracle.stored, condition=oracle.conditions)
def test_what_match_accepts_is_what_postgresql_finds(
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

    found, counted = runner.run(oracle._found(notes, given, condition))

    assert found == expected
    assert counted == len(expected)


@settings(max_examples=50, deadline=None)
@given(given=st.lists(st.tuples(oracle.objects, oracle.acls, st.just(frozenset[str]())), min_size=1, max_size=5))
@pytest.mark.parametrize("key", ["text", "stars", "at", "done"])
def test_postgresql_orders_as_the_values_compare(
    house: tuple[asyncio.Runner, Notes],
    given: list[tuple[Mapping[str, Value], ACL | None, frozenset[str]]],
    key: str,
) -> None:
    runner, notes = house
    values = {f"n{place}": fields.get(key) for place, (fields, _, _) in enumerate(given)}
    expected = sorted(values, key=lambda note: (values[note] is None, oracle._comparable(values[note])))

    runner.run(oracle._found(notes, given, ALWAYS))

    assert runner.run(notes.listed(ALWAYS, Sort(key))) == expected
    assert runner.run(notes.listed(ALWAYS, Sort(key, descending=True))) == expected[::-1]
