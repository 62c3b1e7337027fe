"""Webhooks: their routes, what they are sent, and what their answers do.

Rules: reference/cloud-code.md, section 5; PB088 to PB094, PB115.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FunctionRequest
from tests.flows.door import DENIED, NOT_FOUND, Door, User, open_door
from tests.flows.hook_host import HookHost, hook_host
from tests.flows.test_settings import FORBIDDEN

NO_SUCH_FUNCTION = (400, {"code": 143, "error": "no function named: f is defined"})
INVALID = (400, {"code": 143, "error": "invalid hook declaration"})
URL = "http://127.0.0.1:1/hook"


@pytest.fixture
def host() -> Iterator[HookHost]:
    with hook_host() as running:
        yield running


async def declare_function(door: Door, url: str, name: str = "f") -> None:
    answer = await door.post("/hooks/functions", {"functionName": name, "url": url}, master=True)
    assert answer.plain == (200, {"functionName": name, "url": url})


async def declare_trigger(door: Door, url: str, trigger: str, class_name: str = "Note") -> None:
    declaration = {"className": class_name, "triggerName": trigger, "url": url}
    answer = await door.post("/hooks/triggers", declaration, master=True)
    assert answer.plain == (200, declaration)


class TestTheRoutes:
    async def test_of_a_function_declare_read_change_and_take_back(self, door: Door) -> None:
        await declare_function(door, URL)
        row = {"functionName": "f", "url": URL}
        moved = {"functionName": "f", "url": f"{URL}2"}

        again = await door.post("/hooks/functions", row, master=True)
        assert again.plain == (400, {"code": 143, "error": "function name: f already exists"})
        assert (await door.get("/hooks/functions", master=True)).plain == (200, [row])
        assert (await door.get("/hooks/functions/f", master=True)).plain == (200, row)
        assert (await door.put("/hooks/functions/f", {"url": moved["url"]}, master=True)).plain == (200, moved)
        assert (await door.get("/hooks/functions/f", master=True)).plain == (200, moved)
        assert (await door.put("/hooks/functions/f", {"__op": "Delete"}, master=True)).plain == (200, {})
        assert (await door.get("/hooks/functions/f", master=True)).plain == NO_SUCH_FUNCTION
        assert (await door.put("/hooks/functions/f", {"url": URL}, master=True)).plain == NO_SUCH_FUNCTION
        assert (await door.put("/hooks/functions/f", {"__op": "Delete"}, master=True)).plain == NOT_FOUND

    async def test_of_a_trigger_declare_read_change_and_take_back(self, door: Door) -> None:
        await declare_trigger(door, URL, "beforeSave")
        row = {"className": "Note", "triggerName": "beforeSave", "url": URL}
        moved = {**row, "url": f"{URL}2"}
        path = "/hooks/triggers/Note/beforeSave"

        again = await door.post("/hooks/triggers", row, master=True)
        assert again.plain == (400, {"code": 143, "error": "class Note already has trigger beforeSave"})
        assert (await door.get("/hooks/triggers", master=True)).plain == (200, [row])
        assert (await door.get("/hooks/functions", master=True)).plain == (200, [])
        assert (await door.put(path, {"url": moved["url"]}, master=True)).plain == (200, moved)
        assert (await door.get(path, master=True)).plain == (200, moved)
        assert (await door.put(path, {"__op": "Delete"}, master=True)).plain == (200, {})
        assert (await door.get(path, master=True)).plain == (400, {"code": 143, "error": "class Note does not exist"})

    @pytest.mark.parametrize(
        "declaration",
        [
            {},
            {"functionName": "f"},
            {"functionName": "f", "url": "no-url"},
            {"functionName": "f", "url": "file:///etc/passwd"},
            {"functionName": "f", "url": "http://["},
            {"functionName": {"a": 1}, "url": URL},
            {"functionName": "__proto__", "url": URL},
            {"className": "Note", "url": URL},
            {"className": "Note", "triggerName": "beforeTea", "url": URL},
            {"className": "__proto__", "triggerName": "beforeSave", "url": URL},
        ],
    )
    async def test_refuse_what_is_no_declaration(self, door: Door, declaration: Any) -> None:
        assert (await door.post("/hooks/functions", declaration, master=True)).plain == INVALID

    async def test_refuse_triggers_that_a_class_cant_have(self, door: Door) -> None:
        declaration = {"className": "_Session", "triggerName": "beforeSave", "url": URL}

        answer = await door.post("/hooks/triggers", declaration, master=True)

        text = "Only the afterLogout trigger is allowed for the _Session class."
        assert answer.plain == (400, {"code": 143, "error": text})

    async def test_are_for_the_master_key(self, door: Door, ada: User) -> None:
        read_only = {"x-parse-master-key": "the-read-only-key"}
        declaration = {"functionName": "f", "url": URL}

        assert (await door.get("/hooks/functions", token=ada.token)).plain == FORBIDDEN
        assert (await door.post("/hooks/functions", declaration)).plain == FORBIDDEN
        assert (await door.get("/hooks/functions", headers=read_only)).plain == (200, [])
        assert (await door.post("/hooks/functions", declaration, headers=read_only)).plain == DENIED
        assert (await door.put("/hooks/functions/f", {"url": URL}, headers=read_only)).plain == DENIED

    async def test_know_no_delete(self, door: Door) -> None:
        assert (await door.delete("/hooks/functions/f", master=True)).status == 404


class TestAFunction:
    async def test_is_sent_who_asks_and_what_and_no_keys(self, door: Door, ada: User, host: HookHost) -> None:
        # PB089, PB092
        await declare_function(door, host.at("f", {"success": {"a": [1]}}))
        params = {"n": 1, "day": {"__type": "Date", "iso": "2026-01-02T03:04:05.000Z"}, "of": ada.pointer}
        secrets = {"x-parse-rest-api-key": "secret", "cookie": "secret", "x-app": "2"}

        answer = await door.post("/functions/f", params, token=ada.token, headers=secrets)

        assert answer.plain == (200, {"result": {"a": [1]}})
        [asked] = host.asked
        assert asked.body["params"] == {"n": 1, "day": "2026-01-02T03:04:05.000Z", "of": ada.pointer}
        assert (asked.body["functionName"], asked.body["master"], asked.body["ip"]) == ("f", False, "127.0.0.1")
        assert asked.body["user"]["objectId"] == ada.id
        assert asked.body["headers"]["x-app"] == "2"
        assert ada.token not in str(asked)
        assert "secret" not in str(asked)
        assert "x-parse-webhook-key" not in asked.headers

    async def test_gets_the_webhook_key(self, tmp_path: Path, host: HookHost) -> None:
        async with open_door(tmp_path, webhookKey="the-hook-key") as door:
            await declare_function(door, host.at("f", {}))
            answer = await door.post("/functions/f")

        assert answer.plain == (200, {})
        assert host.asked[0].headers["x-parse-webhook-key"] == "the-hook-key"

    @pytest.mark.parametrize(
        ("reply", "answer"),
        [
            ({"error": "no"}, {"code": 141, "error": "no"}),
            ({"error": {"code": 999, "message": "m"}}, {"code": 999, "error": "m"}),
            ({"error": {"code": 1337, "error": "hacking"}}, {"code": 141, "error": {"code": 1337, "error": "hacking"}}),
            ({"error": 42}, {"code": 141, "error": "42"}),
            (b"<html>", {"code": 141, "error": "f: the webhook's answer is not JSON"}),
            ([1], {"code": 141, "error": "f: the webhook's answer is not a map"}),
            (503, {"code": 141, "error": "f: the webhook answered with status 503"}),
        ],
    )
    async def test_answers_with_an_error_of_its_own_or_with_text_only(
        self, door: Door, host: HookHost, reply: Any, answer: Any
    ) -> None:
        await declare_function(door, host.at("f", reply))

        assert (await door.post("/functions/f")).plain == (400, answer)

    @pytest.mark.parametrize(("reply", "body"), [({"success": None}, {"result": None}), ({}, {}), (b"", {})])
    async def test_may_answer_with_nothing(self, door: Door, host: HookHost, reply: Any, body: Any) -> None:
        await declare_function(door, host.at("f", reply))

        assert (await door.post("/functions/f")).plain == (200, body)

    async def test_that_nobody_hosts_is_answered_with_141(self, door: Door) -> None:
        await declare_function(door, URL)

        answer = await door.post("/functions/f")

        assert answer.plain == (400, {"code": 141, "error": "the webhook could not be called"})

    async def test_that_takes_too_long_is_answered_with_141(self, tmp_path: Path, host: HookHost) -> None:
        async with open_door(tmp_path, handlerTimeout=0.2) as door:
            await declare_function(door, host.at("f", lambda body: host.released.wait()))
            answer = await door.post("/functions/f")

        assert answer.plain == (400, {"code": 141, "error": "f: the webhook took longer than it may"})


class TestABeforeSave:
    async def test_makes_the_object_what_it_answers(self, door: Door, host: HookHost) -> None:
        def better(body: Any) -> Any:
            note = {key: value for key, value in body["object"].items() if key != "secret"}
            return {"success": {**note, "n": 2, "by": "hook"}}

        await declare_trigger(door, host.at("save", better), "beforeSave")
        created = await door.post("/classes/Note", {"n": 1, "secret": "s", "tags": ["a"]})
        stored = await door.get(f"/classes/Note/{created.body['objectId']}")

        assert (created.body["n"], created.body["by"]) == (2, "hook")
        assert (stored.body["n"], stored.body["by"], stored.body["tags"]) == (2, "hook", ["a"])
        assert "secret" not in stored.body
        assert host.asked[0].body["object"]["className"] == "Note"

    async def test_leaves_a_clients_operation_one_where_it_agrees(self, door: Door, host: HookHost) -> None:
        note = await door.create("Note", {"n": 1, "gone": 1})
        await declare_trigger(door, host.at("save", lambda body: {"success": body["object"]}), "beforeSave")

        change = {"n": {"__op": "Increment", "amount": 2}, "gone": {"__op": "Delete"}}
        answer = await door.put(f"/classes/Note/{note}", change)
        stored = (await door.get(f"/classes/Note/{note}")).body

        assert answer.status == 200
        assert (stored["n"], stored.get("gone")) == (3, None)
        assert host.asked[0].body["original"]["n"] == 1

    @pytest.mark.parametrize("reply", [{"success": {}}, {}, {"success": True}])
    async def test_that_says_nothing_changes_nothing(self, door: Door, host: HookHost, reply: Any) -> None:
        await declare_trigger(door, host.at("save", reply), "beforeSave")

        note = await door.create("Note", {"n": 1})

        assert (await door.get(f"/classes/Note/{note}")).body["n"] == 1

    async def test_refuses_the_save_with_an_error(self, door: Door, host: HookHost) -> None:
        await declare_trigger(door, host.at("save", {"error": "no"}), "beforeSave")

        assert (await door.post("/classes/Note", {})).plain == (400, {"code": 141, "error": "no"})

    async def test_may_not_smuggle_in_a_denied_key(self, door: Door, host: HookHost) -> None:
        await declare_trigger(door, host.at("save", {"success": {"constructor": 1}}), "beforeSave")

        assert (await door.post("/classes/Note", {})).body["code"] == 105


class TestTheOtherTriggers:
    async def test_see_the_object_and_change_nothing(self, door: Door, host: HookHost) -> None:
        url = host.at("after", {"success": {}})
        await declare_trigger(door, url, "afterSave")
        await declare_trigger(door, url, "beforeDelete")
        await declare_trigger(door, url, "afterDelete")

        created = await door.post("/classes/Note", {"n": 1})
        deleted = await door.delete(f"/classes/Note/{created.body['objectId']}")

        assert (created.status, deleted.plain) == (201, (200, {}))
        seen = [(asked.body["triggerName"], asked.body["object"]["n"]) for asked in host.asked]
        assert seen == [("afterSave", 1), ("beforeDelete", 1), ("afterDelete", 1)]

    async def test_after_a_save_may_answer_in_the_place_of_the_server(self, door: Door, host: HookHost) -> None:
        await declare_trigger(door, host.at("after", {"success": {"custom": 1}}), "afterSave")

        assert (await door.post("/classes/Note", {"n": 1})).plain == (201, {"custom": 1})

    async def test_of_a_read_change_the_query_and_the_objects(self, door: Door, host: HookHost) -> None:
        for n in (1, 2, 3):
            await door.create("Note", {"n": n})
        await declare_trigger(door, host.at("before", {"success": {"where": {"n": {"$gt": 1}}}}), "beforeFind")

        def tenfold(body: Any) -> Any:
            return {"success": [{**note, "n": note["n"] * 10} for note in body["objects"]]}

        await declare_trigger(door, host.at("after", tenfold), "afterFind")
        rows = await door.find("Note", {"n": {"$lt": 9}}, order="n")

        assert [row["n"] for row in rows] == [20, 30]
        assert host.asked[0].body["query"] == {"where": {"n": {"$lt": 9}}, "order": "n", "limit": 100}
        assert (host.asked[0].body["isGet"], host.asked[0].body["count"]) == (False, False)

    async def test_of_a_read_may_answer_themselves_or_leave_all_as_it_is(self, door: Door, host: HookHost) -> None:
        await door.create("Note", {"n": 1})
        await declare_trigger(door, host.at("before", {"success": [{"n": 7}]}), "beforeFind")
        await declare_trigger(door, host.at("after", {"success": {}}), "afterFind")

        assert [row["n"] for row in await door.find("Note")] == [7]

    async def test_of_a_log_in_see_no_session_token(self, door: Door, ada: User, host: HookHost) -> None:
        url = host.at("login", {"success": {}})
        await declare_trigger(door, url, "beforeLogin", "_User")
        await declare_trigger(door, url, "afterLogin", "_User")

        answer = await door.post("/login", {"username": "ada", "password": "ada-password"})

        assert answer.status == 200
        assert [asked.body["object"]["objectId"] for asked in host.asked] == [ada.id, ada.id]
        assert answer.body["sessionToken"] not in str(host.asked)


class TestBesideHandlersOfTheApp:
    async def test_a_webhook_is_called_in_their_place_until_it_is_taken_back(self, door: Door, host: HookHost) -> None:
        cloud = Cloud()

        @cloud.function
        async def f(request: FunctionRequest) -> str:
            return "python"

        door.deploy(cloud)
        await declare_function(door, host.at("f", {"success": "hook"}))
        covered = (await door.post("/functions/f")).body
        door.deploy(cloud)
        reloaded = (await door.post("/functions/f")).body
        await door.put("/hooks/functions/f", {"__op": "Delete"}, master=True)

        assert (covered, reloaded) == ({"result": "hook"}, {"result": "hook"})
        assert (await door.post("/functions/f")).body == {"result": "python"}

    async def test_one_that_was_alone_leaves_nothing_behind(self, door: Door, host: HookHost) -> None:
        await declare_function(door, host.at("f", {"success": "hook"}))
        await declare_trigger(door, host.at("find", {}), "beforeFind")
        await door.put("/hooks/functions/f", {"__op": "Delete"}, master=True)
        await door.put("/hooks/triggers/Note/beforeFind", {"__op": "Delete"}, master=True)

        registry = door.house.handlers.registry
        assert (registry.functions, registry.triggers, registry.has_find_triggers) == ({}, {}, False)

    async def test_what_is_stored_is_called_after_a_start_and_shadowing_is_named(
        self, tmp_path: Path, host: HookHost, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_door(tmp_path) as door:
            await declare_function(door, host.at("f", {"success": "hook"}))
        cloud = tmp_path / "main.py"
        cloud.write_text("from parsonage import Cloud\ncloud = Cloud()\n@cloud.function\nasync def f(r): return 1\n")

        async with open_door(tmp_path, cloud=str(cloud)) as door:
            answer = await door.post("/functions/f")

        assert answer.body == {"result": "hook"}
        assert f"function f ({cloud}:3) is not called: a webhook has its name" in caplog.messages

    async def test_another_process_learns_of_a_webhook_before_its_next_request(
        self, tmp_path: Path, host: HookHost
    ) -> None:
        async with open_door(tmp_path) as one, open_door(tmp_path) as other:
            before = (await other.post("/functions/f")).body["error"]
            await declare_function(one, host.at("f", {"success": "hook"}))
            after = (await other.post("/functions/f")).body
            await other.put("/hooks/functions/f", {"__op": "Delete"}, master=True)

            assert (before, after) == ('Invalid function: "f"', {"result": "hook"})
            assert (await one.post("/functions/f")).body["code"] == 141
