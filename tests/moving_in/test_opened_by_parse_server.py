"""The other way round: a database that Parsonage made is opened by Parse Server, which never saw it before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.conversation import Conversation
from tests.machinery.ours import parsonage
from tests.machinery.peer import parse_server
from tests.moving_in.conftest import OPTIONS, WITH_HOOKS
from tests.moving_in.everything import CLASSES, USERS, done, make_everything, objects


@pytest.fixture(scope="module")
def ours(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """Parsonage on the empty database, the first to open it."""
    with parsonage({**OPTIONS, "databaseURI": uri}, folder=tmp_path_factory.mktemp("ours")) as running:
        yield Conversation(running.url)


@pytest.fixture(scope="module")
def tokens(ours: Conversation) -> dict[str, str]:
    """The session token of each user of the app that Parsonage wrote."""
    return make_everything(ours)


@pytest.fixture(scope="module")
def peer(
    ours: Conversation, tokens: dict[str, str], uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Conversation]:
    """Parse Server on the same database, once everything is there."""
    with parse_server(WITH_HOOKS, database_uri=uri, folder=tmp_path_factory.mktemp("peer")) as running:
        yield Conversation(running.url)


@pytest.mark.parametrize("class_name", CLASSES)
def test_every_object_reads_back_equal(peer: Conversation, ours: Conversation, class_name: str) -> None:
    assert objects(peer, class_name) == objects(ours, class_name)
    assert objects(peer, class_name) != []


def test_classes_fields_permissions_and_indexes_are_the_same(peer: Conversation, ours: Conversation) -> None:
    theirs, seen = done(peer, "GET", "/schemas/Everything"), done(ours, "GET", "/schemas/Everything")

    assert theirs == seen


@pytest.mark.parametrize("name", USERS)
def test_a_user_logs_in_with_the_old_password(peer: Conversation, name: str) -> None:
    answer = peer.send("POST", "/login", {"username": name, "password": f"{name}-p"})

    assert (answer.status, answer.body.get("username")) == (200, name)


@pytest.mark.parametrize("name", USERS)
def test_a_session_goes_on(peer: Conversation, tokens: dict[str, str], name: str) -> None:
    answer = peer.send("GET", "/users/me", headers={"X-Parse-Session-Token": tokens[name]})

    assert answer.body["username"] == name


def test_what_it_writes_then_is_read_here(peer: Conversation, ours: Conversation) -> None:
    made = done(
        peer, "POST", "/classes/FromThere", {"n": 1, "at": {"__type": "GeoPoint", "latitude": 1, "longitude": 2}}
    )

    assert [one["objectId"] for one in objects(ours, "FromThere")] == [made["objectId"]]
