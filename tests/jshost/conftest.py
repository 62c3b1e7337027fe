"""A door into a house whose Cloud Code is JavaScript."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.flows.door import Door, open_door
from tests.machinery.node import package

Hosted: TypeAlias = Callable[..., contextlib.AbstractAsyncContextManager[Door]]


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    """Opens a house that hosts a program: ``async with hosted(source, **options) as door``.

    With ``folder`` the whole folder is the Cloud Code, Python files beside the program included.
    """

    @contextlib.asynccontextmanager
    async def opened(
        source: str, *, entry: str = "main.js", folder: bool = False, **options: Any
    ) -> AsyncIterator[Door]:
        cloud = tmp_path / "cloud"
        cloud.mkdir(exist_ok=True)
        (cloud / entry).write_text(source)
        modules = tmp_path / "node_modules"
        modules.mkdir(exist_ok=True)
        for name in ("parse", "underscore", "moment"):
            if not (modules / name).exists():
                (modules / name).symlink_to(package(name))
        async with open_door(tmp_path, cloud=str(cloud if folder else cloud / entry), **options) as door:
            yield door

    return opened
