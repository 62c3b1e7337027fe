"""The life of the Node process: what ends it, what starts it again, and what the server does meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from parsonage.jshost.host import Host
from parsonage.jshost.node import source_files
from parsonage.server import StartFailed, reload_handlers
from tests.flows.door import Door
from tests.jshost.conftest import Hosted, result
from tests.machinery.node import package
from tests.machinery.ours import parsonage

CALM = 'Parse.Cloud.define("hello", () => "hello");'


def host(door: Door) -> Host:
    javascript = door.house.handlers.javascript
    assert isinstance(javascript, Host)
    return javascript


async def test_a_killed_process_is_started_again_and_nobody_waits_for_ever(hosted: Hosted) -> None:
    source = CALM + 'Parse.Cloud.define("never", () => new Promise(() => {}));'
    async with hosted(source) as door:
        first = host(door).pid
        waiting = asyncio.ensure_future(door.post("/functions/never", {}))
        await door.post("/functions/hello", {})
        os.kill(first, signal.SIGKILL)
        lost = await waiting
        after = await door.post("/functions/hello", {})
        second = host(door).pid

    assert lost.refusal == (400, 141, "never: the JavaScript process ended before it had answered")
    assert (after.body, first != second) == ({"result": "hello"}, True)


async def test_requests_without_javascript_are_answered_while_the_process_is_gone(hosted: Hosted) -> None:
    async with hosted(CALM) as door:
        os.kill(host(door).pid, signal.SIGKILL)
        created = await door.post("/classes/Note", {"n": 1})

    assert created.status == 201


async def test_an_endless_loop_is_ended_and_the_server_serves_on(hosted: Hosted) -> None:
    source = CALM + 'Parse.Cloud.define("loop", () => { for (;;); });'
    async with hosted(source, handlerTimeout=0.5) as door:
        first = host(door).pid
        looped = await door.post("/functions/loop", {})
        while host(door).pid == first:
            await door.post("/functions/hello", {})
        after = await door.post("/functions/hello", {})

    assert (looped.status, looped.body["code"]) == (400, 124)
    assert after.body == {"result": "hello"}


async def test_too_much_memory_ends_the_process_and_not_the_server(hosted: Hosted) -> None:
    source = (
        CALM
        + """
    Parse.Cloud.define("hoard", () => { const all = []; for (;;) all.push(new Array(1e6).fill({})); });
    """
    )
    async with hosted(source, nodeMemory=64) as door:
        hoarded = await door.post("/functions/hoard", {})
        after = await door.post("/functions/hello", {})

    assert (hoarded.body["code"], after.body) == (141, {"result": "hello"})


STRAY = (
    CALM
    + """
Parse.Cloud.define("reject", () => { Promise.reject(new Error("stray")); return "answered"; });
Parse.Cloud.define("timer", () => new Promise(() => setTimeout(() => { throw new Error("stray"); }, 1)));
Parse.Cloud.define("exit", () => process.exit(3));
Parse.Cloud.define("late", (request, response) => {
  response.success("first");
  setImmediate(() => new Parse.Object("Late").save());
});
"""
)


async def test_a_stray_rejection_is_logged_by_handler_and_rule(
    hosted: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    """PB079: Parse Server's process ends here."""
    async with hosted(STRAY) as door:
        pid = host(door).pid
        answer = await door.post("/functions/reject", {})
        after = await door.post("/functions/hello", {})
        same = host(door).pid == pid

    assert (answer.body, after.body, same) == ({"result": "answered"}, {"result": "hello"}, True)
    assert "a rejected promise that nobody waits for in reject (PC112): Error: stray" in caplog.text


async def test_an_error_in_a_callback_answers_the_call_that_it_belongs_to(hosted: Hosted) -> None:
    async with hosted(STRAY) as door:
        answer = await door.post("/functions/timer", {})

    assert answer.refusal == (400, 141, "stray")


async def test_code_that_exits_answers_141_and_starts_again(hosted: Hosted) -> None:
    async with hosted(STRAY) as door:
        answer = await door.post("/functions/exit", {})
        after = await door.post("/functions/hello", {})

    assert (answer.body["code"], after.body) == (141, {"result": "hello"})


