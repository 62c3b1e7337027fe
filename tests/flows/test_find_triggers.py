"""Triggers around reads: what they are shown, what they may change, and where they run.

Rules: reference/cloud-code.md, sections 3.2, 3.3, 3.4 and 9.2.
"""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.cloud import Cloud, FindRequest, TriggerRequest
from parsonage.protocol.errors import ParseError
from parsonage.protocol.objects import ParseObject
from tests.flows.door import NOT_FOUND, OPEN, Door, User, pointer


@pytest.fixture
async def notes(door: Door) -> list[str]:
    """Ids of three notes; the third is a draft."""
    return [await door.create("Note", {"n": n, "draft": n == 3}) for n in (1, 2, 3)]


def watch(door: Door, *class_names: str) -> None:
    """Triggers that change nothing and write down what they see."""
    cloud = Cloud()
    for class_name in class_names:

        @cloud.before_find(class_name)
        async def before(request: FindRequest) -> None:
            door.events.append(("before", request.query.class_name, request.is_get, request.count))

        @cloud.after_find(class_name)
        def after(request: FindRequest) -> None:
            door.events.append(("after", request.query.class_name, request.is_get, len(request.objects)))

    door.deploy(cloud)


class TestABeforeFind:
    async def test_sees_what_is_asked(self, door: Door, notes: list[str]) -> None:
        seen: list[Any] = []
        cloud = Cloud()

        @cloud.before_find("Note")
        async def see(request: FindRequest) -> None:
            asked = request.query.asked
            seen.append((asked.query.limit, asked.query.order[0].key, asked.projection.keys, request.count))

        door.deploy(cloud)
        await door.get("/classes/Note", keys="n", order="-n", count=1)

        assert seen == [(100, "n", ("n",), True)]

    async def test_narrows_finds_gets_and_counts(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def hide_drafts(request: FindRequest) -> None:
            request.query = request.query.not_equal_to("draft", True)

        door.deploy(cloud)
        found = await door.get("/classes/Note", count=1)

        assert ([row["n"] for row in found.body["results"]], found.body["count"]) == ([1, 2], 2)
        assert (await door.get(f"/classes/Note/{notes[0]}")).status == 200
        assert (await door.get(f"/classes/Note/{notes[2]}")).plain == NOT_FOUND

    async def test_may_return_another_query(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        def last(request: FindRequest) -> Any:
            return request.query.descending("n").limit(1).select("n")

        door.deploy(cloud)

        assert [row["n"] for row in await door.find("Note")] == [3]

    async def test_narrows_a_get_where_the_class_may_not_be_searched(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "find": {}}, n="Number")
        note = await door.create("Note", {"n": 1})
        cloud = Cloud()

        @cloud.before_find("Note")
        async def narrow(request: FindRequest) -> None:
            request.query = request.query.greater_than("n", 0)

        door.deploy(cloud)

        assert (await door.get(f"/classes/Note/{note}")).body["n"] == 1

    async def test_that_raises_refuses_the_read(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def refuse(request: FindRequest) -> None:
            raise ParseError(999, "closed")

        door.deploy(cloud)

        assert (await door.get("/classes/Note")).plain == (400, {"code": 999, "error": "closed"})

    async def test_does_not_run_for_a_class_that_clients_may_not_name(self, door: Door) -> None:
        watch(door, "_JobStatus")

        assert (await door.get("/classes/_JobStatus")).refusal == (400, 119, "Permission denied")
        assert door.events == []

    async def test_hands_its_context_to_the_after_find(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def before(request: FindRequest) -> None:
            request.context["seen"] = True

        @cloud.after_find("Note")
        async def after(request: FindRequest) -> None:
            door.events.append(dict(request.context))

        door.deploy(cloud)
        await door.find("Note", headers={"x-parse-cloud-context": '{"a": 1}'})

        assert door.events == [{"a": 1, "seen": True}]


class TestABeforeFindThatAnswers:
    async def test_answers_in_the_place_of_the_database(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def answer(request: FindRequest) -> Any:
            return ParseObject("Note", n=42)

        door.deploy(cloud)

        assert [row["n"] for row in await door.find("Note")] == [42]

    async def test_shows_the_master_key_what_it_made(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def answer(request: FindRequest) -> Any:
            return [ParseObject("Note", "gone", n=7)]

        door.deploy(cloud)

        assert [row["n"] for row in await door.find("Note", master=True)] == [7]
        assert await door.find("Note") == []


class TestAnAfterFind:
    async def test_changes_and_leaves_out_what_was_found(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.after_find("Note")
        async def published(request: FindRequest) -> Any:
            for note in request.objects:
                note["n"] = note["n"] * 10
            return [note for note in request.objects if not note.get("draft")]

        door.deploy(cloud)
        rows = await door.find("Note")
        one = await door.get(f"/classes/Note/{notes[1]}")

        assert [(row["n"], row["className"]) for row in rows] == [(10, "Note"), (20, "Note")]
        assert one.body["n"] == 20
        assert (await door.get(f"/classes/Note/{notes[2]}")).plain == NOT_FOUND

    async def test_keeps_every_kind_of_value_as_it_was(self, door: Door) -> None:
        author = await door.create("Author", {"name": "Ada"})
        body = {
            "when": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"},
            "place": {"__type": "GeoPoint", "latitude": 1.5, "longitude": 2},
            "map": {"deep": [1, None, {"x": "y"}]},
            "author": pointer("Author", author),
            "ACL": {"*": {"read": True}},
        }
        await door.create("Note", body)
        before = await door.find("Note", include="author")
        watch(door, "Note")

        assert await door.find("Note", include="author") == [{**before[0], "className": "Note"}]

    async def test_sees_no_more_than_the_reader(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["secret"]}}, n="Number", secret="String")
        await door.create("Note", {"n": 1, "secret": "s"})
        cloud = Cloud()

        @cloud.after_find("Note")
        async def look(request: FindRequest) -> None:
            door.events.append([sorted(note) for note in request.objects])

        door.deploy(cloud)
        await door.find("Note")

        assert door.events == [[["n"]]]


class TestTriggersOfReadsRun:
    async def test_for_a_find_and_a_get(self, door: Door, notes: list[str]) -> None:
        watch(door, "Note")

        await door.get("/classes/Note", count=1)
        await door.get(f"/classes/Note/{notes[0]}")

        assert door.events == [
            ("before", "Note", False, True),
            ("after", "Note", False, 3),
            ("before", "Note", True, False),
            ("after", "Note", True, 1),
        ]

    async def test_for_an_included_object(self, door: Door, notes: list[str]) -> None:
        await door.create("Page", {"note": pointer("Note", notes[0])})
        watch(door, "Note")

        rows = await door.find("Page", include="note")

        assert door.events == [("before", "Note", True, False), ("after", "Note", True, 1)]
        assert rows[0]["note"]["n"] == 1

    async def test_for_several_included_objects_at_once(self, door: Door, notes: list[str]) -> None:
        await door.create("Page", {"notes": [pointer("Note", note) for note in notes]})
        watch(door, "Note")

        await door.find("Page", include="notes")

        assert door.events == [("before", "Note", False, False), ("after", "Note", False, 3)]

    async def test_for_a_sub_query_with_whole_objects(self, door: Door, notes: list[str]) -> None:
        await door.create("Page", {"note": pointer("Note", notes[0])})
        await door.create("Page", {"note": pointer("Note", notes[2])})
        cloud = Cloud()

        @cloud.after_find("Note")
        async def published(request: FindRequest) -> Any:
            return [note for note in request.objects if not note["draft"]]

        door.deploy(cloud)
        rows = await door.find("Page", {"note": {"$inQuery": {"className": "Note", "where": {}}}})

        assert [row["note"]["objectId"] for row in rows] == [notes[0]]

    async def test_before_a_delete_that_has_triggers(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note")
        async def find(request: FindRequest) -> None:
            door.events.append(("find", request.is_get))
            request.context["left"] = True

        @cloud.before_delete("Note")
        async def doomed(request: TriggerRequest) -> None:
            door.events.append(("delete", dict(request.context)))

        door.deploy(cloud)
        answer = await door.delete(f"/classes/Note/{notes[0]}")

        assert answer.plain == (200, {})
        assert door.events == [("find", True), ("delete", {})]

    async def test_for_the_user_that_a_log_in_shows(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.after_find("_User")
        async def hide(request: FindRequest) -> None:
            door.events.append((request.is_get, request.user is not None and request.user.id))
            for user in request.objects:
                user["username"] = "hidden"

        door.deploy(cloud)
        who = {"username": "ada", "password": "ada-password"}
        answers = [
            await door.post("/login", who),
            await door.post("/verifyPassword", who),
            await door.get("/users/me", token=ada.token),
        ]

        assert [answer.body["username"] for answer in answers] == ["hidden"] * 3
        assert door.events == [(True, ada.id)] * 3
        assert "sessionToken" in answers[0].body

    async def test_not_for_the_master_key_where_they_say_so(self, door: Door, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note", skip_with_master_key=True)
        async def nothing(request: FindRequest) -> None:
            request.query = request.query.exists("nothing")

        door.deploy(cloud)

        assert (len(await door.find("Note")), len(await door.find("Note", master=True))) == (0, 3)

    async def test_only_for_those_whom_the_validator_lets_in(self, door: Door, ada: User, notes: list[str]) -> None:
        cloud = Cloud()

        @cloud.before_find("Note", require_any_user_roles=["editors"])
        async def editors(request: FindRequest) -> None:
            door.events.append("ran")

        door.deploy(cloud)
        refused = await door.get("/classes/Note", token=ada.token)
        await door.make_role("editors", ada)

        assert refused.refusal == (400, 142, "Validation failed. User does not match the required roles.")
        assert len(await door.find("Note", token=ada.token)) == 3
        assert door.events == ["ran"]
