"""Pushes, events and mails, as old code asked for them. Rules: reference/migration-rules.md, group 8."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flows.door import Door
from tests.jshost.conftest import Hosted, logged, result, results
from tests.jshost.rules.conftest import EXAMPLES
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
// A Parse that remembers what became of the pushes which are sent with it.
function watched(Parse, sent) {
  var push = Object.create(Parse.Push);
  push.send = function () {
    var promise = Parse.Push.send.apply(Parse.Push, arguments);
    sent.push(promise.then(
      function () { return "sent"; },
      function (error) { return Parse.Promise.as([error.code, error.message]); }
    ));
    return promise;
  };
  return Object.assign(Object.create(Parse), {Push: push});
}

var atStart = [];
(function (Parse) { eval(example("push-master")); })(apart(watched(Parse, atStart), "push-master"));
Parse.Cloud.define("atStart", function () { return Promise.all(atStart); });

Parse.Cloud.define("result", function (request) {
  var payload = {channels: ["a"], data: {}};
  return eval(example("push-result")).then(function () { return "sent"; });
});
Parse.Cloud.define("callback", function (request, response) {
  Parse.Push.send({channels: ["a"], data: {}}, {
    success: function (answer) { response.success(answer.result); },
    error: function (error) { response.success(["told", error.code]); }
  });
});
Parse.Cloud.define("status", function (request) {
  return Parse.Push.send({channels: ["a"], data: {}}).then(function (id) { return Parse.Push.getPushStatus(id); })
    .then(function (status) { return status.id; });
});
Parse.Cloud.define("answer", function (request) {
  return Parse.Push.send({channels: ["a"], data: {}}).then(function (answer) { return [answer, "" + answer]; });
});

Parse.Cloud.define("later", function (request) {
  var payload = {}, sent = [];
  (function (Parse) { eval(example("push-scheduling")); })(watched(Parse, sent));
  return Promise.all(sent).then(function (outcomes) { return [outcomes, payload.push_time]; });
});

// What the SDK hears of a server that has taken a push, until the next restart.
Parse.Cloud.define("serve", function (request) {
  var controller = Parse.CoreManager.getRESTController(), ask = controller.request;
  controller.request = function (method, path) {
    if (path !== "push") return ask.apply(controller, arguments);
    return Promise.resolve({result: true, _status: 200, _headers: {"X-Parse-Push-Status-Id": request.params.id}});
  };
});
(function (Parse) { eval(example("mail-flows")); })(apart(Parse, "mail-flows"));
"""

NO_SERVICE = (115, "Missing push configuration")
"""What Parse Server 9 without a push service answers to any form; see side_by_side/test_cloud_code.py."""

TRACKS = """
Parse.Cloud.define("search", function (request, response) {
  var track = Parse.Analytics.track;
  Parse.Analytics.track = function (name, dimensions) {
    track.call(Parse.Analytics, name, dimensions).then(function () { response.success("tracked"); }, response.error);
  };
  eval(example("analytics"));
  Parse.Analytics.track = track;
});
"""

HEARS = """
import json

def hear(name, parameters):
    with open({file!r}, "w") as file:
        json.dump([name, parameters], file)
"""


@runs("PC807")
async def test_an_event_goes_to_the_function_that_counts_them(legacy: Hosted, tmp_path: Path) -> None:
    heard = tmp_path / "heard.json"
    (tmp_path / "hears.py").write_text(HEARS.format(file=str(heard)))
    async with legacy(EXAMPLES + TRACKS, analyticsAdapter=f"{tmp_path / 'hears.py'}:hear") as door:
        answer = await result(door, "search")

    assert answer == "tracked"
    assert json.loads(heard.read_text()) == ["search", {"dimensions": {"words": "3"}}]


@runs("PC809")
async def test_asking_for_a_mail_is_answered_by_what_the_server_lacks(door: Door) -> None:
    answer = await result(door, "mail-flows.forgot", {"email": "ann@example.org"})

    lacking = "An appName, publicServerURL, and emailAdapter are required"
    assert answer == (1, f"{lacking} for password reset and email verification functionality.")


@runs("PC801")
async def test_a_push_without_the_master_key_is_sent_with_it_and_told_that_there_is_no_service(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    at_start = await result(door, "atStart")
    refused = await result(door, "push-master.ping")
    await logged(caplog, f"push-master.ping: a push is refused: {NO_SERVICE[1]}")

    assert (at_start, refused) == ([list(NO_SERVICE)], NO_SERVICE)


@runs("PC802")
async def test_whoever_looks_for_the_result_of_a_push_hears_that_there_is_no_service(door: Door) -> None:
    refused = await results(door, "result", "callback")

    assert refused == {"result": NO_SERVICE, "callback": ["told", 115]}


@runs("PC802")
async def test_a_push_that_was_taken_has_a_result_and_stands_for_the_id_of_its_status(legacy: Hosted) -> None:
    async with legacy(EXAMPLES + PROGRAM) as door:
        status = (await door.post("/classes/_PushStatus", {"status": "pending"}, master=True)).body["objectId"]
        await result(door, "serve", {"id": status})
        taken = await results(door, "result", "callback", "status", "answer")

    answer = [{"result": True, "objectId": status}, status]
    assert taken == {"result": "sent", "callback": True, "status": status, "answer": answer}


@runs("PC803")
async def test_a_push_for_later_is_taken_as_it_is_and_told_that_there_is_no_service(door: Door) -> None:
    answer = await result(door, "later")

    assert answer == [[list(NO_SERVICE), list(NO_SERVICE)], "2015-01-01T12:00"]
