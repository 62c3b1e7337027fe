"""``logLevels``: functions, triggers and taken names in the log, each at a level of its own.

Rules: reference/options.md, on ``logLevels``.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.options.load import OptionsRefused, load
from parsonage.protocol.errors import ParseError
from tests.flows.door import Door, open_door

cloud = Cloud()


@cloud.function
async def hello(request: FunctionRequest) -> str:
    return "hello"


@cloud.function
async def refuse(request: FunctionRequest) -> None:
    raise ParseError(999, "no more seats")


@cloud.before_save("Note")
async def before(request: TriggerRequest) -> None:
    if request.object.get("n") == 13:
        raise ParseError(998, "not this one")


@cloud.after_save("Note")
async def after(request: TriggerRequest) -> None:
    pass


async def work(door: Door) -> None:
    """Have every kind of event happen once."""
    door.deploy(cloud)
    ada = await door.sign_up("ada")
    await door.post("/functions/hello", token=ada.token)
    await door.post("/functions/refuse")
    await door.post("/classes/Note", {"n": 1})
    await door.post("/classes/Note", {"n": 13})
    await door.post("/users", {"username": "ada", "password": "p"})


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Level and text of each event; where a handler stands is left out."""
    events = [record for record in caplog.records if record.name == "parsonage.events"]
    return [(event.levelname, _without_place(event.getMessage())) for event in events]


def _without_place(text: str) -> str:
    head, _, rest = text.partition(f" ({__file__}:")
    return head + rest.partition(")")[2]


async def test_each_event_is_logged_at_its_level(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "parsonage.events")
    levels = {
        "cloudFunctionSuccess": "debug",
        "cloudFunctionError": "error",
        "triggerBeforeSuccess": "info",
        "triggerBeforeError": "warn",
        "triggerAfter": "debug",
        "signupUsernameTaken": "info",
    }
    async with open_door(tmp_path, logLevels=levels) as door:
        await work(door)

    assert lines(caplog) == [
        ("DEBUG", "function hello ran for ada"),
        ("ERROR", "function refuse failed for nobody (no session): no more seats"),
        ("INFO", "beforeSave Note ran for nobody (no session)"),
        ("DEBUG", "afterSave Note ran for nobody (no session)"),
        ("WARNING", "beforeSave Note failed for nobody (no session): not this one"),
        ("INFO", "nobody (no session): the user name is taken"),
    ]


@pytest.mark.parametrize("options", [{}, {"logLevels": {"cloudFunctionSuccess": "silent"}}])
async def test_none_is_where_no_level_is_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, options: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG, "parsonage.events")
    async with open_door(tmp_path, **options) as door:
        await work(door)

    assert lines(caplog) == []


def test_a_level_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionsRefused, match="triggerAfter must be one of error, warn, info, verbose, debug, silly"):
        load(None, {}, {"appId": "a", "masterKey": "m", "logLevels": {"triggerAfter": "loud"}}, tmp_path)
