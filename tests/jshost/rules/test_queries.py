"""Queries, objects and parameters as they were. Rules: reference/migration-rules.md, group 4."""

from __future__ import annotations

import logging

import pytest

from tests.flows.door import Door, pointer
from tests.jshost.conftest import result
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
function answering(name, work) {
  Parse.Cloud.define(name, function (request, response) { work(response, request); });
}
answering("fill", function (response, request) {
  var list = [];
  for (var n = 0; n < request.params.count; n++) list.push(new Parse.Object(request.params.into, {n: n}));
  Parse.Object.saveAll(list).then(function () { response.success(list.length); }, response.error);
});

answering("implicit-limit", function (response) {
  function show(notes) { response.success(notes.length); }
  function complain(error) { response.error(error); }
  eval(example("implicit-limit"));
});
answering("limit-1000", function (response) {
  var told = [];
  function show(notes) { if (told.push(notes.length) === 2) response.success(told); }
  eval(example("limit-1000"));
});
answering("count-semantics", function (response) { eval(example("count-semantics")).then(response.success); });

answering("backbone-classes", function (response) {
  eval(example("backbone-classes"));
  var seen = [];
  function byNumber(a) { return a.get("n"); }
  var listened = new List([{n: 2}, {n: 1}], {model: Parse.Object.extend("A"), comparator: byNumber});
  listened.on("add", function (model) { seen.push(model.get("n")); });
  listened.add({n: 0});
  c.fetch({
    success: function (fetched) {
      response.success([fetched === c, fetched.length, fetched.at(0).className, listened.pluck("n"), seen]);
    },
    error: function (collection, error) { response.error(error); }
  });
});
answering("events", function (response) {
  var seen = [], bus = Object.assign({}, Parse.Events);
  bus.bind("told", function (what) { seen.push(what + this.mark); }, {mark: "!"});
  bus.on("all", function (name) { seen.push(name); });
  bus.trigger("told", "a");
  bus.off("told");
  bus.trigger("told", "b");
  response.success(seen);
});

(function (Parse) {
  function log(text) { console.log("was", text); }
  eval(example("backbone-object-methods"));
})(apart(Parse, "backbone-object-methods", {Note: "Text"}));

answering("missing-results", function (response) {
  var told = [];
  function query() { return new Parse.Query("Nothing"); }
  function show(note) { told.push(note === undefined); }
  function none() { told.push("none"); }
  eval(example("missing-results")).then(function () {
    return new Parse.Query("Nothing").get("nowhere");
  }).then(null, function (error) { response.success([told, error.code]); });
});

(function (Parse) { eval(example("set-undefined-null")); })(apart(Parse, "set-undefined-null"));
answering("set-null", function (response) {
  new Parse.Object("Note", {draft: null, text: "c"}).save().then(response.success, response.error);
});

answering("batch-errors", function (response) {
  var list = [new Parse.Object("Kept"), new Parse.Object("Kept")];
  var told = [];
  function tell(what) { told.push(what); if (told.length === 2) response.success(told.sort()); }
  function done(saved) { tell("saved " + saved.length); }
  function complain(error) { tell("failed " + error.code + " " + error.errors.length); }
  Parse.Object.saveAll(list).then(function () { eval(example("batch-errors")); });
});
Parse.Cloud.beforeDelete("Kept", function (request, response) { response.error("kept"); });

answering("aggregate-syntax", function (response) {
  Parse.Cloud.useMasterKey();
  var q = new Parse.Query("Grouped");
  eval(example("aggregate-syntax")).then(function (groups) {
    response.success(groups.map(function (group) { return group.objectId; }).sort());
  }, response.error);
});

answering("subquery-limits", function (response) {
  var matchesQuery = Parse.Query.prototype.matchesQuery, built = [];
  Parse.Query.prototype.matchesQuery = function () { built.push(this); return matchesQuery.apply(this, arguments); };
  try { eval(example("subquery-limits")); } finally { Parse.Query.prototype.matchesQuery = matchesQuery; }
  Parse.Promise.when(built[0].count(), built[1].count()).then(function (all, newest) {
    response.success([all, newest]);
  }, response.error);
});
answering("commented", function (response) {
  new Parse.Query("Post").limit(20).find().then(function (posts) {
    return Parse.Object.saveAll(posts.map(function (post) { return new Parse.Object("Comment", {post: post}); }));
  }).then(function (all) { response.success(all.length); }, response.error);
});
answering("posted", function (response) {
  var posts = [];
  for (var n = 0; n < 12; n++) posts.push(new Parse.Object("Post", {open: true}));
  Parse.Object.saveAll(posts).then(function (all) { response.success(all.length); }, response.error);
});

