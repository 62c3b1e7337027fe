"""Functions, triggers and jobs as they were. Rules: reference/migration-rules.md, group 1."""

from __future__ import annotations

import logging
import re

import msgspec
import pytest

from parsonage.handlers.registry import Kind
from parsonage.operations.jobs import run_job
from tests.flows.door import Door
from tests.jshost.conftest import Hosted, logged, result, results, rows
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
var _ = require("underscore");

(function (Parse) { eval(example("function-response")); })(apart(Parse, "function-response"));
Parse.Cloud.define("wrapped", _.wrap(function (q, s) { s.success("in"); }, function (inner) {
  return inner.apply(this, _.rest(arguments));
}));

(function (Parse) { eval(example("response-escapes")); })(apart(Parse, "response-escapes"));
(function (Parse) { eval(example("trigger-response")); })(Parse);
(function (Parse) { eval(example("job-status")); })(apart(Parse, "job-status"));
(function (Parse) { eval(example("double-response")); })(apart(Parse, "double-response"));
(function (Parse) { eval(example("work-after-response")); })(apart(Parse, "work-after-response"));
(function (Parse) { eval(example("no-answer-path")); })(apart(Parse, "no-answer-path"));

(function (Parse) { eval(example("error-payload")); })(apart(Parse, "error-payload"));
_.each({number: 42, map: {a: 1}, list: ["a"], own: new Parse.Error(901, "own")}, function (value, name) {
  Parse.Cloud.define("error." + name, function (req, res) { res.error(value); });
});

(function (Parse) {
  function check(request, response) { request.object.set("checked", true); response.success(); }
  eval(example("user-trigger-string"));
})(Parse);

Parse.Cloud.beforeSave("Guarded", function (request, response) { response.error("guarded"); });
(function (Parse) {
  var stat = new Parse.Object("Guarded");
  function done(request) { console.log("done with", request.object.className); }
  eval(example("floating-rejection"));
})(apart(Parse, "floating-rejection", {C: "Counted"}));

(function (Parse) {
  var open;
  var opened = new Promise(function (resolve) { open = resolve; });
  function rebuildFeed(note) { return opened.then(function () { return new Parse.Object("Feed").save(); }); }
  eval(example("after-trigger-latency"));
  Parse.Cloud.define("open", function (request, response) { open(); response.success("open"); });
})(apart(Parse, "latency", {C: "Fed"}));

(function (Parse) { eval(example("file-trigger-names")); })(Parse);

(function (Parse) {
  function f1() { return 1; }
  function f2() { return 2; }
  eval(example("duplicate-registration"));
})(apart(Parse, "duplicate-registration"));

(function (Parse) { function f() { return "feed"; } eval(example("bad-function-name")); })(Parse);

(function (Parse) {
  var welcomed = 0;
  function welcome() { welcomed += 1; }
  eval(example("object-isnew"));
  Parse.Cloud.define("welcomed", function () { return welcomed; });
})(Parse);

