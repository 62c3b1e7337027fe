"""Promises and callbacks as they were. Rules: reference/migration-rules.md, group 2."""

from __future__ import annotations

import pytest

from tests.flows.door import Door
from tests.jshost.conftest import logged, result, results
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
var as = Parse.Promise.as, fail = Parse.Promise.error;
function tellBy(name, work) { Parse.Cloud.define(name, function (request, response) {
  work(function (v) { response.success(v); });
}); }
tellBy("sync", function (tell) { var seen = 0; as(1).then(function (v) { seen = v; }); tell(seen); });
tellBy("when", function (tell) { Parse.Promise.when(as(1), as(2), 3).then(function (a, b, c) { tell([a, b, c]); }); });
tellBy("list", function (tell) { Parse.Promise.when([as(1), as(2)]).then(function (a, b) { tell([a, b]); }); });
tellBy("errors", function (tell) { Parse.Promise.when(as(1), fail("x")).then(null, function (all) { tell(all); }); });
tellBy("stays", function (tell) {
  fail("no").then(null, function () { return "seen"; }).then(
    function () { tell("resolved"); }, function (e) { tell("rejected " + e); });
});
tellBy("resumes", function (tell) {
  fail("no").then(null, function () { return as("mended"); }).then(tell);
});
tellBy("deferred", function (tell) {
  var p = new Parse.Promise(); setTimeout(function () { p.resolve("later"); }, 1); p.then(tell);
});
tellBy("always", function (tell) { new Parse.Query("Note").count().always(function () { tell("always"); }); });
tellBy("fails", function (tell) { fail("no").fail(function (e) { tell(e); }); });
tellBy("is", function (tell) { tell([Parse.Promise.is(as(1)), Parse.Promise.is(1)]); });
tellBy("loop", function (tell) {
  var n = 0; Parse.Promise._continueWhile(function () { return n < 3; }, function () { n += 1; return as(); })
    .then(function () { tell(n); });
});
tellBy("chain", function (tell) {
  var p = as(), seen = []; [1, 2, 3].forEach(function (n) { p = p.then(function () { seen.push(n); }); });
  p.then(function () { tell(seen); });
});
Parse.Cloud.beforeSave("Guarded", function (request, response) { response.error("guarded"); });
Parse.Cloud.define("found", function (request, response) {
  new Parse.Query("Note").find({success: function (notes) { response.success(notes.length); }, error: response.error});
});
Parse.Cloud.define("options", function (request, response) { new Parse.Query("Note").count(response); });
Parse.Cloud.define("refused", function (request, response) {
  new Parse.Object("Guarded").save({a: 1}, {
    success: function () { response.success("saved"); },
    error: function (object, error) { response.success([object.className, error.message]); },
  });
});
Parse.Cloud.define("missing", function (request, response) {
  new Parse.Query("Note").get("nowhere").then(null, function (error) { response.success(error.code); });
});
Parse.Cloud.define("first", function (request, response) {
  new Parse.Query("Note").first({success: function (note) { response.success(note === undefined); }});
});
Parse.Cloud.define("ran", function (request, response) { Parse.Cloud.run("first", {}, response); });

Parse.Cloud.beforeDelete("Guarded", function (request, response) { response.error("kept"); });

function answering(name, work) { Parse.Cloud.define(name, function (request, response) { work(response); }); }

