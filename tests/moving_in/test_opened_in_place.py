"""A database that Parse Server 9.10 wrote is opened in place; both servers answer from it."""

from __future__ import annotations

import pytest

from tests.flows.conversation import Conversation
from tests.moving_in.everything import CLASSES, MASTER, USERS, done, eventually, objects


@pytest.mark.parametrize("class_name", CLASSES)
def test_every_object_reads_back_equal(peer: Conversation, ours: Conversation, class_name: str) -> None:
    assert objects(ours, class_name) == objects(peer, class_name)
    assert objects(ours, class_name) != []


def test_classes_fields_permissions_and_indexes_are_the_same(peer: Conversation, ours: Conversation) -> None:
    theirs, seen = done(peer, "GET", "/schemas/Everything"), done(ours, "GET", "/schemas/Everything")

    assert seen == theirs


def test_the_configuration_is_the_same_for_clients_and_for_the_master_key(
    peer: Conversation, ours: Conversation
) -> None:
    assert ours.send("GET", "/config").body == peer.send("GET", "/config").body
    assert done(ours, "GET", "/config") == done(peer, "GET", "/config")


@pytest.mark.parametrize("name", USERS)
def test_a_user_logs_in_with_the_old_password(ours: Conversation, name: str) -> None:
    answer = ours.send("POST", "/login", {"username": name, "password": f"{name}-p"})

    assert (answer.status, answer.body.get("username")) == (200, name)


@pytest.mark.parametrize("name", USERS)
def test_a_session_goes_on(ours: Conversation, tokens: dict[str, str], name: str) -> None:
    answer = ours.send("GET", "/users/me", headers={"X-Parse-Session-Token": tokens[name]})

    assert answer.body["username"] == name


def test_a_session_begun_here_is_good_there(peer: Conversation, ours: Conversation) -> None:
    token = ours.send("POST", "/login", {"username": "ada", "password": "ada-p"}).body["sessionToken"]

    answer = peer.send("GET", "/users/me", headers={"X-Parse-Session-Token": token})

    assert answer.body["username"] == "ada"


@pytest.mark.parametrize("name", USERS)
def test_a_role_inherited_by_a_role_opens_the_same_objects(
    peer: Conversation, ours: Conversation, tokens: dict[str, str], name: str
) -> None:
    asked = {"X-Parse-Session-Token": tokens[name]}

    seen = ours.send("GET", "/classes/Everything?keys=text&order=text", headers=asked).body
    theirs = peer.send("GET", "/classes/Everything?keys=text&order=text", headers=asked).body

    assert seen == theirs


def test_links_are_found_from_their_owner(peer: Conversation, ours: Conversation) -> None:
    owner = next(one for one in objects(peer, "Everything") if "at" in one)["objectId"]
    related = '{"$relatedTo":{"object":{"__type":"Pointer","className":"Everything","objectId":"%s"},"key":"likes"}}'
    path = "/users?keys=username&order=username&where=" + (related % owner).replace('"', "%22")

    assert [user["username"] for user in done(ours, "GET", path)["results"]] == ["Cleo", "bob"]
    assert done(ours, "GET", path) == done(peer, "GET", path)