(function (Parse) { eval(example("before-save-unset")); })(Parse);
"""


@runs("PC101")
async def test_a_function_answers_through_its_response(door: Door) -> None:
    for_ada = await result(door, "function-response.hi", {"n": "Ada"})
    refused = await result(door, "function-response.stars")
    nobody = await result(door, "function-response.stars", {"film": "M"})
    told = await results(door, "function-response.first", "wrapped")

    assert (for_ada, refused, nobody) == ("hi Ada", (141, "no film"), (900, "none"))
    assert told == {"function-response.first": {}, "wrapped": "in"}


@runs("PC102")
async def test_the_methods_of_a_response_may_be_handed_on(door: Door) -> None:
    assert await result(door, "response-escapes.notes") == []


@runs("PC103")
async def test_a_trigger_accepts_and_refuses_through_its_response(door: Door) -> None:
    without = await door.post("/classes/P", {})
    accepted = await door.post("/classes/P", {"t": "text"})
    full, empty = await door.create("Album", {"photos": 2}), await door.create("Album", {"photos": 0})
    kept, gone = await door.delete(f"/classes/Album/{full}"), await door.delete(f"/classes/Album/{empty}")

    assert (without.refusal, accepted.status) == ((400, 141, "no t"), 201)
    assert (kept.refusal, gone.status) == ((400, 141, "there are photos"), 200)


@runs("PC104")
async def test_a_job_ends_through_its_status(door: Door) -> None:
    outcome = await run_job(door.house, "job-status.j", {})

    assert (outcome.status, outcome.message) == ("succeeded", "ok")


@runs("PC105")
async def test_of_two_answers_the_first_stands(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    answers = [await result(door, "double-response.f", {"bad": True}), await result(door, "double-response.f")]

    assert answers == [(141, "bad"), 1]
    assert "double-response.f answered a second time (PC105); the first answer stands" in caplog.text


@runs("PC107")
async def test_work_after_the_answer_goes_on_as_nobody_and_is_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answered = await result(door, "work-after-response.f")
    saved = await rows(door, "Log")

    assert (answered, len(saved)) == (1, 1)
    assert "work-after-response.f goes on after its answer, with nobody's rights (PC107)" in caplog.text


@runs("PC108")
async def test_a_call_that_is_never_answered_ends_at_the_limits_of_that_time(door: Door) -> None:
    registry = door.house.handlers.registry
    name = "no-answer-path.never"
    trigger, job = registry.triggers[Kind.BEFORE_SAVE, "P"], registry.jobs["job-status.j"]
    limits = [registry.functions[name].limit, trigger.limit, job.limit]
    registry.functions[name] = msgspec.structs.replace(registry.functions[name], limit=0.1)
    ended = await result(door, name)

    assert limits == [15, 3, 900]
    assert ended == (124, f"{name} took longer than it may")


@runs("PC109")
async def test_what_an_error_is_told_with_is_what_the_client_gets(door: Door) -> None:
    told = await results(door, "error-payload.f", "error.number", "error.map", "error.list", "error.own")

    assert list(told.values()) == [(900, "full"), (141, "42"), (141, '{"a":1}'), (141, '["a"]'), (901, "own")]


@runs("PC110")
async def test_a_bare_name_means_the_built_in_class(door: Door) -> None:
    ada = await door.sign_up("ada")

    assert (await door.get("/users/me", token=ada.token)).body["checked"] is True


@runs("PC112")
async def test_a_rejection_that_nobody_waits_for_is_logged_with_its_handler(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    await door.create("Counted", {})
    await logged(caplog, "a rejected promise that nobody waits for in Counted (PC112)")

    assert await result(door, "function-response.hi", {"n": 1}) == "hi 1"


@runs("PC113")
async def test_the_client_is_answered_before_an_after_save_has_ended(door: Door) -> None:
    await door.create("Fed", {})
    before = await door.find("Feed")
    await result(door, "latency.open")

    assert (before, len(await rows(door, "Feed"))) == ([], 1)


@runs("PC114")
async def test_the_old_names_of_file_triggers_are_aliases(door: Door) -> None:
    assert (Kind.BEFORE_SAVE, "@File") in door.house.handlers.registry.triggers


@runs("PC115")
async def test_of_two_handlers_with_one_name_the_last_one_answers(door: Door) -> None:
    assert await result(door, "duplicate-registration.a") == 2


async def test_two_handlers_with_one_name_are_both_named_at_start(
    legacy: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    """PC115, and PC116 for names that no client can call."""
    source = 'var f = function () {};\nParse.Cloud.define("a", f);\nParse.Cloud.define("a", f);\n'
    async with legacy(source + 'Parse.Cloud.define("a/b", f);'):
        pass

    first, second = (record.message for record in caplog.records if record.levelno == logging.WARNING)
    assert re.search(r"function a \(.*main\.js:2\) is never called: .*main\.js:3 has its name \(PC115\)", first)
    assert re.search(r"function a/b \(.*\) is never called: its name can't stand in a path \(PC116\)", second)


@runs("PC116")
async def test_a_function_is_called_by_the_name_that_it_was_given(door: Door) -> None:
    assert await result(door, "v2.feed") == "feed"


@runs("PC117")
async def test_an_after_save_sees_equal_times_on_a_create_only(door: Door) -> None:
    note = await door.create("Note", {"text": "a"})
    created = await result(door, "welcomed")
    await door.put(f"/classes/Note/{note}", {"text": "b"})

    assert (created, await result(door, "welcomed")) == (1, 1)


@runs("PC118")
async def test_a_field_that_a_before_save_removes_is_not_stored(door: Door) -> None:
    note = await door.create("Note", {"draft": "x", "text": "a"})
    stored = await door.get(f"/classes/Note/{note}")

    assert "draft" not in stored.body
