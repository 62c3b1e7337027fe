"""docs/reference/python-sdk.md names every public word of the SDK, and its examples run."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import parsonage.sdk
from parsonage.sdk import Client, Query, RelatedObjects, RemoteObject
from parsonage.testing.throwaway import Project, Throwaway
from tests.testing.pages import DOCS, code, write_files

PAGE = (DOCS / "reference/python-sdk.md").read_text()
FOR_THE_FACES = {"begin_saving", "saved", "not_saved", "refreshed", "fetching", "removal", "included", "take", "of"}


def words(kind: type) -> list[str]:
    return [name for name, _ in inspect.getmembers(kind) if not name.startswith("_") and name not in FOR_THE_FACES]


def documented(name: str) -> bool:
    return re.search(rf"\b{name}\b", PAGE) is not None


@pytest.mark.parametrize("name", parsonage.sdk.__all__)
def test_every_public_name_is_on_the_page(name: str) -> None:
    assert documented(name)


@pytest.mark.parametrize("name", sorted({*words(Client), *words(Query), *words(RelatedObjects)}))
def test_every_word_of_clients_and_queries_is_on_the_page(name: str) -> None:
    assert documented(name)


@pytest.mark.parametrize("name", sorted(set(vars(RemoteObject)) & set(words(RemoteObject)) | {"only_for", "increment"}))
def test_every_word_of_objects_is_on_the_page(name: str) -> None:
    assert documented(name)


async def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    write_files("how-to/test-cloud-code.md", tmp_path)
    options = 'appId = "guestbook"\nrestAPIKey = "rest"\nmasterKey = "master"\n'
    file = tmp_path / "parsonage.toml"
    file.write_text(options + file.read_text())
    names: dict[str, Any] = {}

    with Throwaway.open(Project(file), tmp_path) as house:
        async with house.served() as url:
            await run_all(code("reference/python-sdk.md"), names, url)
            await asyncio.to_thread(names["script"])
            await names["client"].close()


async def run_all(examples: list[str], names: dict[str, Any], url: str) -> None:
    for example in examples:
        text = example.replace("http://127.0.0.1:1337/parse", url)
        program = compile(text, "python-sdk.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(program, names)
        if asyncio.iscoroutine(running):
            await running
