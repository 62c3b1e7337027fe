"""What the dashboard and apps ask for beside objects: audiences, the log, events.

Rules: reference/files-push.md, section 6.2; reference/cloud-code.md, section 7; reference/dashboard-requests.md.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from parsonage.logs import set_up_logs
from parsonage.options.model import Logs
from tests.flows.door import Door, open_door

ADAPTER = """
import json

def heard(name, parameters):
    if name == "broken":
        raise ValueError("not today")
    with open("{file}", "a") as file:
        file.write(json.dumps([name, parameters]) + "\\n")
"""


class TestAudiences:
    async def test_are_read_with_their_query_as_an_object(self, door: Door) -> None:
        told = {"name": "phones", "query": '{"deviceType": "ios"}'}
        made = await door.post("/push_audiences", told, master=True)
        path = f"/push_audiences/{made.body['objectId']}"

        listed = await door.get("/push_audiences", master=True, limit=1000)
        one = await door.get(path, master=True)

        assert made.status == 201
        assert [row["query"] for row in listed.body["results"]] == [{"deviceType": "ios"}]
        assert (one.body["name"], one.body["query"]) == ("phones", {"deviceType": "ios"})

    async def test_are_changed_and_removed(self, door: Door) -> None:
        made = await door.post("/push_audiences", {"name": "phones", "query": "{}"}, master=True)
        path = f"/push_audiences/{made.body['objectId']}"

        changed = await door.put(path, {"name": "all"}, master=True)
        removed = await door.delete(path, master=True)

        assert (list(changed.body), removed.plain) == (["updatedAt"], (200, {}))
        assert (await door.get("/push_audiences", master=True)).body == {"results": []}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_are_for_the_master_key(self, door: Door, method: str) -> None:
        assert (await door.send(method, "/push_audiences", {})).plain == (403, {"error": "Permission denied"})

    async def test_with_an_object_for_a_query_are_refused(self, door: Door) -> None:
        refused = await door.post("/push_audiences", {"name": "a", "query": {"a": 1}}, master=True)

        assert refused.refusal == (
            400,
            111,
            "schema mismatch for _Audience.query; expected String but got Object",
        )


class TestTheLog:
    @pytest.fixture(autouse=True)
    def own_log(self) -> Any:
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        set_up_logs(Logs())
        yield
        root.handlers[:] = handlers
        root.setLevel(level)

    async def test_is_read_from_its_end(self, door: Door) -> None:
        log = logging.getLogger("parsonage.cloud.example")
        log.info("%s came", "Ada")
        log.error("Ada fell")

        told = (await door.get("/scriptlog", master=True, n=2, level="info")).body
        errors = (await door.get("/scriptlog", master=True, size=1, level="error", order="asc")).body

        assert [(line["level"], line["message"]) for line in told] == [("error", "Ada fell"), ("info", "Ada came")]
        assert [line["message"] for line in errors] == ["Ada fell"]

    async def test_is_read_from_a_moment_on(self, door: Door) -> None:
        logging.getLogger("parsonage.cloud.example").error("Ada fell")

        assert (await door.get("/scriptlog", master=True, **{"from": "2999-01-01T00:00:00.000Z"})).body == []

    async def test_is_for_the_master_key(self, door: Door) -> None:
        assert (await door.get("/scriptlog")).plain == (403, {"error": "Permission denied"})


class TestEvents:
    async def test_are_taken_from_everybody_where_nobody_wants_them(self, door: Door) -> None:
        assert (await door.post("/events/AppOpened", {"at": "now"})).plain == (200, {})

    async def test_go_to_the_function_that_the_operator_names(self, tmp_path: Path) -> None:
        (tmp_path / "heard.py").write_text(ADAPTER.format(file=tmp_path / "heard"))
        async with open_door(tmp_path, analyticsAdapter=str(tmp_path / "heard.py") + ":heard") as door:
            answer = await door.post("/events/search", {"dimensions": {"what": "inns"}})

        assert answer.plain == (200, {})
        assert (tmp_path / "heard").read_text() == '["search", {"dimensions": {"what": "inns"}}]\n'

    async def test_are_answered_even_if_the_function_fails(self, tmp_path: Path) -> None:
        (tmp_path / "heard.py").write_text(ADAPTER.format(file=tmp_path / "heard"))
        async with open_door(tmp_path, analyticsAdapter=str(tmp_path / "heard.py") + ":heard") as door:
            assert (await door.post("/events/broken", {})).plain == (200, {})


async def test_the_dashboard_is_told_what_is_there(door: Door) -> None:
    features = (await door.get("/serverInfo", master=True)).body["features"]

    assert set(features["logs"].values()) == {True}
    assert (features["push"]["pushAudiences"], features["push"]["immediatePush"]) == (True, False)
