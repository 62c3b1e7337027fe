"""Two processes on one file, such as `parsonage job run` beside a server: each knows at once what the other did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parsonage.cloud.transport import InProcess
from parsonage.operations.house import House
from parsonage.options.model import App, Database, Keys, Options, SchemaRules
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import InvalidSessionToken, ObjectNotFound
from parsonage.sdk.authority import MASTER, NOBODY
from parsonage.sdk.client import Client
from parsonage.server import close_house, open_house


class Two(NamedTuple):
    """The same app, opened twice."""

    here: House
    there: House

    def client(self) -> Client:
        return Client(InProcess(self.here), authority=NOBODY)

    def master(self) -> Client:
        return Client(InProcess(self.here), authority=MASTER)

    def same_elsewhere(self, client: Client) -> Client:
        return Client(InProcess(self.there), authority=NOBODY.as_user(client.session_token or ""))

    def master_elsewhere(self) -> Client:
        return Client(InProcess(self.there), authority=MASTER)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    options = Options(
        app=App("two"),
        keys=Keys("the-master-key"),
        database=Database(str(tmp_path / "shared.db")),
        schemas=SchemaRules(allow_client_class_creation=True),
    )
    houses = Two(await open_house(options), await open_house(options))
    yield houses
    await close_house(houses.here)
    await close_house(houses.there)


class TestTwoHousesOnOneFile:
    async def test_a_session_of_one_is_a_session_of_the_other(self, two: Two) -> None:
        ada = await two.client().sign_up("ada", "secret")

        assert (await two.same_elsewhere(ada).me())["username"] == "ada"

    async def test_a_session_that_ended_in_one_is_refused_by_the_other(self, two: Two) -> None:
        ada = await two.client().sign_up("ada", "secret")
        elsewhere = two.same_elsewhere(ada)
        await elsewhere.me()

        await ada.log_out()

        with pytest.raises(InvalidSessionToken):
            await elsewhere.me()

    async def test_a_changed_user_is_seen_changed(self, two: Two) -> None:
        ada = await two.client().sign_up("ada", "secret")
        elsewhere = two.same_elsewhere(ada)
        await elsewhere.me()

        ada.user["city"] = "London"
        await ada.user.save()

        assert (await elsewhere.me())["city"] == "London"

    async def test_a_role_given_by_one_opens_the_door_in_the_other(self, two: Two) -> None:
        ada = await two.client().sign_up("ada", "secret")
        note = two.master().object("Note", text="for editors")
        note.acl = ACL.only("role:editors")
        await note.save()
        elsewhere = two.same_elsewhere(ada)
        with pytest.raises(ObjectNotFound):
            await elsewhere.query("Note").get(note.id or "")

        role = two.master().object("_Role", name="editors")
        role.acl = ACL()
        role.link("users", ada.user)
        await role.save()

        assert (await elsewhere.query("Note").get(note.id or ""))["text"] == "for editors"

    async def test_a_role_taken_away_by_one_closes_it_in_the_other(self, two: Two) -> None:
        ada = await two.client().sign_up("ada", "secret")
        role = two.master().object("_Role", name="editors")
        role.acl = ACL()
        role.link("users", ada.user)
        await role.save()
        note = two.master().object("Note", text="for editors")
        note.acl = ACL.only("role:editors")
        await note.save()
        elsewhere = two.same_elsewhere(ada)
        await elsewhere.query("Note").get(note.id or "")

        role.unlink("users", ada.user)
        await role.save()

        with pytest.raises(ObjectNotFound):
            await elsewhere.query("Note").get(note.id or "")

    async def test_a_field_added_by_one_is_known_to_the_other(self, two: Two) -> None:
        await two.master_elsewhere().object("Note", text="old").save()
        note = await two.master().object("Note", text="new", stars=5).save()

        found = await two.master_elsewhere().query("Note").equal_to("stars", 5).find()

        assert [each.id for each in found] == [note.id]

    async def test_both_add_the_same_field_and_neither_save_fails(self, two: Two) -> None:
        await two.master().object("Note", text="first").save()
        await two.master_elsewhere().query("Note").find()

        await two.master().object("Note", stars=1).save()
        await two.master_elsewhere().object("Note", stars=2).save()

        assert await two.master().query("Note").exists("stars").count() == 2
