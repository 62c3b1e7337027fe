"""The cast: a door into a house of its own, with an object to attack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.door import OPEN, Door, User, open_door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path) as opened:
        yield opened


@pytest.fixture
async def ada(door: Door) -> User:
    return await door.sign_up("ada")


@pytest.fixture
async def note(door: Door) -> str:
    """The id of an object with a text, a number, a list and a map."""
    return await door.create("Note", {"s": "x", "n": 1, "arr": [1], "o": {"n": 1}})


@pytest.fixture
async def secret(door: Door) -> str:
    """The id of an object with two fields that are hidden from clients."""
    permissions = {**OPEN, "protectedFields": {"*": ["sec", "o"]}}
    await door.make_class("Secret", permissions, sec="String", o="Object", open="Number")
    return await door.create("Secret", {"sec": "S", "o": {"n": 1}, "open": 1})
