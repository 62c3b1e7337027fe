"""Conformance: the catalogue grows, shrinks and is seen by everybody."""

from __future__ import annotations

import asyncio

import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType, InvalidClassName
from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.protocol.values import Pointer, from_milliseconds
from parsonage.query.model import RelatedTo
from parsonage.schema.builtin import PRIVATE_FIELDS, SYSTEM_FIELDS, new_class
from parsonage.schema.changes import (
    AddFields,
    CreateClass,
    DropClass,
    RemoveFields,
    SetFieldOptions,
    SetIndexes,
    SetPermissions,
)
from parsonage.schema.class_permissions import OPEN, from_stored
from parsonage.schema.model import NUMBER, STRING, Field, FieldType, pointer_to, relation_to
from parsonage.storage.changes import Notice, NoticeKind, Unit, Written
from parsonage.storage.conformance.cast import BORN, NOTE, Cast, Notes, OpenStorage
from parsonage.storage.interface import Storage


class SchemaConformance(Cast):
    """What classes there are."""

    async def test_an_empty_database_has_users_roles_and_the_servers_own_classes(self, storage: Storage) -> None:
        schemas = await storage.load_schemas()

        assert set(schemas) == {"_User", "_Role"} | VOLATILE_CLASSES
        assert schemas["_User"].fields.keys() >= SYSTEM_FIELDS["_User"].keys()

    async def test_a_class_that_must_be_new_is_made_by_one_of_many(self, storage: Storage) -> None:
        change = CreateClass(new_class("Fresh"), only_if_new=True)

        outcomes = await asyncio.gather(*(storage.change_schema([change]) for _ in range(3)), return_exceptions=True)

        refused = [outcome for outcome in outcomes if isinstance(outcome, InvalidClassName)]
        assert (outcomes.count(None), len(refused)) == (1, 2)

    async def test_private_fields_stand_in_no_schema(self, storage: Storage) -> None:
        schemas = await storage.load_schemas()

        assert schemas["_User"].fields.keys().isdisjoint(PRIVATE_FIELDS["_User"])

    async def test_a_class_comes_back_as_it_was_made(self, storage: Storage) -> None:
        made = new_class("Note").with_fields(
            {
                "text": Field(FieldType.STRING, required=True, options_given=True),
                "at": Field(FieldType.DATE, default=from_milliseconds(BORN)),
                "tags": Field(FieldType.ARRAY, default=[1, Pointer("_User", "u1")], options_given=True),
                "author": pointer_to("_User"),
                "likes": relation_to("_User"),
            }
        )

        await storage.change_schema([CreateClass(made)])

        loaded = (await storage.load_schemas())["Note"]
        assert loaded == made
        assert list(loaded.fields) == list(made.fields)

    async def test_making_a_class_again_changes_nothing(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "hi"})

        await notes.storage.change_schema([CreateClass(new_class("Note"))])

        assert (await notes.storage.load_schemas())["Note"] == notes.schema
        assert await notes.count() == 1

    async def test_the_servers_own_classes_hold_objects(self, storage: Storage) -> None:
        statuses = Notes(storage, (await storage.load_schemas())["_JobStatus"])

        await statuses.insert("j1", {"jobName": "clean", "params": {"a": 1}})

        stored = await statuses.get("j1")
        assert stored is not None
        assert (stored["jobName"], stored["params"]) == ("clean", {"a": 1})

    async def test_a_class_grows_by_fields_and_growing_twice_is_growing_once(self, notes: Notes) -> None:
        await notes.insert("n1")
        growth = AddFields("Note", {"rank": NUMBER, "text": STRING, "friends": relation_to("Note")})

        await notes.storage.change_schema([growth])
        await notes.storage.change_schema([growth])

        grown = Notes(notes.storage, (await notes.storage.load_schemas())["Note"])
        await grown.patch("n1", {"rank": op.Increment(1), "friends": op.RelationChange("Note", frozenset({"n1"}))})
        stored = await grown.get("n1", ["rank"])
        assert stored is not None
        assert stored["rank"] == 1
        assert await grown.matching(RelatedTo(Pointer("Note", "n1"), "friends")) == {"n1"}

    async def test_everybody_may_ask_for_the_same_growth_at_once(self, notes: Notes, open_storage: OpenStorage) -> None:
        other = await open_storage()
        made = CreateClass(new_class("Fresh").with_fields({"a": NUMBER}))

        await asyncio.gather(
            *(storage.change_schema([made, AddFields("Fresh", {"b": STRING})]) for storage in (notes.storage, other))
        )

        assert (await other.load_schemas())["Fresh"].fields.keys() >= {"a", "b"}

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ({"text": NUMBER}, "schema mismatch for Note.text; expected String but got Number"),
            (
                {"author": pointer_to("Other")},
                "schema mismatch for Note.author; expected Pointer<_User> but got Pointer<Other>",
            ),
        ],
    )
    async def test_a_field_keeps_its_type(self, notes: Notes, field: dict[str, Field], text: str) -> None:
        with pytest.raises(IncorrectType) as refusal:
            await notes.storage.change_schema([AddFields("Note", {"fresh": NUMBER}), AddFields("Note", field)])

        assert refusal.value.message == text
        assert (await notes.storage.load_schemas())["Note"] == notes.schema

    async def test_a_class_that_does_not_exist_can_not_grow(self, storage: Storage) -> None:
        with pytest.raises(InvalidClassName):
            await storage.change_schema([AddFields("Nowhere", {"a": NUMBER})])

    async def test_a_removed_field_takes_its_values_and_links_with_it(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "old", "place": None}, links={"likes": frozenset({"u1"})})
        await notes.storage.change_schema([SetIndexes("Note", {"by_text": {"text": 1, "stars": -1}})])

        await notes.storage.change_schema([RemoveFields("Note", ("text", "place", "likes", "unknown"))])
        await notes.storage.change_schema(
            [AddFields("Note", {"text": NUMBER, "place": STRING, "likes": relation_to("_User")})]
        )

        schema = (await notes.storage.load_schemas())["Note"]
        stored = await Notes(notes.storage, schema).get("n1")
        assert schema.fields["text"] == NUMBER
        assert schema.indexes == {}
        assert stored is not None
        assert stored.keys() == {"objectId", "createdAt", "updatedAt", "likes"}

    async def test_options_of_a_field_can_be_changed(self, notes: Notes) -> None:
        option = Field(FieldType.STRING, required=True, default="x", options_given=True)

        await notes.storage.change_schema([SetFieldOptions("Note", {"text": option})])

        assert (await notes.storage.load_schemas())["Note"].fields["text"] == option

    async def test_permissions_are_replaced_as_a_whole(self, notes: Notes) -> None:
        closed = from_stored({"find": {"*": True}, "get": {"role:x": True}, "protectedFields": {"*": ["text"]}})

        await notes.storage.change_schema([SetPermissions("Note", closed)])
        first = (await notes.storage.load_schemas())["Note"].permissions
        await notes.storage.change_schema([SetPermissions("Note", OPEN)])
        second = (await notes.storage.load_schemas())["Note"].permissions

        assert (first, second) == (closed, OPEN)

    async def test_indexes_are_recorded_by_their_names(self, notes: Notes) -> None:
        by_text = {"text": 1, "stars": -1}

        await notes.storage.change_schema(
            [SetIndexes("Note", {"_id_": {"_id": 1}, "by_text": by_text, "words": {"text": "text"}})]
        )
        await notes.storage.change_schema([SetIndexes("Note", {"by_stars": {"stars": 1}}, ("words", "unknown"))])

        assert (await notes.storage.load_schemas())["Note"].indexes == {
            "_id_": {"_id": 1},
            "by_text": by_text,
            "by_stars": {"stars": 1},
        }

    async def test_two_classes_may_have_an_index_of_one_name(self, notes: Notes) -> None:
        """PB120."""
        other = new_class("Other").with_fields({"text": STRING})

        await notes.storage.change_schema(
            [CreateClass(other), SetIndexes("Note", {"i": {"text": 1}}), SetIndexes("Other", {"i": {"text": 1}})]
        )
        await notes.storage.change_schema([SetIndexes("Note", {}, ("i",))])

        assert (await notes.storage.load_schemas())["Other"].indexes == {"i": {"text": 1}}

    async def test_a_dropped_class_is_gone_with_its_objects_and_links(self, notes: Notes) -> None:
        await notes.insert("n1", links={"likes": frozenset({"u1"})})

        await notes.storage.change_schema([DropClass("Note"), DropClass("Note")])
        gone = "Note" not in await notes.storage.load_schemas()
        await notes.storage.change_schema([CreateClass(NOTE)])

        assert gone
        assert await notes.count() == 0

    @pytest.mark.parametrize("name", ["note", "NOTE", "json_each", "sqlite_thing", "o", "select", "_Join"])
    async def test_a_class_may_have_any_name_beside_another(self, notes: Notes, name: str) -> None:
        names = {"value": STRING, "Value": NUMBER, "rowid": NUMBER, "key": STRING, "order": STRING, "o": STRING}
        made = new_class(name).with_fields({**names, "likes": relation_to("Note"), "Likes": relation_to("Note")})
        await notes.storage.change_schema([CreateClass(made)])
        other = Notes(notes.storage, (await notes.storage.load_schemas())[name])
        await notes.insert("n1", {"text": "mine"})

        outcome = await other.insert("x1", {"value": "v", "Value": 2, "rowid": 7, "key": "k", "order": "o", "o": "p"})

        stored = await other.get("x1")
        assert isinstance(outcome, Written)
        assert stored is not None
        assert [stored[field] for field in ("value", "Value", "rowid", "key", "order", "o")] == [
            "v",
            2,
            7,
            "k",
            "o",
            "p",
        ]
        assert await notes.count() == 1

    async def test_a_schema_change_is_noticed_by_everybody(self, storage: Storage, open_storage: OpenStorage) -> None:
        other = await open_storage()
        before = (await other.load_schemas()).version

        await storage.change_schema([CreateClass(NOTE)])

        assert await self.heard(other) == [Notice(NoticeKind.SCHEMA)]
        schemas = await other.load_schemas()
        assert "Note" in schemas
        assert schemas.version != before

    async def test_a_class_that_another_made_can_be_used(self, notes: Notes, open_storage: OpenStorage) -> None:
        other = await open_storage()
        clashing = new_class("NOTE").with_fields({"text": STRING, "Text": STRING})
        await notes.storage.change_schema([CreateClass(clashing)])

        theirs = Notes(other, (await other.load_schemas())["NOTE"])
        await theirs.insert("x1", {"text": "a", "Text": "b"})
        ours = Notes(notes.storage, (await notes.storage.load_schemas())["NOTE"])

        stored = await ours.get("x1")
        assert stored is not None
        assert (stored["text"], stored["Text"]) == ("a", "b")

    async def test_a_database_keeps_what_it_was_told_when_it_is_closed(
        self, notes: Notes, open_storage: OpenStorage
    ) -> None:
        await notes.storage.write([Unit((notes.insertion("n1", {"text": "kept"}),))])
        await notes.storage.close()

        again = Notes(await open_storage(), notes.schema)

        stored = await again.get("n1")
        assert stored is not None
        assert stored["text"] == "kept"