async def test_what_is_asked_for_after_the_answer_is_still_done(hosted: Hosted) -> None:
    saved = asyncio.Event()
    async with hosted(STRAY) as door:
        answer = await door.post("/functions/late", {})
        while not await door.find("Late", master=True):
            await door.post("/functions/hello", {})
        saved.set()

    assert (answer.body, saved.is_set()) == ({"result": "first"}, True)


STARTS_A_CHILD = """
const { openSync } = require("node:fs");
const { spawn } = require("node:child_process");
Parse.Cloud.define("start", ({ params }) => {
  const stdio = ["ignore", openSync(params.pipe, "w"), "ignore"];
  const child = spawn("sh", ["-c", "trap '' TERM; sleep 300"], { stdio });
  return child.pid > 0;
});
Parse.Cloud.define("leave", ({ params }) => {
  spawn("sh", ["-c", 'read line < "$0"', params.pipe], { detached: true, stdio: "ignore" }).unref();
  return true;
});
Parse.Cloud.define("hello", () => "hello");
Parse.Cloud.define("exit", () => process.exit(3));
"""


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The path of a pipe, and the end of it that hears nothing more once whoever has opened the path is gone."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield str(path), reading
    os.close(reading)


def closed(reading: int) -> bool:
    """Whether nobody has the other end of a pipe open, now or soon."""
    return select.select([reading], [], [], 10) == ([reading], [], []) and os.read(reading, 1) == b""


async def test_what_the_code_has_started_ends_with_the_server(hosted: Hosted, pipe: tuple[str, int]) -> None:
    async with hosted(STARTS_A_CHILD) as door:
        started = await result(door, "start", {"pipe": pipe[0]})

    assert (started, closed(pipe[1])) == (True, True)


async def test_what_the_code_has_started_ends_with_its_process(hosted: Hosted, pipe: tuple[str, int]) -> None:
    async with hosted(STARTS_A_CHILD, handlerTimeout=10) as door:
        await result(door, "start", {"pipe": pipe[0]})
        lost = await result(door, "exit")
        ended = await asyncio.to_thread(closed, pipe[1])

    assert (lost, ended) == ((141, "exit: the JavaScript process ended before it had answered"), True)


async def test_a_process_has_ended_though_something_that_it_started_lives_on(
    hosted: Hosted, pipe: tuple[str, int]
) -> None:
    async with hosted(STARTS_A_CHILD, handlerTimeout=20) as door:
        await result(door, "leave", {"pipe": pipe[0]})
        lost = await result(door, "exit")
        after = await result(door, "hello")
    os.close(os.open(pipe[0], os.O_WRONLY))

    assert (lost, after) == ((141, "exit: the JavaScript process ended before it had answered"), "hello")


def test_what_the_code_has_started_ends_with_a_server_that_is_killed(tmp_path: Path, pipe: tuple[str, int]) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "parse").symlink_to(package("parse"))
    (tmp_path / "main.js").write_text(STARTS_A_CHILD)
    with parsonage({"appId": "a", "masterKey": "m", "cloud": "main.js"}, folder=tmp_path) as server:
        headers = {"X-Parse-Application-Id": "a", "Content-Type": "application/json"}
        body = json.dumps({"pipe": pipe[0]}).encode()
        with urlopen(Request(f"{server.url}/functions/start", body, headers)) as answer:
            started = json.load(answer)
        server.kill()
        ended = closed(pipe[1])

    assert (started, ended) == ({"result": True}, True)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("const x = ;", "main.js:1: SyntaxError: Unexpected token ';'"),
        ("\nundefinedName();", "main.js:2: ReferenceError: undefinedName is not defined"),
        ("require('./absent');", "main.js:1: Error: Cannot find module './absent'"),
        ("throw 'no';", "main.js: no"),
        ("Parse.Cloud.beforeSave('_Session', () => {});", "Only the afterLogout trigger is allowed"),
        ("process.exit(0);", "Node ended before"),
    ],
)
async def test_code_that_can_not_be_loaded_is_told_in_one_line(hosted: Hosted, source: str, told: str) -> None:
    with pytest.raises(StartFailed) as failed:
        async with hosted(source):
            pass

    assert told in str(failed.value)
    assert "\n" not in str(failed.value)


