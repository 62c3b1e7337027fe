"""What the explanations say about the code's shape is so."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.walks import Walk, walks

import parsonage
from tests.docs.pages import blocks, prose, text

PACKAGE = Path(parsonage.__file__).parent
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
LISTED = [
    line.split()[1] for block in blocks("explanation/walks.md", "text") for line in block.splitlines() if ".py" in line
]
AIM = 2.5
"""Hops from file to file on a read, for each file that it crosses."""


@pytest.fixture
async def found() -> dict[str, Walk]:
    return {walk.name: walk for walk in await walks()}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_explained(room: str) -> None:
    assert f"| `{room}` |" in prose("explanation/rooms.md")


@pytest.mark.parametrize("file", sorted(set(LISTED)))
def test_every_file_of_a_walk_is_there(file: str) -> None:
    assert (PACKAGE / file).exists()


async def test_every_walk_that_is_counted_is_told(found: dict[str, Walk]) -> None:
    assert [name for name in found if f"| {name} |" not in text("explanation/walks.md")] == []


async def test_a_read_stays_within_the_aim(found: dict[str, Walk]) -> None:
    assert found["GET one object"].hops_per_file <= AIM
