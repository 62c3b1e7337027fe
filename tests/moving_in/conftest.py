from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.conversation import APP_ID, MASTER_KEY, Conversation
from tests.machinery.ours import parsonage
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import PostgreSQL, postgresql
from tests.moving_in.everything import make_everything

OPTIONS = {"appId": APP_ID, "masterKey": MASTER_KEY, "allowClientClassCreation": True}
WITH_HOOKS = {**OPTIONS, "databaseOptions": {"enableSchemaHooks": True}}


@pytest.fixture(scope="session")
def database_server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture(scope="module")
def uri(database_server: PostgreSQL, request: pytest.FixtureRequest) -> str:
    return database_server.create_database(request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def peer(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """Parse Server on the database, the first to open it."""
    folder: Path = tmp_path_factory.mktemp("peer")
    with parse_server(WITH_HOOKS, database_uri=uri, folder=folder) as running:
        yield Conversation(running.url)


@pytest.fixture(scope="module")
def tokens(peer: Conversation) -> dict[str, str]:
    """The session token of each user of the app that Parse Server wrote."""
    return make_everything(peer)


@pytest.fixture(scope="module")
def ours(
    peer: Conversation, tokens: dict[str, str], uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Conversation]:
    """Parsonage on the same database, once everything is there."""
    with parsonage({**OPTIONS, "databaseURI": uri}, folder=tmp_path_factory.mktemp("ours")) as running:
        yield Conversation(running.url)
