"""The cast: a door into a house of its own for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.door import Door, User, open_door


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with open_door(tmp_path) as opened:
        yield opened


@pytest.fixture
async def ada(door: Door) -> User:
    return await door.sign_up("ada")


@pytest.fixture
async def bob(door: Door) -> User:
    return await door.sign_up("bob")
