"""Classes that change while somebody writes to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from parsonage.storage.changes import Outcome, Unit
from tests.flows.door import DENIED, NOT_FOUND, OPEN, Door


def meanwhile(door: Door, monkeypatch: pytest.MonkeyPatch, change: Callable[[], Awaitable[Any]]) -> None:
    """Let something happen between the check of the next save and its write."""
    write = door.house.storage.write

    async def late(units: Sequence[Unit]) -> list[Outcome]:
        monkeypatch.undo()
        await change()
        return await write(units)

    monkeypatch.setattr(door.house.storage, "write", late)


def drop_field(door: Door) -> Callable[[], Awaitable[Any]]:
    return lambda: door.put("/schemas/Note", {"fields": {"text": {"__op": "Delete"}}}, master=True)


def drop_class(door: Door) -> Callable[[], Awaitable[Any]]:
    return lambda: door.delete("/schemas/Note", master=True)


class TestAFieldThatIsDropped:
    async def test_while_an_object_is_saved_is_there_again(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        await door.make_class("Note", OPEN, text="String", stars="Number")
        meanwhile(door, monkeypatch, drop_field(door))

        note = await door.create("Note", {"text": "a", "stars": 1})

        found = (await door.get(f"/classes/Note/{note}")).body
        assert (found["text"], found["stars"]) == ("a", 1)

    async def test_while_an_object_is_changed_is_there_again(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        note = await door.create("Note", {"text": "a"})
        meanwhile(door, monkeypatch, drop_field(door))

        answer = await door.put(f"/classes/Note/{note}", {"text": "b"})

        assert answer.status == 200
        assert (await door.get(f"/classes/Note/{note}")).body["text"] == "b"

    async def test_is_added_by_no_client_that_may_not(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        closed = {**OPEN, "addField": {}}
        await door.make_class("Note", closed, text="String")
        meanwhile(door, monkeypatch, drop_field(door))

        assert (await door.post("/classes/Note", {"text": "a"})).plain == DENIED


class TestAClassThatIsDropped:
    async def test_while_its_first_object_is_saved_is_there_again(
        self, door: Door, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await door.make_class("Note", OPEN, text="String")
        meanwhile(door, monkeypatch, drop_class(door))

        await door.create("Note", {"text": "a"})

        assert [note["text"] for note in await door.find("Note")] == ["a"]

    async def test_while_an_object_of_it_is_changed_has_no_objects(
        self, door: Door, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        note = await door.create("Note", {"text": "a"})
        await door.delete(f"/classes/Note/{note}")
        meanwhile(door, monkeypatch, drop_class(door))

        assert (await door.put(f"/classes/Note/{note}", {"text": "b"})).plain == NOT_FOUND


async def test_a_class_is_made_once_however_many_ask_for_it(door: Door) -> None:
    answers = await asyncio.gather(*(door.post("/schemas/Note", {}, master=True) for _ in range(3)))

    assert sorted(answer.status for answer in answers) == [200, 400, 400]
    assert {answer.refusal for answer in answers if answer.status == 400} == {(400, 103, "Class Note already exists.")}
