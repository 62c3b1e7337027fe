"""Functions that an option names: ``rules.py:is_strong``. They are loaded once, when the house is opened."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any


class FunctionBroken(Exception):
    """A function that an option names can't be loaded; the text says which one and why."""


def load_function(place: str) -> Callable[..., Any]:
    """The function at ``FILE.py:NAME``. Raises FunctionBroken."""
    file, _, name = place.rpartition(":")
    spec = importlib.util.spec_from_file_location(f"parsonage_option_{Path(file).stem}", file)
    if spec is None or spec.loader is None:
        raise FunctionBroken(f"{place}: {file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise FunctionBroken(f"{place}: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise FunctionBroken(f"{place}: there is no function {name} in {file}")
    return function  # type: ignore[no-any-return]


async def call_named(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call such a function: one that is not ``async`` in a thread, so that it holds nobody up."""
    if inspect.iscoroutinefunction(function):
        return await function(*arguments)
    return await asyncio.to_thread(function, *arguments)
