"""Objects of the SDK: what they send, and what becomes of the answer."""

from __future__ import annotations

import asyncio

import pytest

from parsonage.commands import Create, Delete, Find, Get, Update
from parsonage.commands.objects import NewObject, Projection
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import MissingObjectId, ObjectNotFound
from parsonage.protocol.field_operations import Increment, RelationChange, Set, Unset
from parsonage.protocol.values import Pointer
from parsonage.query.model import Query, RelatedTo
from parsonage.sdk import NOBODY, Authority, Client, RemoteObject
from parsonage.sdk.link import Link
from tests.sdk.recorder import CREATED, UPDATED, Recorder

NOTE = {"objectId": "n1", "createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-01-02T03:04:05.678Z"}


class TestSaving:
    async def test_a_new_object_is_created_with_its_fields(self) -> None:
        transport = Recorder(CREATED)

        note = await Client(transport).object("Note", text="hi").save()

        assert transport.commands == [Create("Note", NewObject({"text": Set("hi")}))]
        assert (note.id, note["text"], note.is_new) == ("n1", "hi", False)

    async def test_only_what_was_changed_is_sent(self) -> None:
        transport = Recorder(CREATED, {**UPDATED, "views": 3})
        note = await Client(transport).object("Note", text="hi", views=2).save()

        note.increment("views")
        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject({"views": Increment(1)}))
        assert note["views"] == 3

    async def test_what_a_trigger_changed_is_taken_over(self) -> None:
        note = await Client(Recorder({**CREATED, "text": "HI"})).object("Note", text="hi").save()

        assert note["text"] == "HI"
        assert not note.is_dirty()

    async def test_a_field_that_was_taken_away_is_gone_after_the_save(self) -> None:
        transport = Recorder(CREATED, UPDATED)
        note = await Client(transport).object("Note", text="hi").save()

        note.unset("text")
        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject({"text": Unset()}))
        assert "text" not in note

    async def test_a_refused_save_leaves_the_changes_pending(self) -> None:
        transport = Recorder(ObjectNotFound(), UPDATED)
        note = Client(transport).object("Note", "n1")
        note.increment("views", 2)

        with pytest.raises(ObjectNotFound):
            await note.save()
        note.increment("views", 3)
        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject({"views": Increment(5)}))

    async def test_a_list_changed_in_place_is_sent_whole(self) -> None:
        transport = Recorder(CREATED, UPDATED)
        note = await Client(transport).object("Note", tags=["a"]).save()

        note["tags"].append("b")
        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject({"tags": Set(["a", "b"])}))

    async def test_an_object_with_an_id_is_updated_though_it_was_never_read(self) -> None:
        transport = Recorder(UPDATED)

        await Client(transport).object("Note", "n1", text="hi").save()

        assert transport.commands == [Update("Note", "n1", NewObject({"text": Set("hi")}))]


class TestSavingWhileASaveIsOnItsWay:
    async def test_a_later_change_is_sent_with_the_next_save_alone(self) -> None:
        answer = asyncio.get_running_loop().create_future()
        transport = Recorder(answer, UPDATED)
        note = Client(transport).object("Note", "n1", text="one")
        first = asyncio.create_task(note.save())
        await asyncio.sleep(0)

        note["text"] = "two"
        answer.set_result(UPDATED)
        await first
        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject({"text": Set("two")}))
        assert note["text"] == "two"

    async def test_a_change_on_its_way_can_be_read_already(self) -> None:
        answer = asyncio.get_running_loop().create_future()
        note = Client(Recorder(answer)).object("Note", "n1", text="one")
        saving = asyncio.create_task(note.save())
        await asyncio.sleep(0)

        assert note.fields() == {"text": "one"}
        assert not note.is_dirty()

        answer.set_result(UPDATED)
        await saving

    async def test_two_saves_at_once_add_only_once_each(self) -> None:
        transport = Recorder(UPDATED, UPDATED)
        note = Client(transport).object("Note", "n1")
        note.increment("views")

        await asyncio.gather(note.save(), note.save())

        assert transport.commands[0] == Update("Note", "n1", NewObject({"views": Increment(1)}))
        assert transport.commands[1] == Update("Note", "n1", NewObject())

    async def test_an_object_is_not_created_twice(self) -> None:
        answer = asyncio.get_running_loop().create_future()
        note = Client(Recorder(answer)).object("Note", text="hi")
        first = asyncio.create_task(note.save())
        await asyncio.sleep(0)

        with pytest.raises(RuntimeError, match="for the first time"):
            await note.save()

        answer.set_result(CREATED)
        await first


