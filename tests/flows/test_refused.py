"""What a server in development keeps of the last request that it refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parsonage.commands.caller import Caller, user_caller
from parsonage.commands.rest import RestRequest
from parsonage.http.app import Application
from parsonage.operations.explained_request import Who
from parsonage.operations.refused import LARGEST_BODY, RefusedRequest, keep, last, refused_request
from parsonage.protocol.errors import InvalidSessionToken, ObjectNotFound, ParseError
from tests.flows.door import Door, User

TOKEN = "r:0123456789abcdef0123456789abcdef"


def kept(request: RestRequest, caller: Caller | None = None) -> RefusedRequest:
    """What is kept of a request."""
    return refused_request(0, request, caller, ObjectNotFound())


class TestSecrets:
    @pytest.mark.parametrize(
        ("body", "masked"),
        [
            ({"username": "ada", "password": "geheim"}, {"username": "ada", "password": "…"}),
            ({"authData": {"mfa": {"token": "123456"}}}, {"authData": "…"}),
            ({"deep": [{"apiKey": "k", "n": 1}]}, {"deep": [{"apiKey": "…", "n": 1}]}),
            ({"text": f"I am {TOKEN}!"}, {"text": "I am …!"}),
            ({"base64": "QUJD"}, {"base64": "…"}),
        ],
    )
    def test_are_masked_in_the_body(self, body: Any, masked: Any) -> None:
        assert kept(RestRequest("POST", "/functions/f", body=body)).body == masked

    def test_are_masked_in_the_query_string(self) -> None:
        query = {"password": "geheim", "where": f'{{"sessionToken": "{TOKEN}"}}', "limit": "5"}

        assert kept(RestRequest("GET", "/login", query)).query == {
            "password": "…",
            "where": '{"sessionToken":"…"}',
            "limit": "5",
        }

    def test_of_a_caller_there_is_the_id_alone(self) -> None:
        caller = user_caller("ada1234567", {"username": "ada"}, session_token=TOKEN)

        assert kept(RestRequest("GET", "/users/me"), caller).who == Who(user="ada1234567")

    def test_of_a_session_that_does_not_go_on_there_is_word_that_it_was_sent(self) -> None:
        request = RestRequest("GET", "/users/me")

        assert refused_request(0, request, None, InvalidSessionToken()).session_is_left_out
        assert not refused_request(0, request, Caller(), InvalidSessionToken()).session_is_left_out

    def test_a_key_is_named_and_not_kept(self) -> None:
        assert kept(RestRequest("GET", "/schemas"), Caller(is_master=True)).who == Who(key="master")


class TestTheFile:
    def test_holds_the_last_one_and_is_its_owners(self, tmp_path: Path) -> None:
        file = tmp_path / ".parsonage" / "refused.json"
        keep(kept(RestRequest("GET", "/classes/First")), file)
        keep(kept(RestRequest("GET", "/classes/Second")), file)

        found = last(file)

        assert found is not None
        assert found.request(("",)).path == "/classes/Second"
        assert [entry.name for entry in file.parent.iterdir()] == ["refused.json"]
        assert file.stat().st_mode & 0o077 == 0

    def test_leaves_a_large_body_out(self) -> None:
        found = kept(RestRequest("POST", "/classes/Note", body={"text": "x" * LARGEST_BODY}))

        assert (found.body, found.body_is_left_out) == (None, True)

    def test_that_can_not_be_written_costs_nothing(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        (tmp_path / "taken").write_text("")

        keep(kept(RestRequest("GET", "/classes/Note")), tmp_path / "taken" / "refused.json")

        assert "is not kept" in caplog.text

    def test_of_another_version_counts_as_none(self, tmp_path: Path) -> None:
        (tmp_path / "refused.json").write_text('{"what": 1}')

        assert last(tmp_path / "refused.json") is None


class TestWhatIsHeard:
    @pytest.fixture
    def heard(self, door: Door) -> list[tuple[str, str, int]]:
        """Path, caller and code of every refusal that the door told of."""
        told: list[tuple[str, str, int]] = []

        def hear(request: RestRequest, caller: Caller | None, error: ParseError) -> None:
            told.append((request.path, str(caller), int(error.code)))

        door.application = Application(door.house, heard_refusal=hear)
        return told

    async def test_is_every_refusal_with_its_caller(
        self, door: Door, heard: list[tuple[str, str, int]], ada: User
    ) -> None:
        await door.get("/classes/Note/nowhere123", token=ada.token)
        await door.get("/classes/Note", whre={})
        await door.get("/users/me", token="r:nothing")
        await door.delete("/files/a.txt")
        await door.post("/files/a.html", {"base64": "aGk="}, token=ada.token)
        await door.get("/classes/Note")

        assert heard == [
            ("/classes/Note/nowhere123", "ada", 101),
            ("/classes/Note", "nobody (no session)", 102),
            ("/users/me", "None", 209),
            ("/files/a.txt", "nobody (no session)", -1),
            ("/files/a.html", "ada", 130),
        ]

    async def test_is_a_batch_with_an_item_that_was_refused(
        self, door: Door, heard: list[tuple[str, str, int]]
    ) -> None:
        items = [
            {"method": "POST", "path": "/parse/classes/Note", "body": {}},
            {"method": "GET", "path": "/parse/classes/Note/nowhere123"},
        ]

        await door.post("/batch", {"requests": items})

        assert heard == [("/batch", "nobody (no session)", 101)]