answering("promise-as", function (response) {
  var list = [1, 2];
  eval(example("promise-as"));
  p.then(function (all) { response.success(all); });
});
answering("promise-error", function (response) {
  eval(example("promise-error"));
  p.then(response.success, response.error);
});
answering("promise-deferred", function (response) {
  function get(callback) { setTimeout(function () { callback("later"); }, 1); }
  eval(example("promise-deferred"));
  p.then(response.success);
});
answering("promise-when", function (response) {
  var a = Parse.Promise.as(1), b = Parse.Promise.as(2);
  eval(example("promise-when"));
  Parse.Promise.when(c, d).then(function (sum, one) { response.success([sum, one]); });
});
answering("promise-always", function (response) {
  var told = [];
  function tell(what) { told.push(what); if (told.length === 2) response.success(told.sort()); }
  function show(found) { tell("found " + found.length); }
  function complain() {}
  function stop(count) { tell("counted " + count); }
  var query = new Parse.Query("Nothing");
  eval(example("promise-always"));
});
answering("promise-statics", function (response) {
  var v = Parse.Promise.as("waited");
  function wait(promise) { promise.then(response.success); }
  eval(example("promise-statics"));
});
answering("backbone-callbacks", function (response) {
  var query = new Parse.Query("Nothing");
  var note = new Parse.Object("Plain", {text: "a"}), removed = new Parse.Object("Plain");
  note.destroy = function (options) { return removed.destroy(options); };
  var told = [];
  function show(what) {
    told.push(what === undefined ? "destroyed" : Array.isArray(what) ? "found" : what.className);
    if (told.length === 3) response.success(told.sort());
  }
  function complain(what) { response.error(what); }
  removed.save().then(function () { eval(example("backbone-callbacks")); });
});
answering("error-of-save", function (response) {
  var query = {find: function () {}}, note = new Parse.Object("Guarded");
  function show() {}
  function complain(what) { response.success(what); }
  note.destroy = function () {};
  eval(example("backbone-callbacks"));
});
(function (Parse) {
  var note = new Parse.Object("Plain", {text: "b"});
  eval(example("response-as-options"));
})(apart(Parse, "response-as-options"));
answering("sync-then", function (response) {
  function use(seen) { response.success(seen); }
  eval(example("sync-then"));
});
(function (Parse) {
  function a() { return Parse.Promise.error("refused"); }
  function b() {}
  eval(example("error-handler-resumes"));
})(apart(Parse, "error-handler-resumes"));
(function () {
  var o = new Parse.Object("Guarded");
  function ok() {}
  answering("save-error-args", function (response) {
    // What a callback of `then` is given is the error alone.
    function log(text) { response.success(text); }
    eval(example("save-error-args"));
    o.save().then(ok, function (err, nothing) { log([err.message, nothing === undefined]); });
  });
})();
answering("promise-array-mutation", function (response) {
  var _ = require("underscore");
  var list = [new Parse.Object("Plain"), new Parse.Object("Plain")];
  Parse.Object.saveAll(list).then(function () {
    eval(example("promise-array-mutation"));
    return promise;
  }).then(function () {
    return new Parse.Query("Plain").containedIn("objectId", _.pluck(list, "id")).count();
  }).then(response.success, response.error);
});
"""


@runs("PC201", "PC202", "PC203", "PC204", "PC205", "PC206")
async def test_promises_are_made_and_waited_for_as_in_the_first_sdks(door: Door) -> None:
    names = ("promise-as", "promise-error", "promise-deferred", "promise-when", "promise-always", "promise-statics")
    told = await results(door, *names)

    assert told == {
        "promise-as": [1, 2],
        "promise-error": (141, "x"),
        "promise-deferred": "later",
        "promise-when": [3, 1],
        "promise-always": ["counted 0", "found 0"],
        "promise-statics": "waited",
    }


@runs("PC201", "PC202", "PC203", "PC204", "PC205", "PC206", "PC209", "PC210", "PC212")
async def test_promises_settle_and_pass_on_as_in_the_first_sdks(door: Door) -> None:
    told = await results(
        door,
        *("sync", "when", "list", "errors", "stays", "resumes"),
        *("deferred", "always", "fails", "is", "loop", "chain"),
    )

    assert told == {
        "sync": 1,
        "when": [1, 2, 3],
        "list": [1, 2],
        "errors": [None, "x"],
        "stays": "rejected seen",
        "resumes": "mended",
        "deferred": "later",
        "always": "always",
        "fails": "no",
        "is": [True, False],
        "loop": 3,
        "chain": [1, 2, 3],
    }


@runs("PC207")
async def test_callbacks_among_the_options_are_called(door: Door) -> None:
    assert await result(door, "backbone-callbacks") == ["Plain", "destroyed", "found"]
    assert await result(door, "error-of-save") == "guarded"


@runs("PC207", "PC208", "PC211", "PC407", "PC416")
async def test_callbacks_get_what_they_were_given(door: Door) -> None:
    told = await results(door, "found", "options", "refused", "missing", "first", "ran")

    assert told == {
        "found": 0,
        "options": 0,
        "refused": ["Guarded", "guarded"],
        "missing": 101,
        "first": True,
        "ran": True,
    }


@runs("PC208")
async def test_the_response_stands_in_for_options(door: Door) -> None:
    saved = await result(door, "response-as-options.seen")

    assert isinstance(saved, dict)
    assert saved["text"] == "b"


@runs("PC209")
async def test_a_callback_runs_at_once_when_its_promise_is_settled(door: Door) -> None:
    assert await result(door, "sync-then") == 1


@runs("PC210")
async def test_a_chain_stays_rejected_after_an_error_callback(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    assert await result(door, "error-handler-resumes.f") == (141, "refused")
    assert "PC105" not in caplog.text


@runs("PC211")
async def test_an_error_callback_of_then_gets_the_error_alone(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    # The example reads a second parameter that it never got: its exception is told, and ends nothing.
    assert await result(door, "save-error-args") == (141, "Cannot read properties of undefined (reading 'message')")
    await logged(caplog, "an exception in a callback that nobody takes up")


@runs("PC212")
async def test_a_chain_that_a_loop_builds_runs_in_its_order(door: Door) -> None:
    assert await result(door, "promise-array-mutation") == 0
