"""The app's parameters, the schema routes and the keys that may use them.

Rules: reference/cloud-code.md, section 6; reference/schema-clp-acl.md, section 3; reference/rest-core.md, section 3.1.
"""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.cloud import Cloud, TriggerRequest
from parsonage.protocol.errors import ParseError
from tests.flows.door import DENIED, Door, User

FORBIDDEN = (403, {"error": "Permission denied"})
MAINTENANCE = {"x-parse-maintenance-key": "the-maintenance-key"}
DONE = (200, {"result": True})


class TestParameters:
    async def test_are_empty_at_first(self, door: Door) -> None:
        assert (await door.get("/config")).plain == (200, {"params": {}})

    async def test_that_are_not_named_stay(self, door: Door) -> None:
        await door.put("/config", {"params": {"a": 1, "b": [1]}}, master=True)

        answer = await door.put("/config", {"params": {"a": {"__op": "Increment", "amount": 2}}}, master=True)

        assert answer.plain == DONE
        assert (await door.get("/config")).body["params"] == {"a": 3, "b": [1]}

    async def test_for_the_master_key_alone_are_shown_to_nobody_else(self, door: Door, ada: User) -> None:
        await door.put("/config", {"params": {"a": 1, "b": 2}, "masterKeyOnly": {"b": True}}, master=True)

        shown = (await door.get("/config", token=ada.token)).body

        assert shown == {"params": {"a": 1}, "masterKeyOnly": {"a": False}}
        assert (await door.get("/config", master=True)).body["params"] == {"a": 1, "b": 2}

    async def test_stay_hidden_when_a_part_of_them_is_changed(self, door: Door) -> None:
        await door.put("/config", {"params": {"a": {"x": 1}}, "masterKeyOnly": {"a": True}}, master=True)

        await door.put("/config", {"params": {"a.y": 2}}, master=True)

        assert (await door.get("/config")).body["params"] == {}
        assert (await door.get("/config", master=True)).body["params"] == {"a": {"x": 1, "y": 2}}

    async def test_sent_without_a_mark_are_open_again(self, door: Door) -> None:
        await door.put("/config", {"params": {"a": 1}, "masterKeyOnly": {"a": True}}, master=True)

        await door.put("/config", {"params": {"a": 2}}, master=True)

        assert (await door.get("/config")).body["params"] == {"a": 2}

    async def test_can_be_removed(self, door: Door) -> None:
        await door.put("/config", {"params": {"a": 1}}, master=True)

        await door.put("/config", {"params": {"a": {"__op": "Delete"}}}, master=True)

        assert (await door.get("/config")).body["params"] == {}

    @pytest.mark.parametrize("key", ["constructor", "__proto__"])
    async def test_of_denied_names_are_refused(self, door: Door, key: str) -> None:
        text = f'Prohibited keyword in request data: {{"key":"{key}"}}.'

        assert (await door.put("/config", {"params": {key: 1}}, master=True)).refusal == (400, 105, text)
        assert (await door.put("/config", {"params": {"a": {key: 1}}}, master=True)).refusal == (400, 105, text)

    async def test_of_an_empty_body_change_nothing(self, door: Door) -> None:  # PB095
        assert (await door.put("/config", {}, master=True)).plain == DONE

    @pytest.mark.parametrize(
        ("headers", "answer"),
        [({}, FORBIDDEN), (MAINTENANCE, FORBIDDEN), ({"x-parse-master-key": "the-read-only-key"}, DENIED)],
    )
    async def test_are_changed_by_the_master_key_alone(
        self, door: Door, headers: dict[str, str], answer: tuple[int, Any]
    ) -> None:
        assert (await door.put("/config", {"params": {"a": 1}}, headers=headers)).plain == answer


