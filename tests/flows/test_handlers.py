"""No handler takes the server down: whatever Cloud Code does, its caller is answered and others are served."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.conversation import APP_ID, MASTER_KEY, Conversation
from tests.machinery.ours import parsonage
from tests.machinery.processes import Server, wait_for_health

CLOUD = Path(__file__).parent / "misbehaving"
LIMIT = 1.0
"""Seconds that a handler may take here."""


class Served(Conversation):
    """A conversation with a server that may have to be waited for."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url)
        self._server = server

    def wait(self) -> None:
        wait_for_health(self._server)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = {
        "appId": APP_ID,
        "masterKey": MASTER_KEY,
        "cloud": str(CLOUD),
        "handlerTimeout": LIMIT,
        "allowClientClassCreation": True,
    }
    with parsonage(options, folder=tmp_path_factory.mktemp("misbehaving")) as server:
        yield Served(server)


RAISED = [
    "SystemExit",
    "KeyboardInterrupt",
    "CancelledError",
    "RecursionError",
    "GeneratorExit",
    "StopIteration",
    "StopAsyncIteration",
    "MemoryError",
    "ValueError",
]


class TestWhateverAHandlerRaises:
    @pytest.mark.parametrize("name", RAISED)
    async def test_is_answered_with_141(self, served: Served, name: str) -> None:
        answer = served.call("raises", name=name)

        assert (answer.status, answer.body["code"]) == (400, 141)
        assert served.call("well").body == {"result": "well"}

    @pytest.mark.parametrize("name", RAISED)
    async def test_is_answered_with_141_from_a_thread(self, served: Served, name: str) -> None:
        answer = served.call("raises_in_a_thread", name=name)

        assert (answer.status, answer.body["code"]) == (400, 141)
        assert served.call("well").body == {"result": "well"}

    @pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "ValueError"])
    async def test_in_a_task_that_it_left_behind_harms_nobody(self, served: Served, name: str) -> None:
        answer = served.call("leaves_a_task_that_raises", name=name)

        assert answer.body == {"result": "left"}
        assert served.call("well").body == {"result": "well"}

    async def test_keeps_the_code_of_a_parse_error(self, served: Served) -> None:
        answer = served.send("POST", "/classes/Refused", {})

        assert answer == (400, {"code": 999, "error": "no more seats"})

    async def test_is_only_logged_after_a_save(self, served: Served) -> None:
        answer = served.send("POST", "/classes/Kept", {"text": "hi"})

        assert answer.status == 201
        assert served.send("GET", f"/classes/Kept/{answer.body['objectId']}").body["text"] == "hi"


class TestWhateverAHandlerReturns:
    async def test_an_unsaved_object_is_refused(self, served: Served) -> None:
        answer = served.call("answers_with_an_unsaved_object")

        assert answer == (400, {"code": 141, "error": "Cannot create a pointer to an unsaved ParseObject"})

    async def test_what_json_has_no_form_for_is_refused(self, served: Served) -> None:
        assert served.call("answers_with_something_else").body["code"] == 141


class TestAHandlerPastItsLimit:
    @pytest.mark.parametrize(
        "function",
        [
            "holds_the_loop",
            "holds_the_loop_and_catches",
            "holds_its_thread",
            "sleeps_in_its_thread",
            "awaits_forever",
            "swallows_its_cancellation",
            "calls_one_that_awaits_forever",
        ],
    )
    async def test_is_interrupted_and_answered(self, served: Served, function: str) -> None:
        answer = served.call(function)

        assert (answer.status, answer.body["code"]) == (400, 124)
        assert served.call("well").body == {"result": "well"}


class TestAPlainHandlerThatCantBeInterrupted:
    async def test_is_answered_and_costs_nobody_else_anything(self, served: Served) -> None:
        assert served.call("sleeps_in_its_thread").body["code"] == 124

        later = [served.call("answers_later").body for _ in range(8)]

        assert later == [{"result": "later"}] * 8


class TestAHandlerThatCantBeInterrupted:
    @pytest.mark.parametrize("function", ["leaves", "crashes", "sleeps_on_the_loop"])
    async def test_costs_its_worker_and_no_answered_write(self, served: Served, function: str) -> None:
        written = served.send("POST", "/classes/Written", {"before": function})

        with pytest.raises((http.client.HTTPException, ConnectionError)):
            served.call(function)
        served.wait()

        assert served.send("GET", f"/classes/Written/{written.body['objectId']}").body["before"] == function


class TestHandlersInsideEachOther:
    async def test_saves_whose_triggers_save_end_even_when_there_are_many(self, served: Served) -> None:
        def save(number: int) -> int:
            return served.send("POST", "/classes/Outer", {"number": number}).status

        with ThreadPoolExecutor(200) as clients:
            statuses = list(clients.map(save, range(200)))

        assert statuses == [201] * 200
        counted = served.send("GET", "/classes/Innermost?limit=0&count=1")
        assert counted.body["count"] == 200

    async def test_fifty_nested_plain_handlers_at_once_exhaust_no_pool(self, served: Served) -> None:
        with ThreadPoolExecutor(50) as clients:
            answers = list(clients.map(lambda _: served.call("nested", levels=8).body, range(50)))

        assert answers == [{"result": 8}] * 50

    async def test_a_handler_that_calls_itself_is_stopped(self, served: Served) -> None:
        answer = served.call("recurses")

        assert answer.body["code"] == 141
        assert "10 deep" in answer.body["error"]

    async def test_the_sync_face_on_the_loop_says_which_line_to_change(self, served: Served) -> None:
        answer = served.call("uses_the_sync_face_on_the_loop")

        assert answer.body["code"] == 141
        assert "main.py:" in answer.body["error"]


class TestWhatAHandlerIsAskedWith:
    async def test_an_async_check_that_says_no_refuses_the_call(self, served: Served) -> None:
        answer = served.call("checked_by_an_async_function")

        assert answer == (400, {"code": 142, "error": "Validation failed."})

    async def test_an_integral_number_with_a_fraction_of_zero_is_an_int(self, served: Served) -> None:
        assert served.call("counts", number=1.0).body == {"result": 1}
