from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.machinery.ours import parsonage
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import PostgreSQL, postgresql
from tests.machinery.processes import Server
from tests.side_by_side.case import APP_ID, MAINTENANCE_KEY, MASTER_KEY, READ_ONLY_MASTER_KEY
from tests.side_by_side.exchange import Door, Pair

AS_USUAL: Mapping[str, object] = {
    "appId": APP_ID,
    "masterKey": MASTER_KEY,
    "readOnlyMasterKey": READ_ONLY_MASTER_KEY,
    "maintenanceKey": MAINTENANCE_KEY,
    "allowClientClassCreation": True,
    "fileUpload": {"enableForPublic": True},
    "maxUploadSize": "100kb",
}

STRICT: Mapping[str, object] = {
    "appId": APP_ID,
    "masterKey": MASTER_KEY,
    "readOnlyMasterKey": READ_ONLY_MASTER_KEY,
    "readOnlyMasterKeyIps": ["10.0.0.0/8"],
    "clientKey": "the-client-key",
    "javascriptKey": "the-javascript-key",
    "dotNetKey": "the-dot-net-key",
    "restAPIKey": "the-rest-key",
    "allowOrigin": ["https://app.example", "https://other.example"],
    "allowHeaders": ["X-Trace"],
    "allowClientClassCreation": False,
    "allowCustomObjectId": True,
    "enableSanitizedErrorResponse": False,
    "enforcePrivateUsers": False,
    "convertUsernameToLowercase": True,
    "convertEmailToLowercase": True,
    "defaultLimit": 3,
    "maxLimit": 5,
    "requestComplexity": {
        "includeDepth": 1,
        "includeCount": 2,
        "subqueryDepth": 1,
        "queryDepth": 2,
        "batchRequestLimit": 2,
        "allowRegex": False,
    },
    "installation": {
        "duplicateDeviceTokenAction": "update",
        "duplicateDeviceTokenMergePriority": "installationId",
        "duplicateDeviceTokenActionEnforceAuth": True,
    },
}

CODES_LAST = 100_000_000
"""Seconds: the code of a test must be the same when it is told and when it is sent."""

GUARDED: Mapping[str, object] = {
    "appId": APP_ID,
    "masterKey": MASTER_KEY,
    "maintenanceKey": MAINTENANCE_KEY,
    "allowClientClassCreation": True,
    "passwordPolicy": {
        "validatorPattern": "^(?=.*[0-9]).{4,}$",
        "validationError": "four signs, a digit among them",
        "doNotAllowUsername": True,
        "maxPasswordAge": 10,
        "maxPasswordHistory": 2,
    },
    "accountLockout": {"threshold": 2, "duration": 5},
    "extendSessionOnUse": True,
    "security": {"enableCheck": True},
    "databaseOptions": {"allowPublicExplain": True},
    "auth": {"mfa": {"enabled": True, "options": ["TOTP"], "period": CODES_LAST}},
}


def _limit(path: str, count: int, **parts: object) -> dict[str, object]:
    window = {"requestPath": path, "requestTimeWindow": 600_000, "requestCount": count}
    return {**window, "includeInternalRequests": True, **parts}


LIMITED: Mapping[str, object] = {
    **AS_USUAL,
    "allowAggregationForReadOnlyMasterKey": False,
    "routeAllowList": ["classes/.*", "users", "functions/.*", "batch", "config", "health"],
    "idempotencyOptions": {"paths": ["classes/.*", "users", "functions/nowhere"]},
    "rateLimit": [
        *(_limit(f"/functions/twice-{letter}", 2) for letter in "abcdefg"),
        _limit("/functions/never", 0, errorResponseMessage="Never!", includeMasterKey=True),
        _limit("/functions/inside", 1, includeInternalRequests=False),
        _limit("/config", 1, requestMethods=["PUT"]),
    ],
}


class OpenPair(Protocol):
    """Starts all servers with one configuration; ``of_ours`` are options that the peer does not know."""

    def __call__(self, name: str, options: Mapping[str, object], **of_ours: object) -> Pair: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--peer-beside-peer",
        action="store_true",
        help="compare Parse Server with itself: for trying out new cases",
    )


@pytest.fixture(scope="session")
def database_server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture(scope="session")
def open_pair(
    database_server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[OpenPair]:
    """A function that starts all servers; they stop at the end of the session."""
    alone: bool = pytestconfig.getoption("--peer-beside-peer", default=False)
    with contextlib.ExitStack() as servers:

        def door(server: contextlib.AbstractContextManager[Server]) -> Door:
            return Door(servers.enter_context(server).url)

        def peer(name: str, options: Mapping[str, object], folder: Path) -> Door:
            database_uri = database_server.create_database(name)
            return door(parse_server(options, database_uri=database_uri, folder=folder))

        def ours(options: Mapping[str, object], folder: Path) -> Door:
            return door(parsonage(options, folder=folder))

        def opened(name: str, options: Mapping[str, object], **of_ours: object) -> Pair:
            theirs = peer(name, options, tmp_path_factory.mktemp(f"{name}_peer"))
            if alone:
                again = peer(f"{name}_again", options, tmp_path_factory.mktemp("again"))
                return Pair(theirs, {"its own": again}, stated=False)
            database_uri = database_server.create_database(f"{name}_ours")
            return Pair(
                theirs,
                {
                    "SQLite": ours({**options, **of_ours}, tmp_path_factory.mktemp(f"{name}_sqlite")),
                    "PostgreSQL": ours(
                        {**options, **of_ours, "databaseURI": database_uri},
                        tmp_path_factory.mktemp(f"{name}_postgresql"),
                    ),
                },
            )

        yield opened


@pytest.fixture(scope="session")
def both(open_pair: OpenPair) -> Pair:
    """The peer and ours, with nothing but keys and classes that clients may create."""
    return open_pair("as_usual", AS_USUAL)


@pytest.fixture(scope="session")
def both_strict(open_pair: OpenPair) -> Pair:
    """The peer and ours, with client keys, limits, detailed errors, own ids, and no new classes from clients."""
    return open_pair("strict", STRICT)


@pytest.fixture(scope="session")
def both_guarded(open_pair: OpenPair) -> Pair:
    """The peer and ours, with a password policy, accounts that lock, and a second factor."""
    return open_pair("guarded", GUARDED)
