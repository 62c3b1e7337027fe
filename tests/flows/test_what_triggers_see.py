"""Protected fields in the objects that triggers are given: hidden as from whoever saves, or with the option not.

Rules: reference/schema-clp-acl.md, section 5.5, on ``protectedFieldsTriggerExempt``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parsonage.cloud import Cloud, TriggerRequest
from tests.flows.door import OPEN, Door, open_door

Seen = dict[str, Any]


async def seen_by_triggers(door: Door, *, master: bool = False) -> Seen:
    """``secret`` as each trigger sees it, when a note is changed and removed."""
    cloud, seen = Cloud(), Seen()

    @cloud.before_save("Note")
    async def before_save(request: TriggerRequest) -> None:
        seen["object"] = request.object.get("secret")
        seen["original"] = request.original and request.original.get("secret")

    @cloud.after_save("Note")
    async def after_save(request: TriggerRequest) -> None:
        seen["saved"] = request.object.get("secret")

    @cloud.before_delete("Note")
    async def before_delete(request: TriggerRequest) -> None:
        seen["doomed"] = request.object.get("secret")

    await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["secret"]}}, secret="String", n="Number")
    note = await door.create("Note", {"secret": "s"})
    door.deploy(cloud)
    await door.put(f"/classes/Note/{note}", {"n": 1}, master=master)
    stored = await door.get(f"/classes/Note/{note}", master=True)
    await door.delete(f"/classes/Note/{note}", master=master)
    seen["stored"] = stored.body["secret"]
    return seen


HIDDEN = {"object": None, "original": None, "saved": None, "doomed": None, "stored": "s"}


async def test_are_hidden_as_from_whoever_saves(door: Door) -> None:
    assert await seen_by_triggers(door) == HIDDEN


async def test_are_shown_where_the_master_key_saves(door: Door) -> None:
    assert await seen_by_triggers(door, master=True) == dict.fromkeys(HIDDEN, "s")


async def test_are_shown_on_saves_where_the_option_says_so(tmp_path: Path) -> None:
    async with open_door(tmp_path, protectedFieldsTriggerExempt=True) as door:
        assert await seen_by_triggers(door) == {**dict.fromkeys(HIDDEN, "s"), "doomed": None}
