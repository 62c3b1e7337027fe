"""Mistakes in JavaScript handlers that end a Parse Server process, or could: each has its answer, and ours serves on.

Rules: PB076 to PB079; reference/migration-rules.md, PC105, PC112.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from parsonage.jshost.host import Host
from tests.flows.door import Door
from tests.jshost.conftest import hosting_in, logged, result

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
const { EventEmitter } = require("node:events");
const { Readable } = require("node:stream");
const net = require("node:net");
const http = require("node:http");

Parse.Cloud.define("fine", () => "fine");
Parse.Cloud.beforeSave("Guarded", () => { throw "guarded"; });

// That call themselves.
Parse.Cloud.define("again", () => Parse.Cloud.run("again"));
Parse.Cloud.beforeSave("Again", () => new Parse.Object("Again").save());
Parse.Cloud.afterSave("AgainAfter", async ({ object }) => { await object.save({ n: Math.random() }); });
Parse.Cloud.beforeFind("AgainFind", () => new Parse.Query("AgainFind").find());

// Of the three that are known best.
Parse.Cloud.define("twice", (request, response) => { response.success(1); response.success(2); });
Parse.Cloud.define("twiceInAChain", (request, response) =>
  Promise.resolve().then(() => { response.success(1); throw "after"; }).catch((error) => response.error(error)));
Parse.Cloud.afterSave("Watched", () => { new Parse.Query("_Installation").find(); });
Parse.Cloud.define("push", () => { Parse.Push.send({channels: ["a"], data: {alert: "hi"}}); return "sent"; });

// And of others.
const mistakes = {
  rejects: () => { Promise.reject(new Error("stray")); },
  rejectsNothing: () => { Promise.reject(); },
  rejectsLater: () => { setTimeout(() => Promise.reject("later"), 1); },
  throwsInTimer: () => { setTimeout(() => { throw new Error("in a timer"); }, 1); },
  throwsInImmediate: () => { setImmediate(() => { throw null; }); },
  throwsInTick: () => { process.nextTick(() => { throw new Error("in a tick"); }); },
  asyncInForEach: () => { [1, 2].forEach(async () => { throw new Error("in a loop"); }); },
  emitsError: () => { setTimeout(() => new EventEmitter().emit("error", new Error("emitted")), 1); },
  streamFails: () => { Readable.from((function* () { throw new Error("read"); })()).resume(); },
  socketFails: () => { net.connect(1, "127.0.0.1"); },
  requestFails: () => { http.get("http://127.0.0.1:1/"); },
  savesUnawaited: () => { new Parse.Object("Guarded").save(); },
  destroysUnawaited: () => { new Parse.Object("Nothing", {id: "nowhere"}).destroy(); },
  runsUnawaited: () => { Parse.Cloud.run("nowhere"); },
  allUnawaited: () => { Promise.all([Promise.reject("one"), Promise.reject("two")]); },
  finallyUnawaited: () => { Promise.reject("x").finally(() => { throw new Error("in finally"); }); },
};
for (const [name, make] of Object.entries(mistakes)) Parse.Cloud.define(name, () => { make(); return "answered"; });

const answers = {
  circular: () => { const map = {}; map.self = map; return map; },
  bigint: () => 10n,
  getterThrows: () => ({ get field() { throw new Error("in a getter"); } }),
  unsaved: () => new Parse.Object("Note"),
  recursion: () => { const deeper = () => deeper() + 1; return deeper(); },
  strangeError: () => { throw Object.create(null); },
  errorThrows: () => { throw { get message() { throw new Error("in the message"); } }; },
  symbol: () => { throw Symbol("s"); },
  proxy: () => new Proxy({}, { ownKeys() { throw new Error("in a trap"); } }),
  thenThrows: () => ({ get then() { throw new Error("in then"); } }),
  deep: () => { let deep = {}; for (let n = 0; n < 1e5; n += 1) deep = { deep }; return deep; },
  itself: () => { const one = { toJSON: () => ({ one }) }; return one; },
  tooLong: () => "x".repeat(2 ** 30),
  throwsProxy: () => { throw new Proxy({}, { get() { throw new Error("in a trap"); } }); },
  throwsLong: () => { throw "x".repeat(1e7); },
  throwsNothing: () => { throw undefined; },
  badRegExp: () => new RegExp("["),
  badJSON: () => JSON.parse("{"),
  undefinedCall: () => undefined.method(),
  frozenRequest: (request) => { "use strict"; Object.freeze(request); request.params = {}; },
};
for (const [name, answer] of Object.entries(answers)) Parse.Cloud.define(name, answer);

// That take apart what they are given.
Parse.Cloud.beforeSave("Emptied", (request) => { request.object = null; });
Parse.Cloud.beforeSave("Circle", (request) => { request.context.self = request.context; });
Parse.Cloud.beforeSave("NoContext", (request) => { request.context = null; });
Parse.Cloud.beforeFind("Number", () => 5);
Parse.Cloud.beforeFind("NoQuery", (request) => { request.query = null; });
Parse.Cloud.afterFind("NoObjects", (request) => { request.objects = null; });
Parse.Cloud.afterFind("Texts", () => ["a", null, 5]);

// That overdo it.
Parse.Cloud.define("talks", () => { for (let n = 0; n < 20000; n += 1) console.log("line", n); return "talked"; });
Parse.Cloud.define("asks", async () =>
  (await Promise.all(Array.from({ length: 2000 }, () => new Parse.Query("Nothing").count()))).length);
Parse.Cloud.define("writes", () => {
  process.stdout.write("x".repeat(200000));
  process.stderr.write("{");
  return "written";
});
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with hosting_in(tmp_path_factory.mktemp("mistakes"))(PROGRAM, legacyCloudCode=False) as opened:
        yield opened


def process(door: Door) -> int:
    host = door.house.handlers.javascript
    assert isinstance(host, Host)
    return host.pid


@pytest.mark.parametrize("name", ["twice", "twiceInAChain"])
async def test_a_second_answer_is_logged_and_ends_nothing(
    door: Door, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    before = process(door)
    first = await result(door, name)
    await logged(caplog, f"{name} ")

    assert (first, await result(door, "fine"), process(door)) == (1, "fine", before)


async def test_a_query_that_fails_unawaited_in_an_after_save_ends_nothing(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    before = process(door)
    saved = await door.post("/classes/Watched", {})
    await logged(caplog, "a rejected promise that nobody waits for in Watched (PC112)")

    assert (saved.status, await result(door, "fine"), process(door)) == (201, "fine", before)


async def test_a_push_whose_error_nobody_handles_ends_nothing(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    before = process(door)
    sent = await result(door, "push")
    await logged(caplog, "a rejected promise that nobody waits for in push (PC112)")

    assert (sent, await result(door, "fine"), process(door)) == ("sent", "fine", before)


@pytest.mark.parametrize(
    "name",
    [
        *("rejects", "rejectsNothing", "rejectsLater", "throwsInTimer", "throwsInImmediate"),
        *("asyncInForEach", "emitsError", "streamFails", "socketFails", "requestFails"),
        *("savesUnawaited", "destroysUnawaited", "runsUnawaited", "allUnawaited", "finallyUnawaited"),
    ],
)
async def test_what_goes_wrong_beside_the_answer_is_logged_with_its_handler(
    door: Door, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    before = process(door)
    answered = await result(door, name)
    await logged(caplog, f"in {name} (PC112)")

    assert (answered, await result(door, "fine"), process(door)) == ("answered", "fine", before)


async def test_what_is_thrown_before_the_answer_left_is_the_answer(door: Door) -> None:
    before = process(door)
    answered = await result(door, "throwsInTick")

    assert answered == (141, "in a tick")
    assert (await result(door, "fine"), process(door)) == ("fine", before)


@pytest.mark.parametrize(
    "name",
    [
        *("circular", "bigint", "getterThrows", "unsaved", "recursion", "strangeError", "errorThrows", "symbol"),
        *("proxy", "thenThrows", "deep", "itself", "tooLong", "throwsProxy", "throwsLong", "throwsNothing", "again"),
        *("badRegExp", "badJSON", "undefinedCall", "frozenRequest"),
    ],
)
async def test_what_can_not_be_answered_is_refused_and_ends_nothing(door: Door, name: str) -> None:
    before = process(door)
    async with asyncio.timeout(10):
        refused = await door.post(f"/functions/{name}", {})

    assert (refused.status, refused.body["code"]) == (400, 141)
    assert (await result(door, "fine"), process(door)) == ("fine", before)


@pytest.mark.parametrize(
    ("class_name", "status"),
    [("Again", 400), ("AgainAfter", 201), ("Emptied", 400), ("Circle", 400), ("NoContext", 400)],
)
async def test_a_trigger_of_a_save_that_calls_itself_or_takes_its_request_apart_ends_nothing(
    door: Door, class_name: str, status: int
) -> None:
    before = process(door)
    answer = await door.post(f"/classes/{class_name}", {})

    assert (answer.status, await result(door, "fine"), process(door)) == (status, "fine", before)


@pytest.mark.parametrize(
    ("class_name", "status"),
    [("AgainFind", 400), ("Number", 200), ("NoQuery", 400), ("NoObjects", 400), ("Texts", 400)],
)
async def test_a_trigger_of_a_read_that_calls_itself_or_takes_its_request_apart_ends_nothing(
    door: Door, class_name: str, status: int
) -> None:
    before = process(door)
    await door.create(class_name, {})
    answer = await door.get(f"/classes/{class_name}")

    assert (answer.status, await result(door, "fine"), process(door)) == (status, "fine", before)


@pytest.mark.parametrize(("name", "answer"), [("talks", "talked"), ("asks", 2000), ("writes", "written")])
async def test_code_that_overdoes_it_is_answered_all_the_same(door: Door, name: str, answer: object) -> None:
    before = process(door)
    answered = await result(door, name)

    assert (answered, await result(door, "fine"), process(door)) == (answer, "fine", before)