class TestAccess:
    async def test_only_for_a_client_means_its_user(self) -> None:
        transport = Recorder({"objectId": "u1", "sessionToken": "r:1"}, CREATED)
        ada = await Client(transport).log_in("ada", "secret")

        await ada.object("Note").only_for(ada).save()

        assert transport.commands[1] == Create("Note", NewObject(acl=ACL.only("u1")))

    async def test_only_for_a_role_means_its_members(self) -> None:
        client = Client(Recorder())
        role = client.object("_Role", "r1", name="editors")

        note = client.object("Note").only_for(role)

        assert note.acl == ACL.only("role:editors")

    async def test_an_acl_is_sent_once(self) -> None:
        transport = Recorder(CREATED, UPDATED)
        note = await Client(transport).object("Note").only_for("u1").save()

        await note.save()

        assert transport.commands[1] == Update("Note", "n1", NewObject())
        assert note.acl == ACL.only("u1")


class TestReadingOneObject:
    async def test_fetch_forgets_fields_that_are_no_longer_there(self) -> None:
        transport = Recorder({**NOTE, "text": "new"})
        note = RemoteObject.of(Link(transport, NOBODY), "Note", {**NOTE, "text": "old", "gone": 1})

        await note.fetch("author")

        assert transport.commands == [Get("Note", "n1", Projection(include=("author",)))]
        assert note.fields() == {"text": "new"}

    async def test_fetch_keeps_changes_that_are_not_saved(self) -> None:
        note = Client(Recorder({**NOTE, "text": "theirs"})).object("Note", "n1", text="mine")

        await note.fetch()

        assert note["text"] == "mine"

    async def test_an_included_object_can_be_saved(self) -> None:
        author = {"__type": "Object", "className": "Author", "objectId": "a1", "name": "Ada"}
        transport = Recorder({**NOTE, "author": author}, UPDATED)
        note = await Client(transport).query("Note").get("n1")

        note["author"]["name"] = "Ada L."
        await note["author"].save()

        assert transport.commands[1] == Update("Author", "a1", NewObject({"name": Set("Ada L.")}))

    async def test_included_objects_in_a_list_stay_themselves(self) -> None:
        author = {"__type": "Object", "className": "Author", "objectId": "a1", "name": "Ada"}
        note = await Client(Recorder({**NOTE, "authors": [author]})).query("Note").get("n1")

        note["authors"][0]["name"] = "Ada L."

        assert note["authors"][0]["name"] == "Ada L."
        assert not note.is_dirty()

    async def test_an_object_that_was_never_saved_can_t_be_fetched(self) -> None:
        with pytest.raises(MissingObjectId):
            await Client(Recorder()).object("Note").fetch()

    async def test_destroy_removes_it_by_its_id(self) -> None:
        transport = Recorder({})

        await Client(transport).object("Note", "n1").destroy()

        assert transport.commands == [Delete("Note", "n1")]


class TestRelations:
    async def test_links_are_made_with_the_next_save(self) -> None:
        transport = Recorder(UPDATED)
        post = Client(transport).object("Post", "p1")

        post.relation("likes").add(Pointer("_User", "u1"))
        await post.save()

        change = RelationChange("_User", added=frozenset({"u1"}))
        assert transport.commands == [Update("Post", "p1", NewObject({"likes": change}))]

    async def test_the_class_behind_a_relation_is_known_once_it_was_saved(self) -> None:
        transport = Recorder(UPDATED, {"results": []})
        post = Client(transport).object("Post", "p1")
        post.relation("likes").add(Pointer("_User", "u1"))
        await post.save()

        await post.relation("likes").query().find()

        assert transport.commands[1] == Find(Query("_User", RelatedTo(Pointer("Post", "p1"), "likes")))

    async def test_an_unknown_relation_is_asked_through_its_owner_s_class(self) -> None:
        transport = Recorder({"results": [{**NOTE, "className": "Like"}]})
        post = Client(transport).object("Post", "p1")

        [liked] = await post.relation("likes").query().find()

        related = RelatedTo(Pointer("Post", "p1"), "likes")
        assert transport.commands == [Find(Query("Post", related), redirect_key="likes")]
        assert liked.class_name == "Like"


class TestTheUserOfASession:
    async def test_a_new_password_brings_a_new_session_for_the_client_and_its_objects(self) -> None:
        transport = Recorder({"objectId": "u1", "sessionToken": "r:old"}, {**UPDATED, "sessionToken": "r:new"}, CREATED)
        ada = await Client(transport).log_in("ada", "secret")

        ada.user["password"] = "better"
        await ada.user.save()
        await ada.object("Note").save()

        assert transport.authorities[2] == Authority(session_token="r:new")

    async def test_a_password_is_not_kept(self) -> None:
        transport = Recorder({"objectId": "u1", "sessionToken": "r:old"}, UPDATED)
        ada = await Client(transport).log_in("ada", "secret")

        ada.user["password"] = "better"
        await ada.user.save()

        assert "password" not in ada.user
        assert "sessionToken" not in ada.user
