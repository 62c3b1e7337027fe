"""Worse mistakes: code that ends, stops or spoils the process that it runs in. All other handlers serve on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from parsonage.jshost import conversation
from tests.flows.door import Door
from tests.jshost.conftest import comes_to, hosting_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
const fs = require("node:fs");
const { execSync } = require("node:child_process");
const later = (work) => { setTimeout(work, 1); return new Promise(() => {}); };
const failLater = () => later(() => { throw new Error("x"); });

Parse.Cloud.define("fine", () => "fine");

const mistakes = {
  aborts: () => process.abort(),
  killsItself: () => process.kill(process.pid, "SIGKILL"),
  terminatesItself: () => later(() => process.kill(process.pid)),
  exitsLater: () => later(() => process.exit(1)),
  closesAllFiles: () => {
    for (let fd = 3; fd < 40; fd += 1) try { fs.closeSync(fd); } catch {}
    return later(() => {});
  },
  dropsListeners: () => { process.removeAllListeners(); return failLater(); },
  exitsOnErrors: () => { process.on("uncaughtException", () => process.exit(1)); return failLater(); },

  spinsInPromises: () => { const spin = () => Promise.resolve().then(spin); return spin(); },
  spinsInTicks: () => { const spin = () => process.nextTick(spin); spin(); return later(() => {}); },
  waitsForAtomics: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  waitsForAProgram: () => execSync("sleep 600"),
  backtracks: () => /^(a+)+$/.test("a".repeat(40) + "b"),
  stopsItself: () => process.kill(process.pid, "SIGSTOP"),

  json: () => { JSON.stringify = () => "spoilt"; JSON.parse = () => { throw new Error("spoilt"); }; },
  promises: () => { Promise.prototype.then = () => { throw new Error("spoilt"); }; globalThis.Promise = null; },
  buffers: () => { Buffer.concat = Buffer.byteLength = Buffer.allocUnsafe = null; },
  timers: () => { process.nextTick = null; globalThis.setTimeout = globalThis.setImmediate = null; },
  collections: () => {
    Map.prototype.get = Map.prototype.set = Array.prototype.push = () => { throw new Error("spoilt"); };
  },
  objects: () => { Object.defineProperty(Object.prototype, "id", { get: () => 7, configurable: true }); },
  stacks: () => { Error.prepareStackTrace = () => { throw new Error("spoilt"); }; },
  sdk: () => { Parse.serverURL = "http://127.0.0.1:1/"; Parse.initialize("other"); globalThis.Parse = null; },
  surroundings: () => { process.chdir("/"); process.env = {}; console.log = null; process.stdout.end(); },
};
for (const [name, mistake] of Object.entries(mistakes)) Parse.Cloud.define(name, mistake);
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A house with short patience."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversation, "SECONDS_TO_SHOW_LIFE", 0.2)
        root = tmp_path_factory.mktemp("worse")
        async with hosting_in(root)(PROGRAM, legacyCloudCode=False, handlerTimeout=1) as opened:
            yield opened


async def served_on(door: Door) -> object:
    """What a request without JavaScript is answered, and what the code answers in the end."""
    created = await door.post("/classes/Note", {})
    return created.status, await comes_to(door, "fine", "fine")


@pytest.mark.parametrize(
    "name",
    [
        *("aborts", "killsItself", "terminatesItself", "exitsLater", "closesAllFiles", "dropsListeners"),
        "exitsOnErrors",
    ],
)
async def test_code_that_ends_its_process_is_refused_and_the_next_one_serves(door: Door, name: str) -> None:
    refused = await door.post(f"/functions/{name}", {})

    assert refused.status == 400
    assert await served_on(door) == (201, "fine")


@pytest.mark.parametrize(
    "name",
    [
        *("spinsInPromises", "spinsInTicks", "waitsForAtomics", "waitsForAProgram", "backtracks"),
        "stopsItself",
    ],
)
async def test_code_that_stops_its_process_is_ended(door: Door, name: str) -> None:
    refused = await door.post(f"/functions/{name}", {})

    assert (refused.status, refused.body["code"]) == (400, 124)
    assert await served_on(door) == (201, "fine")


@pytest.mark.parametrize(
    "name",
    [
        *("json", "promises", "buffers", "timers", "collections", "objects", "stacks", "sdk"),
        "surroundings",
    ],
)
async def test_code_that_spoils_what_others_stand_on_costs_one_process_at_the_most(door: Door, name: str) -> None:
    answer = await door.post(f"/functions/{name}", {})

    assert answer.status in (200, 400)
    assert await served_on(door) == (201, "fine")
