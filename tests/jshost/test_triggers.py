"""Triggers in JavaScript, and what the SDK does inside of them.

Rules: reference/cloud-code.md, sections 3.2 and 3.3.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from tests.flows.door import NOT_FOUND, OPEN
from tests.jshost.conftest import Hosted

STATES = """
Parse.Cloud.beforeSave("Note", ({object, original}) => {
  const state = [object.isNew(), object.existed(), object.dirtyKeys().sort(), original?.get("n")];
  console.log("before", JSON.stringify(state));
});
Parse.Cloud.afterSave("Note", ({object, original}) => {
  const state = [object.isNew(), object.existed(), object.dirtyKeys(), object.get("n"), original?.get("n")];
  console.log("after", JSON.stringify(state));
});
"""


async def test_an_object_is_new_then_stored_then_existing(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    async with hosted(STATES) as door:
        note = await door.create("Note", {"n": 1, "word": "a"})
        await door.put(f"/classes/Note/{note}", {"n": {"__op": "Increment", "amount": 2}})

    assert [record.message for record in caplog.records if record.name == "parsonage.cloud.Note"] == [
        'before [true,false,["n","word"],null]',
        "after [false,false,[],1,null]",
        'before [false,true,["n"],1]',
        "after [false,true,[],3,1]",
    ]


CHANGES = """
Parse.Cloud.beforeSave("Note", ({object}) => {
  object.increment("saves");
  object.addUnique("tags", "seen");
  if (object.get("draft") === false) object.unset("draft");
  if (object.get("secret")) object.setACL(new Parse.ACL());
  if (object.dirty("locked") && object.existed()) object.revert("locked");
  object.set("deep.by", "trigger");
});
"""


async def test_what_a_before_save_changes_is_stored_as_operations_and_answered(hosted: Hosted) -> None:
    async with hosted(CHANGES) as door:
        await door.create("Note", {"draft": True})
        created = await door.post("/classes/Note", {"draft": False, "locked": 1, "deep": {"from": "client"}})
        path = f"/classes/Note/{created.body['objectId']}"
        updated = await door.put(path, {"saves": {"__op": "Increment", "amount": 10}, "locked": 2})
        stored = await door.get(path)

    assert created.body["draft"] == {"__op": "Delete"}
    assert (created.body["saves"], created.body["tags"]) == (1, ["seen"])
    assert (updated.body["saves"], updated.body["locked"]) == (12, 1)
    assert (stored.body["saves"], stored.body["locked"], stored.body["tags"]) == (12, 1, ["seen"])
    assert stored.body["deep"] == {"from": "client", "by": "trigger"}
    assert "draft" not in stored.body


async def test_an_acl_given_by_a_trigger_counts(hosted: Hosted) -> None:
    async with hosted(CHANGES) as door:
        note = await door.create("Note", {"secret": True})
        answer = await door.get(f"/classes/Note/{note}")

    assert answer.plain == NOT_FOUND


async def test_a_trigger_that_throws_refuses_and_one_after_the_save_does_not(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.beforeSave("Refused", () => { throw undefined; });
    Parse.Cloud.afterSave("Saved", () => { throw new Error("too late"); });
    Parse.Cloud.beforeDelete("Saved", ({object}) => { if (object.get("kept")) throw "kept"; });
    """
    async with hosted(source) as door:
        refused = await door.post("/classes/Refused", {})
        saved = await door.create("Saved", {"kept": True})
        kept = await door.delete(f"/classes/Saved/{saved}")

    assert refused.refusal == (400, 141, "Script failed. Unknown error.")
    assert kept.refusal == (400, 141, "kept")


async def test_the_sdk_acts_on_the_authority_it_is_given(hosted: Hosted) -> None:
    source = """
    const read = (options) => new Parse.Query("Note").find(options).then((notes) => notes.length);
    Parse.Cloud.define("asNobody", () => read());
    Parse.Cloud.define("asMaster", () => read({useMasterKey: true}));
    Parse.Cloud.define("asUser", ({user}) => read({sessionToken: user.getSessionToken()}));
    Parse.Cloud.define("asStranger", () => read({sessionToken: "r:nobody"}));
    """
    async with hosted(source) as door:
        ada = await door.sign_up("ada")
        await door.make_class("Note", OPEN)
        await door.create("Note", {"ACL": {ada.id: {"read": True}}})
        counts = [
            (await door.post(f"/functions/{name}", {}, token=ada.token)).body
            for name in ("asNobody", "asUser", "asMaster", "asStranger")
        ]

    assert counts[:3] == [{"result": 0}, {"result": 1}, {"result": 1}]
    assert counts[3] == {"code": 209, "error": "Invalid session token"}