async def test_changed_code_is_loaded_anew_and_broken_code_leaves_the_old_in_force(
    hosted: Hosted, tmp_path: Path
) -> None:
    async with hosted(CALM) as door:
        (tmp_path / "cloud" / "main.js").write_text('Parse.Cloud.define("hello", () => "again");')
        await reload_handlers(door.house)
        changed = await door.post("/functions/hello", {})
        (tmp_path / "cloud" / "main.js").write_text("const x = ;")
        await reload_handlers(door.house)
        kept = await door.post("/functions/hello", {})

    assert (changed.body, kept.body) == ({"result": "again"}, {"result": "again"})


async def test_broken_code_does_not_claim_that_the_old_stays_while_no_process_runs(
    hosted: Hosted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosted(CALM) as door:
        await break_and_kill(door, tmp_path)
        await reload_handlers(door.house)

    assert "Cloud Code not reloaded, and no JavaScript process runs: " in caplog.text
    assert "the last one that worked stays" not in caplog.text


async def test_code_that_is_mended_while_no_process_runs_is_started_once(hosted: Hosted, tmp_path: Path) -> None:
    async with hosted(CALM) as door:
        await break_and_kill(door, tmp_path)
        (tmp_path / "cloud" / "main.js").write_text(CALM)
        await reload_handlers(door.house)
        mended = host(door).pid
        await asyncio.gather(host(door)._restart or asyncio.sleep(0))  # it would start one, had nobody mended the code
        after = await door.post("/functions/hello", {})
        same = host(door).pid == mended

    assert (after.body, same) == ({"result": "hello"}, True)


async def break_and_kill(door: Door, folder: Path) -> None:
    """Leave broken code and no process, as the server knows."""
    (folder / "cloud" / "main.js").write_text("const x = ;")
    os.kill(host(door).pid, signal.SIGKILL)
    await door.post("/functions/hello", {})  # it is answered once the end was seen


async def test_an_es_module_is_hosted_as_it_is(hosted: Hosted) -> None:
    source = """
    import Parse from "parse/node";
    import { format } from "node:util";
    Parse.Cloud.define("hello", async () => format("hello %s", await Promise.resolve("module")));
    """
    async with hosted(source, entry="main.mjs") as door:
        answer = await door.post("/functions/hello", {})

    assert answer.body == {"result": "hello module"}


@pytest.mark.long
async def test_a_host_killed_a_hundred_times_fails_no_request_that_needs_no_javascript(hosted: Hosted) -> None:
    await killed_under_load(hosted, 100)


async def test_a_host_killed_five_times_fails_no_request_that_needs_no_javascript(hosted: Hosted) -> None:
    await killed_under_load(hosted, 5)


async def killed_under_load(hosted: Hosted, kills: int) -> None:
    async with hosted(CALM) as door:
        over = asyncio.Event()

        async def ask(path: str, seen: set[tuple[int, int | None]]) -> None:
            while not over.is_set():
                answer = await door.post(path, {})
                seen.add((answer.status, answer.body.get("code")))

        plain: set[tuple[int, int | None]] = set()
        scripted: set[tuple[int, int | None]] = set()
        asking = [
            asyncio.ensure_future(ask("/classes/Note", plain)),
            *(asyncio.ensure_future(ask("/functions/hello", scripted)) for _ in range(4)),
        ]
        for _ in range(kills):
            pid = host(door).pid
            os.kill(pid, signal.SIGKILL)
            while host(door).pid == pid:
                await door.post("/functions/hello", {})
        over.set()
        await asyncio.gather(*asking)

    assert plain == {(201, None)}
    assert scripted <= {(200, None), (400, 141)}


def test_what_the_server_keeps_for_itself_is_not_looked_at_for_changes(tmp_path: Path) -> None:
    (tmp_path / ".parsonage").mkdir()
    (tmp_path / ".parsonage" / "refused.json").write_text("{}")
    (tmp_path / "texts.json").write_text("{}")
    (tmp_path / "main.js").write_text(CALM)

    assert source_files(tmp_path / "main.js") == [tmp_path / "main.js", tmp_path / "texts.json"]
