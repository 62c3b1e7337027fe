"""``parsonage explain``: why a request is refused, asked from a shell."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.parsonage_command import parsonage
from tests.machinery import ours

OPTIONS = {"appId": "a", "masterKey": "m", "allowClientClassCreation": True, "development": True}
CONFIG = ("--config", "parsonage.json")
HANDLER = """
from parsonage import Cloud, ParseError, TriggerRequest

cloud = Cloud()


@cloud.before_save("Review")
async def check(request: TriggerRequest) -> None:
    if request.object["stars"] > 5:
        raise ParseError(142, "stars go from 1 to 5")
"""


def send(url: str, body: Any = None, token: str = "") -> Any:
    """The body of an answer."""
    headers = {"X-Parse-Application-Id": "a", "Content-Type": "application/json", "X-Parse-Session-Token": token}
    content = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, content, headers)) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return json.loads(refused.read())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which a server in development has just refused bob a note of ada's; and the note's id."""
    folder = tmp_path_factory.mktemp("project")
    with ours.parsonage(OPTIONS, folder=folder) as server:
        ada = send(f"{server.url}/users", {"username": "ada", "password": "p"})
        bob = send(f"{server.url}/users", {"username": "bob", "password": "p"})
        note = send(f"{server.url}/classes/Note", {"n": 1, "ACL": {ada["objectId"]: {"read": True}}})["objectId"]
        assert send(f"{server.url}/classes/Note/{note}", token=bob["sessionToken"])["code"] == 101
    return folder, note


def test_a_request_is_explained_step_by_step(project: tuple[Path, str]) -> None:
    folder, note = project

    status, out, _ = parsonage("explain", "GET", f"/parse/classes/Note/{note}", "--as", "bob", *CONFIG, folder=folder)

    lines = out.splitlines()
    assert status == 0
    assert lines[:5] == [
        f"GET /classes/Note/{note} by bob",
        "",
        "  allows   class-level permission  get on Note is open to everyone",
        f"  denies   ACL                     Note {note}: its ACL lets it be read by ada; the caller is bob",
        "  → 404 101 Object not found.",
    ]
    assert lines[7].startswith("    SELECT ")


def test_the_last_refused_request_needs_nothing_typed(project: tuple[Path, str]) -> None:
    folder, note = project

    status, out, _ = parsonage("explain", "--last", *CONFIG, folder=folder)

    lines = out.splitlines()
    assert (status, lines[0]) == (0, f"GET /classes/Note/{note} by bob")
    assert lines[1].endswith(f" UTC with 404 101: Note {note}: its ACL lets it be read by ada; the caller is bob")


@pytest.fixture(scope="module")
def refused_by_handler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a beforeSave has just refused the second item of a batch."""
    folder = tmp_path_factory.mktemp("refused")
    (folder / "main.py").write_text(HANDLER)
    items = [{"method": "POST", "path": "/parse/classes/Review", "body": {"stars": stars}} for stars in (3, 9)]
    with ours.parsonage({**OPTIONS, "cloud": "main.py"}, folder=folder) as server:
        assert send(f"{server.url}/batch", {"requests": items})[1]["error"]["code"] == 142
    return folder


def test_an_item_of_the_last_batch_is_routed_as_the_server_did(refused_by_handler: Path) -> None:
    status, out, _ = parsonage("explain", "--last", *CONFIG, folder=refused_by_handler)

    assert (status, out.splitlines()[0]) == (0, "POST /batch by nobody (no session)")
    assert "cannot route" not in out


def test_what_no_rule_refuses_is_said_to_be_refused_by_something_else(refused_by_handler: Path) -> None:
    _, out, _ = parsonage("explain", "--last", *CONFIG, folder=refused_by_handler)

    lines = out.splitlines()
    assert [line for line in lines if "→" in line] == ["  → no rule refuses it"] * 2
    assert lines[-1] == "  What refused it is no rule: a handler, or what was stored or sent at that moment."


def test_what_a_rule_refuses_is_left_at_that(project: tuple[Path, str]) -> None:
    _, out, _ = parsonage("explain", "--last", *CONFIG, folder=project[0])

    assert "is no rule" not in out


def test_a_request_with_a_session_that_ended_is_said_to_be_told_of_nobody(tmp_path: Path) -> None:
    with ours.parsonage(OPTIONS, folder=tmp_path) as server:
        assert send(f"{server.url}/classes/Note", token=f"r:{'0' * 32}")["code"] == 209

    _, out, _ = parsonage("explain", "--last", *CONFIG, folder=tmp_path)

    lines = out.splitlines()
    assert lines[0] == "GET /classes/Note by nobody (no session)"
    assert lines[2] == "  its session does not go on and is not kept: what follows is told of nobody in particular"


def test_it_is_told_as_json(project: tuple[Path, str]) -> None:
    folder, _ = project

    words = ("GET", "/classes/Note", "--where", '{"n": 1}', "--json")
    status, out, _ = parsonage("explain", *words, *CONFIG, folder=folder)

    told = json.loads(out)
    assert (status, told["caller"]) == (0, "nobody (no session)")
    assert [step["verdict"] for step in told["explanations"][0]["steps"]] == ["allows", "narrows"]
    assert (told["explanations"][0]["plans"][0]["matching"], told["explanations"][0]["plans"][0]["remaining"]) == (1, 0)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("GET",), "it needs a METHOD and a PATH, or --last alone"),
        (("--last", "--master"), "it needs a METHOD and a PATH, or --last alone"),
        (("GET", "/classes/Note", "--as", "ada", "--master"), "--as, --session and --master exclude each other"),
        (("POST", "/classes/Note", "--body", "{"), "--body: it must be JSON"),
    ],
)
def test_words_that_make_no_sense_are_a_usage_error(tmp_path: Path, words: tuple[str, ...], complaint: str) -> None:
    status, _, told = parsonage("explain", *words, folder=tmp_path)

    assert status == 2
    assert complaint in told


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "parsonage.toml").write_text('appId = "a"\nmasterKey = "m"\ndatabaseURI = "sqlite:house.db"\n')

    status, _, complaint = parsonage("explain", "GET", "/classes/Note", folder=tmp_path)

    assert (status, complaint) == (
        1,
        "parsonage: there is no database house.db: nothing was served with these options\n",
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["parsonage.toml"]


def test_a_user_that_is_not_there_is_told(project: tuple[Path, str]) -> None:
    ended = parsonage("explain", "GET", "/classes/Note", "--as", "eve", *CONFIG, folder=project[0])

    assert ended == (1, "", "parsonage: there is no user eve\n")


def test_without_a_refusal_there_is_no_last_one(tmp_path: Path) -> None:
    (tmp_path / "parsonage.toml").write_text('appId = "a"\nmasterKey = "m"\n')

    status, _, complaint = parsonage("explain", "--last", folder=tmp_path)

    assert status == 1
    assert complaint.startswith("parsonage: no refused request in .parsonage/refused.json")