async def test_context_travels_from_handler_to_handler(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.beforeSave("Note", ({context}) => { context.seen = [...(context.seen ?? []), "before"]; });
    Parse.Cloud.afterSave("Note", ({object, context}) => { object.set("trail", [...context.seen, "after"]); });
    Parse.Cloud.define("save", () => new Parse.Object("Note").save(null, {context: {seen: ["function"]}}));
    """
    async with hosted(source) as door:
        answer = await door.post("/functions/save", {})

    assert answer.body["result"]["trail"] == ["function", "before", "after"]


async def test_handlers_that_call_each_other_end_at_the_deepest_call(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.define("down", ({params}) => params.n === 0 ? 0 : Parse.Cloud.run("down", {n: params.n - 1}));
    """
    async with hosted(source) as door:
        deep = await door.post("/functions/down", {"n": 9})
        deeper = await door.post("/functions/down", {"n": 10})

    assert deep.body == {"result": 0}
    assert deeper.body["code"] == 141


async def test_two_hundred_nested_calls_at_once_wait_for_nobody(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.beforeSave("Outer", async () => { await new Parse.Object("Inner").save(); });
    Parse.Cloud.beforeSave("Inner", async () => { await new Parse.Query("Other").count(); });
    """
    async with hosted(source) as door:
        answers = await asyncio.gather(*(door.post("/classes/Outer", {}) for _ in range(200)))

    assert {answer.status for answer in answers} == {201}


async def test_batches_of_the_sdk_are_one_request(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.define("many", async () => {
      const notes = Array.from({length: 5}, (_, n) => new Parse.Object("Note", {n}));
      await Parse.Object.saveAll(notes);
      await Parse.Object.destroyAll(notes.slice(0, 2));
      return new Parse.Query("Note").count();
    });
    """
    async with hosted(source) as door:
        answer = await door.post("/functions/many", {})

    assert answer.body == {"result": 3}


async def test_python_and_javascript_call_each_other_in_one_app(hosted: Hosted, tmp_path: Path) -> None:
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "main.py").write_text(
        "from parsonage.cloud import Cloud, FunctionRequest\n"
        "cloud = Cloud()\n"
        "@cloud.function\n"
        "async def snake(request: FunctionRequest, n: int) -> int:\n"
        "    return await request.user_client.call('double', n=n) + 1\n"
        "@cloud.function\n"
        "async def shadowed(request: FunctionRequest) -> str:\n"
        "    return 'Python'\n"
    )
    source = """
    Parse.Cloud.define("double", ({params}) => params.n * 2);
    Parse.Cloud.define("there", () => Parse.Cloud.run("snake", {n: 4}));
    Parse.Cloud.define("shadowed", () => "JavaScript");
    """
    async with hosted(source, folder=True) as door:
        there = await door.post("/functions/there", {})
        shadowed = await door.post("/functions/shadowed", {})

    assert there.body == {"result": 9}
    assert shadowed.body == {"result": "JavaScript"}


LIVE = """
Parse.Cloud.beforeConnect(() => {});
Parse.Cloud.beforeSubscribe("Note", () => {});
Parse.Cloud.afterLiveQueryEvent("Note", () => {});
Parse.Cloud.onLiveQueryEvent(() => {});
Parse.Cloud.define("hello", () => "hello");
"""


async def test_triggers_of_live_queries_are_named_at_start_and_left_aside(
    hosted: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosted(LIVE) as door:
        answer = await door.post("/functions/hello", {})

    left = [
        record.message.partition(" is never called")[0]
        for record in caplog.records
        if record.levelno == logging.WARNING
    ]
    assert [text.rpartition(" (")[0] for text in left] == [
        "beforeConnect @Connect",
        "beforeSubscribe Note",
        "afterLiveQueryEvent Note",
        "onLiveQueryEvent @Connect",
    ]
    assert answer.body == {"result": "hello"}