class TestWhatIsWrittenHere:
    """Parse Server, running all the time, goes on with it."""

    def test_an_object_of_a_new_class_is_read_there(self, peer: Conversation, ours: Conversation) -> None:
        full = next(one for one in objects(peer, "Everything") if "at" in one)
        fields = {name: full[name] for name in ("at", "more", "tags", "raw", "place", "area", "author")}

        made = done(ours, "POST", "/classes/FromHere", fields)

        assert objects(peer, "FromHere") == [{**fields, **made, "updatedAt": made["createdAt"]}]
        assert objects(ours, "FromHere") == objects(peer, "FromHere")

    def test_a_user_logs_in_there(self, peer: Conversation, ours: Conversation) -> None:
        ours.send("POST", "/users", {"username": "dora", "password": "dora-p"})

        answer = peer.send("POST", "/login", {"username": "dora", "password": "dora-p"})

        assert (answer.status, answer.body.get("username")) == (200, "dora")

    def test_a_changed_password_holds_there(
        self, peer: Conversation, ours: Conversation, tokens: dict[str, str]
    ) -> None:
        made = ours.send("POST", "/users", {"username": "eve", "password": "old"}).body
        done(ours, "PUT", f"/users/{made['objectId']}", {"password": "new"})

        old = peer.send("POST", "/login", {"username": "eve", "password": "old"})
        new = peer.send("POST", "/login", {"username": "eve", "password": "new"})

        assert (old.body.get("code"), new.status) == (101, 200)

    def test_permissions_closed_here_are_closed_there(self, peer: Conversation, ours: Conversation) -> None:
        done(ours, "POST", "/classes/Diary", {"text": "dear"})
        before = peer.send("GET", "/classes/Diary").status

        done(ours, "PUT", "/schemas/Diary", {"classLevelPermissions": {"find": {}}})

        assert before == 200
        assert eventually(lambda: peer.send("GET", "/classes/Diary").body.get("code") == 119)

    def test_a_parameter_is_read_there(self, peer: Conversation, ours: Conversation) -> None:
        done(ours, "PUT", "/config", {"params": {"color": "red"}})

        assert done(peer, "GET", "/config")["params"]["color"] == "red"

    def test_a_field_and_an_index_are_seen_there(self, peer: Conversation, ours: Conversation) -> None:
        done(
            ours, "PUT", "/schemas/Owner", {"fields": {"rank": {"type": "Number"}}, "indexes": {"by_rank": {"rank": 1}}}
        )

        seen = done(peer, "GET", "/schemas/Owner")

        assert seen["fields"]["rank"] == {"type": "Number"}
        assert seen["indexes"]["by_rank"] == {"rank": 1}


class TestWhatIsWrittenThere:
    """Parsonage, running all the time, hears of it."""

    def test_an_object_of_a_new_class_is_read_here(self, peer: Conversation, ours: Conversation) -> None:
        """PB122: a place is a place, and no raw value of the database."""
        done(peer, "POST", "/classes/FromThere", {"place": {"__type": "GeoPoint", "latitude": 1, "longitude": 2}})

        assert eventually(lambda: objects_or_nothing(ours, "FromThere") == objects(peer, "FromThere"))

    def test_permissions_closed_there_are_closed_here(self, peer: Conversation, ours: Conversation) -> None:
        """PB121."""
        done(peer, "POST", "/classes/Letter", {"text": "dear"})
        assert eventually(lambda: ours.send("GET", "/classes/Letter").body.get("results"))

        done(peer, "PUT", "/schemas/Letter", {"classLevelPermissions": {"find": {}}})

        assert eventually(lambda: ours.send("GET", "/classes/Letter").body.get("code") == 119)

    def test_a_session_that_ended_there_has_ended_here(self, peer: Conversation, ours: Conversation) -> None:
        token = {
            "X-Parse-Session-Token": peer.send("POST", "/login", {"username": "bob", "password": "bob-p"}).body[
                "sessionToken"
            ]
        }
        assert ours.send("GET", "/users/me", headers=token).status == 200

        peer.send("POST", "/logout", headers=token)

        assert eventually(lambda: ours.send("GET", "/users/me", headers=token).body.get("code") == 209)

    def test_a_parameter_is_read_here(self, peer: Conversation, ours: Conversation) -> None:
        done(peer, "PUT", "/config", {"params": {"shape": "round"}})

        assert done(ours, "GET", "/config")["params"]["shape"] == "round"


def objects_or_nothing(server: Conversation, class_name: str) -> object:
    answer = server.send("GET", f"/classes/{class_name}?order=objectId", headers=MASTER)
    return answer.body.get("results")
