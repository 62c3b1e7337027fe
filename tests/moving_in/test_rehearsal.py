"""``parsonage serve CONFIG --rehearse`` on a database that Parse Server wrote: it tells all, and writes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage
from tests.flows.conversation import Conversation
from tests.machinery.postgresql import PostgreSQL
from tests.moving_in.conftest import OPTIONS


@pytest.fixture
def folder(tmp_path: Path, tokens: dict[str, str], uri: str) -> Path:
    """A folder with a configuration for the database, once the app is there."""
    (tmp_path / "server.json").write_text(json.dumps({**OPTIONS, "databaseURI": uri}))
    return tmp_path


def dump(server: PostgreSQL, uri: str) -> list[str]:
    """Everything in a database as statements; without the lines that every dump makes up anew."""
    return [line for line in server.dump(uri.rpartition("/")[2]).splitlines() if not line.startswith("\\")]


def test_a_database_of_parse_server_has_nothing_in_the_way(folder: Path) -> None:
    status, out, told = parsonage("serve", "server.json", "--rehearse", folder=folder)

    assert (status, told) == (0, "")
    assert re.search(r"  Everything +3 rows · 12 fields · 3 indexes · not everybody may delete\n", out)
    assert out.endswith("  nothing stands in the way\n")


def test_nothing_is_written_anywhere(folder: Path, database_server: PostgreSQL, uri: str) -> None:
    before = dump(database_server, uri)

    parsonage("serve", "server.json", "--rehearse", folder=folder)

    assert dump(database_server, uri) == before
    assert [path.name for path in folder.iterdir()] == ["server.json"]


def test_machines_are_told_the_same(folder: Path) -> None:
    _, out, _ = parsonage("serve", "server.json", "--rehearse", "--json", folder=folder)

    told = json.loads(out)
    [everything] = [one for one in told["classes"] if one["name"] == "Everything"]
    assert (told["options"], told["problems"]) == ([], [])
    assert (everything["rows"], everything["fields"]["author"]) == (3, "Pointer<_User>")
    assert everything["restricted"] == ["delete"]


@pytest.fixture
def odd(database_server: PostgreSQL, uri: str, tokens: dict[str, str]) -> Iterator[None]:
    """A class that nobody can read stands in the catalogue."""
    name = uri.rpartition("/")[2]
    entry = """{"className":"Odd","fields":{"shape":{"type":"Hexagon"}}}"""
    database_server.execute(
        name, f"""CREATE TABLE "Odd" ("objectId" text); INSERT INTO "_SCHEMA" VALUES ('Odd', '{entry}', true)"""
    )
    yield
    database_server.execute(name, """DROP TABLE "Odd"; DELETE FROM "_SCHEMA" WHERE "className" = 'Odd'""")


@pytest.mark.usefixtures("odd")
def test_what_would_not_work_is_told_with_all_the_rest(folder: Path) -> None:
    configuration = json.loads((folder / "server.json").read_text())
    (folder / "server.json").write_text(json.dumps({**configuration, "apId": "x", "cloud": "none.py"}))

    status, out, _ = parsonage("serve", "server.json", "--rehearse", folder=folder)

    assert status == 1
    assert "✗ the field shape has the type Hexagon, which nobody knows" in out
    assert 'unknown option "apId"' in out
    assert "✗ there is no Cloud Code at none.py" in out
    assert out.endswith("  3 things would not work\n")


def test_a_server_that_runs_on_the_database_is_not_disturbed(folder: Path, peer: Conversation) -> None:
    parsonage("serve", "server.json", "--rehearse", folder=folder)

    assert peer.send("GET", "/health").status == 200


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    words = ("--app-id", "a", "--master-key", "m", "--database-uri", "sqlite:none.db")

    status, out, _ = parsonage("serve", "--rehearse", *words, folder=tmp_path)

    assert status == 1
    assert "✗ there is no file none.db" in out
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_can_not_be_used_yet_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text('{"appId": "a", "masterKey": "m", "databaseURI": "mongodb://127.0.0.1/x"}')

    status, out, _ = parsonage("serve", "server.json", "--rehearse", folder=tmp_path)

    assert status == 1
    assert [line for line in out.splitlines() if "✗" in line] == [
        "  ✗ not built yet: databaseURI (MongoDB); --database-uri names another database"
    ]