class TestSchemas:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/schemas"),
            ("GET", "/schemas/Note"),
            ("POST", "/schemas/Note"),
            ("PUT", "/schemas/Note"),
            ("DELETE", "/schemas/Note"),
            ("DELETE", "/purge/Note"),
            ("GET", "/serverInfo"),
        ],
    )
    @pytest.mark.parametrize("headers", [{}, MAINTENANCE])
    async def test_are_for_the_master_key(self, door: Door, method: str, path: str, headers: dict[str, str]) -> None:
        assert (await door.send(method, path, headers=headers)).plain == FORBIDDEN

    async def test_grow_with_the_first_object_even_if_a_trigger_refuses_it(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save("Note")
        async def refuse(request: TriggerRequest) -> None:
            raise RuntimeError("no")

        door.deploy(cloud)
        await door.post("/classes/Note", {"n": 1})

        fields = (await door.get("/schemas/Note", master=True)).body["fields"]
        assert fields.keys() == {"objectId", "createdAt", "updatedAt", "ACL"}

    async def test_of_a_class_with_objects_can_not_be_removed(self, door: Door) -> None:
        await door.create("Note", {"n": 1})

        answer = await door.delete("/schemas/Note", master=True)

        text = "Class Note is not empty, contains 1 objects, cannot drop schema."
        assert answer.plain == (400, {"code": 255, "error": text})
        assert len(await door.find("Note")) == 1

    async def test_are_removed_once_they_are_purged(self, door: Door) -> None:
        await door.create("Note", {"n": 1})
        await door.delete("/purge/Note", master=True)

        assert (await door.delete("/schemas/Note", master=True)).plain == (200, {})
        assert (await door.get("/schemas/Note", master=True)).refusal[:2] == (400, 103)

    async def test_changed_are_obeyed_at_once(self, door: Door) -> None:
        await door.create("Note", {"n": 1})
        await door.find("Note")

        await door.put("/schemas/Note", {"classLevelPermissions": {"get": {"*": True}}}, master=True)

        assert (await door.get("/classes/Note")).plain == DENIED
        assert (await door.post("/classes/Note", {"n": 1})).plain == DENIED

    @pytest.mark.parametrize("fields", [[["x"]], [{"a": 1}], [None], ["nothing"]])
    async def test_with_protected_fields_that_are_none_are_refused(self, door: Door, fields: Any) -> None:
        body = {"classLevelPermissions": {"protectedFields": {"*": fields}}}

        assert (await door.post("/schemas/Note", body, master=True)).refusal[:2] == (400, 107)

    async def test_required_fields_and_defaults_come_after_the_trigger(self, door: Door) -> None:
        described = {"type": "String", "required": True}
        await door.make_class("Note", title=described, n={"type": "Number", "defaultValue": 7})
        cloud = Cloud()

        @cloud.before_save("Note")
        async def fill(request: TriggerRequest) -> None:
            door.events.append(request.object.get("n"))
            if request.context.get("fill"):
                request.object["title"] = "filled"

        door.deploy(cloud)

        refused = await door.post("/classes/Note", {})
        made = await door.post("/classes/Note", {}, headers={"x-parse-cloud-context": '{"fill":true}'})

        assert refused.plain == (400, {"code": 142, "error": "title is required"})
        assert (made.status, made.body["title"], made.body["n"]) == (201, "filled", 7)
        assert door.events == [None, None]


class TestTheMaintenanceKey:
    async def test_sets_the_dates_of_what_it_makes(self, door: Door) -> None:
        body = {"n": 1, "createdAt": {"__type": "Date", "iso": "2020-01-02T03:04:05.678Z"}}

        made = await door.post("/classes/Note", body, headers=MAINTENANCE)

        assert (made.status, made.body["createdAt"]) == (201, "2020-01-02T03:04:05.678Z")

    async def test_reads_past_every_acl(self, door: Door) -> None:
        note = await door.create("Note", {"ACL": {}}, master=True)

        assert (await door.get(f"/classes/Note/{note}", headers=MAINTENANCE)).status == 200


class TestTriggersOfTheConfiguration:
    async def test_see_what_is_sent_and_what_was_there(self, door: Door) -> None:
        await door.put("/config", {"params": {"a": 1, "b": 2, "c": 3}}, master=True)
        cloud = Cloud()

        @cloud.before_save_config
        async def before(request: TriggerRequest) -> None:
            door.events.append((request.trigger_name, dict(request.object.fields())))
            request.object["a"] = 100

        @cloud.after_save_config
        async def after(request: TriggerRequest) -> None:
            assert request.original is not None
            door.events.append((request.trigger_name, request.original.fields()))

        door.deploy(cloud)
        change = {"a": {"__op": "Increment", "amount": 4}, "c": {"__op": "Delete"}, "d": "new"}
        answer = await door.put("/config", {"params": change}, master=True)

        stored = {"a": 1, "b": 2, "c": 3}
        assert answer.plain == DONE
        assert door.events == [("beforeSave", {"a": 5, "d": "new"}), ("afterSave", stored)]
        assert (await door.get("/config")).body["params"] == {"a": 5, "b": 2, "d": "new"}

    async def test_that_raise_before_refuse_the_change(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save_config
        async def refuse(request: TriggerRequest) -> None:
            raise ParseError(142, "no")

        door.deploy(cloud)

        assert (await door.put("/config", {"params": {"a": 1}}, master=True)).plain == (
            400,
            {"code": 142, "error": "no"},
        )
        assert (await door.get("/config")).body == {"params": {}}
