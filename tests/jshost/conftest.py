"""A door into a house whose Cloud Code is JavaScript."""

from __future__ import annotations

import asyncio
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
    return hosting_in(tmp_path)


@pytest.fixture
def legacy(hosted: Hosted) -> Hosted:
    """Opens a house that hosts an old program."""

    @contextlib.asynccontextmanager
    async def opened(source: str, **options: Any) -> AsyncIterator[Door]:
        async with hosted(source, legacyCloudCode=True, **options) as door:
            yield door

    return opened


def hosting_in(root: Path) -> Hosted:
    """Opens houses that host a program as ``cloud/main.js`` below a folder."""

    @contextlib.asynccontextmanager
    async def opened(
        source: str, *, entry: str = "main.js", folder: bool = False, **options: Any
    ) -> AsyncIterator[Door]:
        cloud = root / "cloud"
        cloud.mkdir(exist_ok=True)
        (cloud / entry).write_text(source)
        modules = root / "node_modules"
        modules.mkdir(exist_ok=True)
        for name in ("parse", "underscore", "moment"):
            if not (modules / name).exists():
                (modules / name).symlink_to(package(name))
        async with open_door(root, cloud=str(cloud if folder else cloud / entry), **options) as door:
            yield door

    return opened


async def results(door: Door, *names: str, token: str | None = None) -> dict[str, object]:
    """What functions without parameters answer: the result, or code and text of the refusal."""
    return {name: await result(door, name, token=token) for name in names}


async def result(door: Door, name: str, params: object = None, *, token: str | None = None) -> object:
    """What a function answers: the result, or code and text of the refusal."""
    answer = await door.post(f"/functions/{name}", params or {}, token=token)
    return answer.body.get("result") if answer.status == 200 else answer.refusal[1:]


async def comes_to(door: Door, name: str, wanted: object) -> object:
    """Call a function until it answers so: the next process takes its time to start."""
    answer: object = None
    async for _ in _turns():
        answer = await result(door, name)
        if answer == wanted:
            break
    return answer


async def rows(door: Door, class_name: str) -> list[Any]:
    """The objects of a class, once there are any: for what is stored after the answer was given."""
    found: list[Any] = []
    async for _ in _turns():
        found = await door.find(class_name, master=True)
        if found:
            break
    return found


async def logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Wait until a text stands in the log."""
    async for _ in _turns():
        if text in caplog.text:
            return


async def _turns() -> AsyncIterator[None]:
    """Turns of the loop, for as long as anything may take."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(0)
            yield
