"""One API, two doors: a client in process and one over HTTP get the same from the same house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import FileNotFound, FileNotSaved, NeedsMasterKey, ObjectNotFound, UsernameTaken
from parsonage.protocol.values import GeoPoint, Pointer, Polygon
from parsonage.sdk import BatchFailed, Client, RemoteObject
from parsonage.testing.throwaway import Throwaway


@pytest.fixture(params=["in process", "over HTTP"])
async def client(request: pytest.FixtureRequest, parse: Throwaway) -> AsyncIterator[Client]:
    if request.param == "in process":
        yield parse.anybody
        return
    options = parse.house.options
    async with (
        parse.served() as url,
        Client(url, application_id=options.app.id, master_key=options.keys.master) as remote,
    ):
        yield remote


class TestFiles:
    async def test_what_is_uploaded_can_be_named_downloaded_and_removed(self, client: Client) -> None:
        master = client.as_master()
        beside = {"camera": "größer"}
        file = await master.upload("a b.txt", b"hello", metadata=beside, tags={"kind": "text"}, directory="drawer")
        note = await client.object("Note", file=file).save()

        read = await client.query("Note").get(note.id)
        assert read["file"].name == file.name
        assert await client.download(read["file"]) == b"hello"
        assert await client.file_metadata(file.name) == beside
        await master.delete_file(file)
        with pytest.raises(FileNotFound):
            await client.download(file)

    async def test_the_type_gives_a_name_its_extension(self, client: Client) -> None:
        file = await client.as_master().upload("picture", b"png", content_type="image/png")

        assert file.name.endswith("_picture.png")

    async def test_what_may_not_be_stored_is_refused(self, client: Client) -> None:
        with pytest.raises(FileNotSaved, match="File upload by public is disabled"):
            await client.upload("a.txt", b"hello")


class TestObjects:
    async def test_every_kind_of_value_comes_back_as_it_was(self, client: Client) -> None:
        values: dict[str, Any] = {
            "text": "hé\n",
            "number": 1.5,
            "flag": False,
            "at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
            "content": b"\0\1",
            "author": Pointer("Author", "a1"),
            "place": GeoPoint(1.5, 2.5),
            "area": Polygon(((0, 0), (0, 1), (1, 1), (0, 0))),
            "tags": ["a", {"b": [None, datetime(2026, 1, 2, tzinfo=UTC)]}],
            "settings": {"deep": {"er": 1}},
        }
        note = await client.object("Note", **values).save()

        read = await client.query("Note").get(note.id)

        assert read.fields() == values
        assert (read.created_at, read.updated_at) == (note.created_at, note.updated_at)

    async def test_operations_arrive_as_operations(self, client: Client) -> None:
        note = await client.object("Note", views=1, tags=["a"]).save()
        elsewhere = await client.query("Note").get(note.id)
        elsewhere.increment("views", 5)
        await elsewhere.save()

        note.increment("views")
        note.add_unique("tags", "a", "b")
        await note.save()

        assert note.fields() == {"views": 7, "tags": ["a", "b"]}

    async def test_a_removed_object_is_gone(self, client: Client) -> None:
        note = await client.object("Note").save()

        await note.destroy()

        with pytest.raises(ObjectNotFound):
            await note.fetch()

    async def test_an_acl_is_read_with_its_object(self, client: Client) -> None:
        note = await client.object("Note").save()
        note.acl = ACL.public(read=True, write=True)
        await note.save()

        assert (await client.query("Note").get(note.id)).acl == ACL.public(read=True, write=True)

    async def test_relations_lead_to_objects(self, client: Client) -> None:
        liked = await client.object("Comment", text="nice").save()
        post = await client.object("Post").save()
        post.relation("likes").add(liked)
        await post.save()

        fresh = client.object("Post", post.id)

        assert await fresh.relation("likes").query().find() == [liked]
        assert await post.relation("likes").query().equal_to("text", "bad").find() == []


class TestQueries:
    async def test_conditions_order_and_limit_hold(self, client: Client) -> None:
        await client.save_all([client.object("Review", stars=stars, movie="Alien") for stars in range(6)])

        query = client.query("Review").equal_to("movie", "Alien").at_least("stars", 2).not_equal_to("stars", 3)
        found = await query.descending("stars").limit(2).find()

        assert [review["stars"] for review in found] == [5, 4]
        assert await query.count() == 3

    async def test_texts_are_searched_literally(self, client: Client) -> None:
        await client.save_all([client.object("Note", text=text) for text in ("a.b", "axb", r"q\Eq")])

        assert await client.query("Note").starts_with("text", "a.").count() == 1
        assert await client.query("Note").contains("text", r"\E").count() == 1

    async def test_a_query_may_be_too_long_for_a_url(self, client: Client) -> None:
        note = await client.object("Note").save()
        ids = [f"{number:010}" for number in range(300)]

        assert await client.query("Note").contained_in("objectId", [*ids, note.id]).find() == [note]

    async def test_a_query_inside_a_query(self, client: Client) -> None:
        team = await client.object("Team", won=True).save()
        player = await client.object("Player", team=team).save()

        winners = client.query("Team").equal_to("won", True)

        assert await client.query("Player").matches_query("team", winners).find() == [player]
        assert await client.query("Player").does_not_match_query("team", winners).find() == []

    async def test_included_objects_can_be_saved(self, client: Client) -> None:
        team = await client.object("Team", name="A").save()
        await client.object("Player", team=team).save()

        player = await client.query("Player").include("team").first()
        assert player is not None
        assert isinstance(player["team"], RemoteObject)
        player["team"]["name"] = "B"
        await player["team"].save()

        assert (await team.fetch())["name"] == "B"

    async def test_each_goes_through_more_than_one_page(self, client: Client) -> None:
        await client.save_all([client.object("Note", number=number) for number in range(120)])

        numbers = {note["number"] async for note in client.query("Note").each()}

        assert numbers == set(range(120))


class TestAccounts:
    async def test_a_user_signs_up_logs_in_and_out(self, client: Client) -> None:
        await client.sign_up("ada", "secret", email="ada@example.com")

        ada = await client.log_in("ada", "secret")
        me = await ada.me()
        await ada.log_out()

        assert (me["username"], me["email"]) == ("ada", "ada@example.com")

    async def test_a_name_can_be_had_once(self, client: Client) -> None:
        await client.sign_up("ada", "secret")

        with pytest.raises(UsernameTaken):
            await client.sign_up("ada", "other")

    async def test_a_new_password_leaves_the_client_logged_in(self, client: Client) -> None:
        ada = await client.sign_up("ada", "secret")

        ada.user["password"] = "better"
        await ada.user.save()

        assert (await ada.me())["username"] == "ada"

    async def test_the_master_key_becomes_a_user(self, client: Client) -> None:
        ada = await client.sign_up("ada", "secret")

        again = await client.as_master().log_in_as(ada.user)

        assert again.user == ada.user


class TestSettings:
    async def test_hidden_parameters_are_the_master_key_s(self, client: Client) -> None:
        since = datetime(2026, 1, 2, tzinfo=UTC)
        await client.as_master().set_config({"since": since, "secret": 1}, master_only=["secret"])

        assert await client.config() == {"since": since}
        assert await client.as_master().config() == {"since": since, "secret": 1}

    async def test_only_the_master_key_changes_them(self, client: Client) -> None:
        with pytest.raises(NeedsMasterKey):
            await client.set_config({"open": True})


async def test_many_objects_are_removed_and_what_failed_is_told(client: Client) -> None:
    kept, gone = await client.object("Note").save(), await client.object("Note").save()
    await gone.destroy()

    with pytest.raises(BatchFailed) as failed:
        await client.destroy_all([kept, gone])

    assert [(item, type(error)) for item, error in failed.value.failures] == [(gone, ObjectNotFound)]
    assert await client.query("Note").count() == 0