(function (Parse) {
  function log(text) { console.log("since", text); }
  eval(example("param-decoding"));
})(apart(Parse, "param-decoding"));

(function (Parse) {
  Parse.Cloud.define("g", function (request, response) { response.success(request.user && request.user.id); });
  Parse.Cloud.run = function (name, params) {
    return Object.getPrototypeOf(this).run("cloud-run-inside." + name, params);
  };
  eval(example("cloud-run-inside"));
})(apart(Parse, "cloud-run-inside"));

(function (Parse) { eval(example("type-mismatch")); })(apart(Parse, "type-mismatch"));
answering("mismatched", function (response) {
  new Parse.Object("Score").save({points: 1}).then(function () {
    return new Parse.Query("Score").greaterThan("points", "0").find();
  }).then(function (found) {
    return new Parse.Object("Score").save({points: "10"}).then(null, function (error) {
      response.success([found.length, error.code]);
    });
  }).then(null, function () {});
});
"""


@runs("PC401", "PC402", "PC404")
async def test_a_query_finds_a_hundred_unless_it_asks_for_more_and_counts_exactly(door: Door) -> None:
    await result(door, "fill", {"into": "Note", "count": 101})
    told = [await result(door, name) for name in ("implicit-limit", "limit-1000", "count-semantics")]

    assert told == [100, [101, 101], 101]


@runs("PC405")
async def test_collections_and_events_are_there(door: Door) -> None:
    await result(door, "fill", {"into": "A", "count": 2})

    assert await result(door, "backbone-classes") == [True, 2, "A", [0, 1, 2], [0]]
    assert await result(door, "events") == ["a!", "told", "told"]


@runs("PC406")
async def test_an_object_tells_what_it_was(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    text = await door.create("Text", {"text": "old"})
    await door.put(f"/classes/Text/{text}", {"text": "new"})

    told = [record.message for record in caplog.records if record.name == "parsonage.cloud.Text"]
    assert told == ["was null", "was old"]


@runs("PC407")
async def test_first_finds_undefined_and_get_rejects(door: Door) -> None:
    await door.create("Note", {"text": "a"})

    assert await result(door, "missing-results") == [[True], 101]


@runs("PC409")
async def test_undefined_is_not_sent_and_null_is_stored_as_absent(door: Door) -> None:
    edited = await result(door, "set-undefined-null.edit", {"text": "b"})
    emptied = await result(door, "set-null")

    assert isinstance(edited, dict)
    assert isinstance(emptied, dict)
    stored = await door.get(f"/classes/Note/{emptied['objectId']}")
    assert ("draft" in edited, edited["text"], stored.body.get("draft")) == (False, "b", None)


@runs("PC410")
async def test_saving_and_destroying_many_tells_done_and_every_error(door: Door) -> None:
    assert await result(door, "batch-errors") == ["failed 600 2", "saved 2"]


@runs("PC411")
async def test_pipelines_of_old_are_understood(door: Door) -> None:
    await door.create("Grouped", {"u": "a"})
    await door.create("Grouped", {"u": "b"})

    assert await result(door, "aggregate-syntax") == ["a", "b"]


@runs("PC412")
async def test_the_limit_of_an_inner_query_has_no_effect(door: Door) -> None:
    await result(door, "posted")
    commented = await result(door, "commented")

    assert (commented, await result(door, "subquery-limits")) == (12, [12, 12])


@runs("PC415")
async def test_an_object_among_the_parameters_shows_its_json_too(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    since = "2020-01-02T03:04:05.678Z"
    params = {"post": pointer("Post", "abc"), "since": {"__type": "Date", "iso": since}}
    opened = await result(door, "param-decoding.open", params)
    shown = await result(door, "param-decoding.show", params)

    assert (opened, shown) == ("abc", "abc")
    assert f"since {since}" in caplog.text


@runs("PC416")
async def test_a_function_runs_another_as_its_own_caller(door: Door) -> None:
    ada = await door.sign_up("ada")

    assert await result(door, "cloud-run-inside.f", token=ada.token) == ada.id


@runs("PC417")
async def test_values_of_another_type_find_nothing_and_are_refused(door: Door) -> None:
    assert await result(door, "mismatched") == [0, 111]
    assert await result(door, "type-mismatch.top", {"least": "0"}) is None
