"""Classes that the operator has defined, and what becomes of others.

Rules: reference/schema-clp-acl.md, section 9; PB075.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from parsonage.options.load import OptionsRefused, load
from parsonage.server import StartFailed
from tests.flows.door import DENIED, Door, open_door

PUBLIC = {"find": {"*": True}, "get": {"*": True}, "create": {"*": True}}
TEXT, NUMBER = {"type": "String"}, {"type": "Number"}


def defined(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The option ``schema`` with one class, Note."""
    note = {"className": "Note", "fields": fields[0] if fields else {}, "classLevelPermissions": PUBLIC}
    indexes = {"indexes": more.pop("indexes")} if "indexes" in more else {}
    return {"schema": {"definitions": [{**note, **indexes}], **more}}


async def described(door: Door, class_name: str = "Note") -> Any:
    return (await door.get(f"/schemas/{class_name}", master=True)).body


async def own_fields(door: Door) -> dict[str, Any]:
    fields = (await described(door))["fields"]
    return {name: field for name, field in fields.items() if name not in ("objectId", "createdAt", "updatedAt", "ACL")}


class TestADefinedClass:
    async def test_is_made_with_its_fields_indexes_and_permissions(self, tmp_path: Path) -> None:
        fields = {"text": {**TEXT, "required": True}, "stars": {**NUMBER, "defaultValue": 3}}
        async with open_door(tmp_path, **defined(fields, indexes={"by_text": {"text": 1}})) as door:
            made = await described(door)

        assert {name: made["fields"][name] for name in fields} == {
            "text": {"type": "String", "required": True},
            "stars": {"type": "Number", "defaultValue": 3},
        }
        assert made["indexes"]["by_text"] == {"text": 1}
        assert made["classLevelPermissions"]["find"] == {"*": True}
        assert made["classLevelPermissions"]["update"] == made["classLevelPermissions"]["addField"] == {}

    async def test_lets_no_client_add_a_field(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, **defined({"text": TEXT})) as door:
            plain = await door.post("/classes/Note", {"text": "a"})
            new_field = await door.post("/classes/Note", {"text": "a", "more": 1})

        assert plain.status == 201
        assert new_field.plain == DENIED

    async def test_gets_what_it_lacks_and_keeps_the_rest(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            await door.create("Note", {"text": "a", "old": 1})
        fields = {"text": {**TEXT, "required": True}, "stars": NUMBER}
        async with open_door(tmp_path, **defined(fields)) as door:
            kept = await own_fields(door)
            [note] = await door.find("Note", master=True)

        assert kept == {"text": {**TEXT, "required": True}, "old": NUMBER, "stars": NUMBER}
        assert (note["text"], note["old"]) == ("a", 1)

    async def test_is_left_alone_where_it_is_as_defined(self, tmp_path: Path) -> None:
        options = defined({"text": {**TEXT, "defaultValue": "x"}}, indexes={"by_text": {"text": 1}})
        async with open_door(tmp_path, **options) as door:
            before = (await door.house.schemas.current()).version
            async with open_door(tmp_path, **options) as again:
                after = (await again.house.schemas.current()).version

        assert after == before

    async def test_without_permissions_is_closed_to_clients(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_door(tmp_path, schema={"definitions": [{"className": "Note"}]}) as door:
            answer = await door.get("/classes/Note")

        assert answer.plain == DENIED
        assert "Note is defined without classLevelPermissions" in caplog.text

    async def test_twice_keeps_the_server_from_starting(self, tmp_path: Path) -> None:
        with pytest.raises(StartFailed, match="Note: defined twice"):
            async with open_door(tmp_path, schema={"definitions": [{"className": "Note"}, {"className": "Note"}]}):
                pass

    async def test_that_can_not_be_keeps_the_server_from_starting(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("parsonage.operations.defined_schemas.SECONDS_BETWEEN_TRIES", (0.0,))

        with pytest.raises(StartFailed, match="Note: invalid field type: Bogus"):
            async with open_door(tmp_path, **defined({"text": {"type": "Bogus"}})):
                pass

    def test_is_described_by_known_words(self, tmp_path: Path) -> None:
        with pytest.raises(OptionsRefused, match=r"schema\.definitions must be a list of objects"):
            load(None, {}, {"schema": {"definitions": [{"className": "Note", "field": {}}]}}, tmp_path)


class TestAFieldThatIsNotDefined:
    async def test_is_dropped_where_that_is_asked_for(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            await door.create("Note", {"text": "a", "old": 1})
        async with open_door(tmp_path, **defined({"text": TEXT}, deleteExtraFields=True)) as door:
            assert await own_fields(door) == {"text": TEXT}

    async def test_is_named_in_the_log_where_the_schema_is_strict(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        async with open_door(tmp_path) as door:
            await door.create("Note", {"text": "a", "old": 1})
            await door.create("Other", {"n": 1})
        async with open_door(tmp_path, **defined({"text": TEXT}, strict=True)):
            pass

        assert "Note has a field old that is not defined" in caplog.text
        assert "there is a class Other that is not defined" in caplog.text

    async def test_of_the_servers_own_is_never_dropped(self, tmp_path: Path) -> None:
        users = {"className": "_User", "classLevelPermissions": {"create": {"*": True}}}
        async with open_door(tmp_path, schema={"definitions": [users], "deleteExtraFields": True}) as door:
            await door.sign_up("ada")
            fields = (await described(door, "_User"))["fields"]

        assert {"username", "email", "authData"} <= fields.keys()


class TestAFieldOfAnotherType:
    async def test_is_left_alone(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        async with open_door(tmp_path) as door:
            await door.create("Note", {"text": 5})
        async with open_door(tmp_path, **defined({"text": TEXT})) as door:
            assert await own_fields(door) == {"text": NUMBER}
        assert "Note.text is a Number and is defined otherwise" in caplog.text

    async def test_is_made_anew_where_that_is_asked_for(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            await door.create("Note", {"text": 5})
        async with open_door(tmp_path, **defined({"text": TEXT}, recreateModifiedFields=True)) as door:
            made = await own_fields(door)
            [note] = await door.find("Note")

        assert made == {"text": TEXT}
        assert "text" not in note


class TestAnIndexThatIsNotDefined:
    @pytest.mark.parametrize(("keeps", "left"), [(False, {"_id_", "mine"}), (True, {"_id_", "mine", "old"})])
    async def test_stays_where_unknown_ones_do(self, tmp_path: Path, keeps: bool, left: set[str]) -> None:
        async with open_door(tmp_path) as door:
            await door.make_class("Note", text="String")
            old = {"old": {"text": 1}, "mine": {"text": 1}}
            await door.put("/schemas/Note", {"indexes": old}, master=True)
        options = defined({"text": TEXT}, indexes={"mine": {"text": -1}}, keepUnknownIndexes=keeps)
        async with open_door(tmp_path, **options) as door:
            indexes = (await described(door))["indexes"]

        assert indexes.keys() == left
        assert indexes["mine"] == {"text": -1}


class TestOtherClasses:
    async def test_keep_their_permissions_but_take_no_new_fields(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            await door.create("Other", {"n": 1})
        async with open_door(tmp_path, **defined()) as door:
            plain = await door.post("/classes/Other", {"n": 2})
            new_field = await door.post("/classes/Other", {"more": 1})

        assert plain.status == 201
        assert new_field.plain == DENIED

    async def test_are_not_touched_where_nothing_is_defined(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, schema={"lockSchemas": False}) as door:
            await door.create("Other", {"n": 1})

            assert (await door.post("/classes/Other", {"more": 1})).status == 201


async def test_a_locked_schema_is_changed_by_nobody(tmp_path: Path) -> None:
    """PB075."""
    async with open_door(tmp_path, **defined({"text": TEXT}, lockSchemas=True)) as door:
        answers = [
            await door.post("/schemas/Other", {}, master=True),
            await door.put("/schemas/Note", {"fields": {"n": NUMBER}}, master=True),
            await door.delete("/schemas/Note", master=True),
        ]

    text = "Cannot perform this operation when schemas options is used."
    assert [answer.refusal for answer in answers] == [(400, 119, text)] * 3


class TestTheOperatorsOwnSteps:
    async def test_stand_before_and_after(self, tmp_path: Path) -> None:
        steps = tmp_path / "steps.py"
        steps.write_text(
            "async def first(client):\n    await client.object('Other', n=1).save()\n"
            "def last(client):\n    client.object('Note', text='made').save()\n"
        )
        places = {"beforeMigration": f"{steps}:first", "afterMigration": f"{steps}:last"}
        async with open_door(tmp_path, **defined({"text": TEXT}, **places)) as door:
            notes = await door.find("Note")
            others = await door.post("/classes/Other", {"more": 1})

        assert [note["text"] for note in notes] == ["made"]
        assert others.plain == DENIED  # it was there when the classes were closed

    async def test_keep_the_server_from_starting_when_they_fail(self, tmp_path: Path) -> None:
        steps = tmp_path / "steps.py"
        steps.write_text("async def first(client):\n    raise RuntimeError('no broom')\n")

        with pytest.raises(StartFailed, match="first: RuntimeError: no broom"):
            async with open_door(tmp_path, **defined(beforeMigration=f"{steps}:first")):
                pass


class TestProtectedFieldsInAnswers:
    @pytest.mark.parametrize(("exempt", "shown"), [(True, True), (False, False)])
    async def test_to_writes_are_shown_as_the_option_says(self, tmp_path: Path, exempt: bool, shown: bool) -> None:
        """Advisory 37."""
        options = {
            "protectedFields": {"Note": {"*": ["count"]}},
            "protectedFieldsSaveResponseExempt": exempt,
        }
        async with open_door(tmp_path, **options) as door:
            note = await door.create("Note", {"count": 1})
            increment = {"count": {"__op": "Increment", "amount": 1}}
            answer = await door.put(f"/classes/Note/{note}", increment)
            by_master = await door.put(f"/classes/Note/{note}", increment, master=True)

        assert ("count" in answer.body) is shown
        assert by_master.body["count"] == 3

    async def test_may_be_named_as_users_sensitive_fields(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, userSensitiveFields=["phone"], enforcePrivateUsers=False) as door:
            ada = await door.sign_up("ada", phone="123", email="a@x.example")
            others = (await door.get(f"/users/{ada.id}")).body
            own = (await door.get(f"/users/{ada.id}", token=ada.token)).body

        assert {"phone", "email"}.isdisjoint(others)
        assert (own["phone"], own["email"]) == ("123", "a@x.example")
