"""Writing: what a save stores and answers, and which triggers ran, in which order, with which context.

Rules: reference/rest-core.md, sections 7 and 9; reference/cloud-code.md, sections 3 and 9.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from parsonage.cloud import Cloud, FieldRule, TriggerRequest
from parsonage.protocol.errors import ParseError
from tests.flows.door import DENIED, NOT_FOUND, OPEN, Door, User

FAILED = (400, {"code": 141, "error": "no"})


def watching(door: Door, *class_names: str, cloud: Cloud | None = None) -> Cloud:
    """Cloud Code that writes down each trigger of the classes, with the context that it was given."""
    cloud = cloud or Cloud()

    async def note(request: TriggerRequest) -> None:
        door.events.append((request.trigger_name, request.object.class_name, dict(request.context)))
        request.context["seen"] = [*request.context.get("seen", ()), request.trigger_name]
        if request.context.get("refuse") == request.trigger_name:
            raise RuntimeError("no")

    for class_name in class_names:
        for trigger in (cloud.before_save, cloud.after_save, cloud.before_delete, cloud.after_delete):
            trigger(class_name)(note)
    door.deploy(cloud)
    return cloud


def names(door: Door) -> list[str]:
    return [event[0] for event in door.events]


def context(**parts: Any) -> dict[str, Any]:
    return {"x-parse-cloud-context": orjson.dumps(parts).decode()}


class TestACreate:
    async def test_runs_before_save_and_after_save_with_one_context(self, door: Door) -> None:
        watching(door, "Note")

        answer = await door.post("/classes/Note", {"n": 1}, headers=context(a=1))

        assert answer.status == 201
        assert door.events == [
            ("beforeSave", "Note", {"a": 1}),
            ("afterSave", "Note", {"a": 1, "seen": ["beforeSave"]}),
        ]

    async def test_tells_what_the_trigger_took_away_from_a_class_that_never_had_it(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save("Note")
        async def take_away(request: TriggerRequest) -> None:
            request.object.unset("secret")

        door.deploy(cloud)

        answer = await door.post("/classes/Note", {"n": 1, "secret": "s"})

        assert answer.body["secret"] == {"__op": "Delete"}

    async def test_in_a_batch_has_a_context_of_its_own(self, door: Door) -> None:
        watching(door, "Note")
        item = {"method": "POST", "path": "/parse/classes/Note", "body": {}}

        await door.post("/batch", {"requests": [item, item]}, headers=context(a=1))

        assert [given.get("seen") for _, _, given in door.events] == [None, None, ["beforeSave"], ["beforeSave"]]

    async def test_refused_by_before_save_stores_nothing(self, door: Door) -> None:
        watching(door, "Note")

        answer = await door.post("/classes/Note", {"n": 1}, headers=context(refuse="beforeSave"))

        assert answer.plain == FAILED
        assert names(door) == ["beforeSave"]
        assert await door.find("Note") == []

    async def test_is_answered_as_ever_when_after_save_fails(self, door: Door) -> None:
        watching(door, "Note")

        answer = await door.post("/classes/Note", {"n": 1}, headers=context(refuse="afterSave"))

        assert (answer.status, answer.body.keys()) == (201, {"objectId", "createdAt"})
        assert names(door) == ["beforeSave", "afterSave"]

    async def test_that_the_class_refuses_runs_no_trigger(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "create": {}}, n="Number")
        watching(door, "Note")

        assert (await door.post("/classes/Note", {"n": 1})).plain == DENIED
        assert door.events == []

    @pytest.mark.parametrize(
        ("body", "status", "error"),
        [
            ({"bad key": 1}, 400, {"code": 105, "error": "Invalid field name: bad key."}),
            ({"_x": 1}, 400, {"code": 105, "error": "Invalid field name: _x."}),
            (
                {"constructor": 1},
                400,
                {"code": 105, "error": 'Prohibited keyword in request data: {"key":"constructor"}.'},
            ),
            ({"objectId": "mine"}, 400, {"code": 105, "error": "objectId is an invalid field name."}),
            (
                {"createdAt": "x"},
                400,
                {"code": 111, "error": "schema mismatch for Note.createdAt; expected Date but got String"},
            ),
            ({"ACL": 5}, 400, {"code": 123, "error": "Invalid ACL."}),
        ],
    )
    async def test_that_can_not_be_read_runs_no_trigger(self, door: Door, body: Any, status: int, error: Any) -> None:
        watching(door, "Note")

        assert (await door.post("/classes/Note", body)).plain == (status, error)
        assert door.events == []

    async def test_whose_path_is_deeper_than_a_value_may_be_is_refused(self, door: Door) -> None:
        answer = await door.post("/classes/Note", {".".join(["o"] * 5000): 1})

        assert answer.plain == (400, {"code": 107, "error": "values may be nested 128 levels deep at most"})

    async def test_keeps_odd_text_as_it_is(self, door: Door) -> None:
        odd = "☃ \U0001f9d1‍\U0001f680 é \u202e </script> ' \" \\ \x7f"

        note = await door.create("Note", {"text": odd, "map": {odd.replace(".", ""): [odd]}})

        [found] = await door.find("Note", {"text": odd})
        assert (found["objectId"], found["map"]) == (note, {odd: [odd]})


class TestAnUpdate:
    async def test_shows_the_trigger_what_was_stored(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1, "kept": "k"})
        cloud = Cloud()

        @cloud.before_save("Note")
        async def before(request: TriggerRequest) -> None:
            assert request.original is not None
            door.events.append((request.original["n"], request.object["n"], request.object["kept"]))

        door.deploy(cloud)

        await door.put(f"/classes/Note/{note}", {"n": {"__op": "Increment", "amount": 2}})

        assert door.events == [(1, 3, "k")]

    async def test_without_the_right_to_write_runs_no_trigger(self, door: Door, ada: User, bob: User) -> None:
        note = await door.create("Note", {"n": 1, "ACL": {ada.id: {"write": True}, "*": {"read": True}}})
        watching(door, "Note")

        assert (await door.put(f"/classes/Note/{note}", {"n": 2}, token=bob.token)).plain == NOT_FOUND
        assert door.events == []

    async def test_answers_the_stored_value_where_the_trigger_took_a_change_back(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save("Note", fields={"c": FieldRule(constant=True, default=3)})
        async def before(request: TriggerRequest) -> None:
            pass

        door.deploy(cloud)
        created = await door.post("/classes/Note", {"c": 9})

        updated = await door.put(f"/classes/Note/{created.body['objectId']}", {"c": 77})

        assert (created.body["c"], updated.body["c"]) == (3, 3)
        assert [one["c"] for one in await door.find("Note")] == [3]

    async def test_never_gives_an_object_another_id(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        cloud = Cloud()

        @cloud.before_save("Note")
        async def before(request: TriggerRequest) -> None:
            request.object["objectId"] = "another"

        door.deploy(cloud)
        answer = await door.put(f"/classes/Note/{note}", {"objectId": "a third"})

        assert answer.body.keys() == {"updatedAt"}
        assert [one["objectId"] for one in await door.find("Note")] == [note]

    async def test_of_one_number_by_many_at_once_loses_nothing(self, door: Door) -> None:
        watching(door, "Note")
        note = await door.create("Note", {"n": 0})
        more = {"n": {"__op": "Increment", "amount": 1}}

        answers = await asyncio.gather(*(door.put(f"/classes/Note/{note}", more) for _ in range(20)))

        assert sorted(answer.body["n"] for answer in answers) == list(range(1, 21))

    async def test_is_refused_when_the_right_is_taken_while_the_trigger_runs(self, door: Door, ada: User) -> None:
        note = await door.create("Note", {"n": 1, "ACL": {ada.id: {"read": True, "write": True}}})
        cloud = Cloud()

        @cloud.before_save("Note", skip_with_master_key=True)
        async def before(request: TriggerRequest) -> None:
            await door.put(f"/classes/Note/{note}", {"ACL": {}}, master=True)

        door.deploy(cloud)

        assert (await door.put(f"/classes/Note/{note}", {"n": 2}, token=ada.token)).plain == NOT_FOUND
        assert [one["n"] for one in await door.find("Note", master=True)] == [1]


class TestAClassThatChangesWhileTheTriggerRuns:
    """The schema that counts is the one after the beforeSave."""

    @staticmethod
    def changing(door: Door, *requests: tuple[str, str, Any]) -> None:
        cloud = Cloud()

        @cloud.before_save("Note", skip_with_master_key=True)
        async def before(request: TriggerRequest) -> None:
            for method, path, body in requests:
                assert (await door.send(method, path, body, master=True)).status == 200

        door.deploy(cloud)

    async def test_has_other_types_then(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        remove = ("PUT", "/schemas/Note", {"fields": {"n": {"__op": "Delete"}}})
        self.changing(door, remove, ("PUT", "/schemas/Note", {"fields": {"n": {"type": "String"}}}))

        answer = await door.put(f"/classes/Note/{note}", {"n": 2})

        text = "schema mismatch for Note.n; expected String but got Number"
        assert answer.plain == (400, {"code": 111, "error": text})

    async def test_gets_a_field_again_that_was_removed(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        self.changing(door, ("PUT", "/schemas/Note", {"fields": {"n": {"__op": "Delete"}}}))

        answer = await door.put(f"/classes/Note/{note}", {"n": 2})

        assert answer.status == 200
        assert [one["n"] for one in await door.find("Note")] == [2]

    async def test_is_made_again_if_it_was_removed(self, door: Door) -> None:
        await door.create("Note", {"n": 1})
        self.changing(door, ("DELETE", "/purge/Note", None), ("DELETE", "/schemas/Note", None))

        answer = await door.post("/classes/Note", {"n": 2})

        assert answer.status == 201
        assert [one["n"] for one in await door.find("Note")] == [2]

    async def test_no_longer_has_the_object_if_it_was_removed(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        self.changing(door, ("DELETE", "/purge/Note", None), ("DELETE", "/schemas/Note", None))

        assert (await door.put(f"/classes/Note/{note}", {"n": 2})).plain == NOT_FOUND


class TestADelete:
    async def test_runs_its_triggers_in_order(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        watching(door, "Note")

        answer = await door.delete(f"/classes/Note/{note}", headers=context(a=1))

        assert answer.plain == (200, {})
        assert door.events == [
            ("beforeDelete", "Note", {"a": 1}),
            ("afterDelete", "Note", {"a": 1, "seen": ["beforeDelete"]}),
        ]

    async def test_refused_by_before_delete_leaves_the_object(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        watching(door, "Note")

        answer = await door.delete(f"/classes/Note/{note}", headers=context(refuse="beforeDelete"))

        assert answer.plain == FAILED
        assert len(await door.find("Note")) == 1

    async def test_tells_what_after_delete_raised_though_the_object_is_gone(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        watching(door, "Note")

        answer = await door.delete(f"/classes/Note/{note}", headers=context(refuse="afterDelete"))

        assert answer.plain == FAILED
        assert await door.find("Note") == []

    async def test_of_nothing_runs_no_trigger(self, door: Door) -> None:
        await door.create("Note", {"n": 1})
        watching(door, "Note")

        answer = await door.delete("/classes/Note/nothing")

        assert answer.plain == (404, {"code": 101, "error": "Object not found for delete."})
        assert door.events == []


def item(method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"method": method, "path": f"/parse{path}", **({} if body is None else {"body": body})}


class TestABatch:
    async def test_answers_each_item_in_its_place(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})
        items = [
            item("POST", "/classes/Note", {"n": 2}),
            item("PUT", "/classes/Note/nothing", {"n": 2}),
            item("GET", f"/classes/Note/{note}"),
            item("DELETE", f"/classes/Note/{note}x"),
        ]

        answers = (await door.post("/batch", {"requests": items})).body

        assert answers[0]["success"].keys() == {"objectId", "createdAt"}
        assert answers[1] == {"error": NOT_FOUND[1]}
        assert answers[2]["success"]["n"] == 1
        assert answers[3] == {"error": NOT_FOUND[1]}

    async def test_with_an_item_that_has_no_route_writes_nothing(self, door: Door) -> None:
        items = [item("POST", "/classes/Note", {"n": 2}), item("GET", "/health")]

        answer = await door.post("/batch", {"requests": items})

        assert answer.plain == (400, {"code": 107, "error": "cannot route GET /health"})
        assert await door.find("Note") == []

    async def test_uses_the_credentials_of_the_request_alone(self, door: Door) -> None:
        note = await door.create("Note", {"ACL": {}}, master=True)
        inner = item("GET", f"/classes/Note/{note}", {"_MasterKey": "the-master-key"})

        [by_body] = (await door.post("/batch", {"requests": [inner]})).body

        assert by_body == {"error": {"code": 102, "error": "Improper encode of parameter"}}

    async def test_gives_each_trigger_the_context_of_the_request(self, door: Door) -> None:
        watching(door, "Note")

        await door.post("/batch", {"requests": [item("POST", "/classes/Note", {})]}, headers=context(a=1))

        assert door.events[0] == ("beforeSave", "Note", {"a": 1})


class TestATransaction:
    async def test_writes_all_of_it(self, door: Door) -> None:
        watching(door, "Note", "Log")
        items = [item("POST", "/classes/Note", {"n": 1}), item("POST", "/classes/Log", {"n": 2})]

        answers = (await door.post("/batch", {"requests": items, "transaction": True})).body

        assert [answer.keys() for answer in answers] == [{"success"}, {"success"}]
        assert sorted(names(door)) == ["afterSave", "afterSave", "beforeSave", "beforeSave"]
        assert names(door)[:2] == ["beforeSave", "beforeSave"]

    @pytest.mark.parametrize(
        "wrong",
        [
            item("PUT", "/classes/Note/nothing", {"n": 1}),
            item("DELETE", "/classes/Note/nothing"),
            item("PUT", "/classes/Note/nothing", {"a b": 1}),
        ],
    )
    async def test_with_one_item_that_fails_writes_nothing_of_it(self, door: Door, wrong: Any) -> None:
        note = await door.create("Note", {"n": 1})
        items = [item("PUT", f"/classes/Note/{note}", {"n": 2}), item("POST", "/classes/Note", {"n": 3}), wrong]

        answer = await door.post("/batch", {"requests": items, "transaction": True})

        assert answer.status == 400
        assert [one["n"] for one in await door.find("Note")] == [1]

    async def test_that_a_trigger_refuses_writes_nothing_and_settles_nothing(self, door: Door) -> None:
        watching(door, "Note")
        cloud = Cloud()

        @cloud.before_save("Log")
        async def refuse(request: TriggerRequest) -> None:
            raise ParseError(999, "no more")

        watching(door, "Note", cloud=cloud)
        items = [item("POST", "/classes/Note", {"n": 1}), item("POST", "/classes/Log", {"n": 2})]

        answer = await door.post("/batch", {"requests": items, "transaction": True})

        assert answer.plain == (400, {"code": 999, "error": "no more"})
        assert names(door) == ["beforeSave"]
        assert await door.find("Note") == []

    async def test_with_a_name_that_is_taken_signs_nobody_up(self, door: Door, ada: User) -> None:
        items = [
            item("POST", "/users", {"username": "bob", "password": "p"}),
            item("POST", "/users", {"username": "ada", "password": "p"}),
        ]

        answer = await door.post("/batch", {"requests": items, "transaction": True})

        assert answer.plain == (400, {"code": 202, "error": "Account already exists for this username."})
        assert [one["username"] for one in await door.find("_User", master=True)] == ["ada"]
        assert len(await door.find("_Session", master=True)) == 1
