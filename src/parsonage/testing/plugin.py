"""The pytest plugin: the fixtures ``parse`` and ``parse_sync``.

pytest loads this module in every run of everybody who has Parsonage installed, so it imports nothing
but pytest; the server is loaded when a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from parsonage.testing.throwaway import SyncThrowaway, Throwaway


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option ``parsonage_cloud``."""
    parser.addini(
        "parsonage_cloud",
        "Folder or file of the Cloud Code that the `parse` fixture loads, relative to this file. "
        "Without it: the project of the nearest parsonage.toml.",
        default="",
    )


@pytest.fixture
def parse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Throwaway]:
    """A throwaway house: your Cloud Code on an SQLite file of its own, in process, gone after the test.

    For tests that are ``async def``; ``parse_sync`` is the same for plain ones.
    """
    # Here and not at the top: loading the server takes longer than all else that pytest loads at start.
    from parsonage.testing.throwaway import NotOpened, Throwaway, project_of

    project = project_of(request.path, _cloud_option(request.config))
    with ExitStack() as house:
        try:
            throwaway = house.enter_context(Throwaway.open(project, tmp_path))
        except NotOpened as reason:
            pytest.fail(str(reason), pytrace=False)
        if "parse_sync" not in request.fixturenames and not iscoroutinefunction(request.function):
            pytest.fail("a plain test can't await: ask for parse_sync, or make the test async def", pytrace=False)
        yield throwaway


@pytest.fixture
def parse_sync(parse: Throwaway) -> SyncThrowaway:
    """The house of ``parse``, for tests that are plain ``def``."""
    return parse.sync


def _cloud_option(config: pytest.Config) -> Path | None:
    given = config.getini("parsonage_cloud")
    if not given:
        return None
    beside = config.inipath.parent if config.inipath is not None else config.rootpath
    return beside / str(given)
