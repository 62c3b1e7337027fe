"""Reading: what a find and a get answer, to whom, and what a question must not reveal.

Rules: reference/query.md; reference/schema-clp-acl.md, sections 5 to 8.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parsonage.commands.caller import Caller
from parsonage.storage.sqlite import tables
from parsonage.storage.sqlite.values import compile_converter
from tests.flows.door import DENIED, NOT_FOUND, OPEN, Door, User, open_door, pointer

OWNER = {"type": "Pointer", "targetClass": "_User"}
FIELDS: dict[str, Any] = {"s": "String", "t": "String", "owner": OWNER}
FOR_OWNERS = {"create": {"*": True}, **{verb: {"pointerFields": ["owner"]} for verb in ("find", "get", "update")}}


def select(key: str) -> dict[str, Any]:
    return {"$select": {"query": {"className": "Team", "where": {}}, "key": key}}


class TestAFindWithoutALimit:
    async def test_is_told_of_when_it_was_cut_at_the_default(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_door(tmp_path, defaultLimit=2) as door:
            await door.create("Note", {"n": 1})
            await door.create("Note", {"n": 2})
            caplog.clear()

            await door.find("Note")
            await door.find("Note")

        [line] = [record.getMessage() for record in caplog.records if "named no limit" in record.getMessage()]
        assert line == "a query on Note named no limit and was cut at the default of 2 objects: there may be more"

    async def test_is_not_told_of_when_there_was_nothing_to_cut(
        self, door: Door, caplog: pytest.LogCaptureFixture
    ) -> None:
        await door.create("Note", {"n": 1})

        await door.find("Note")
        await door.get("/classes/Note", limit=1)

        assert "named no limit" not in caplog.text


class TestASubquery:
    async def test_compares_maps(self, door: Door) -> None:
        await door.create("Team", {"home": {"city": "Bonn"}})
        player = await door.create("Player", {"lives": {"city": "Bonn"}})
        await door.create("Player", {"lives": {"city": "Ulm"}})

        found = await door.find("Player", {"lives": select("home")})

        assert [one["objectId"] for one in found] == [player]

    async def test_looks_into_maps(self, door: Door) -> None:
        await door.create("Team", {"home": {"city": "Bonn"}})
        player = await door.create("Player", {"city": "Bonn"})

        found = await door.find("Player", {"city": select("home.city")})

        assert [one["objectId"] for one in found] == [player]

    async def test_compares_lists(self, door: Door) -> None:
        await door.create("Team", {"colours": ["red", "white"]})
        player = await door.create("Player", {"likes": ["red", "white"]})

        found = await door.find("Player", {"likes": select("colours")})

        assert [one["objectId"] for one in found] == [player]

    async def test_finds_only_what_the_caller_may_read(self, door: Door, ada: User) -> None:
        post = await door.create("Post", {"text": "mine", "ACL": {ada.id: {"read": True}}})
        comment = await door.create("Comment", {"post": pointer("Post", post)})
        where = {"post": {"$inQuery": {"className": "Post", "where": {"text": "mine"}}}}

        assert [one["objectId"] for one in await door.find("Comment", where, token=ada.token)] == [comment]
        assert await door.find("Comment", where) == []

    async def test_on_a_closed_class_is_refused(self, door: Door) -> None:
        await door.make_class("Post", {}, text="String")
        await door.create("Comment", {"text": "x"})
        where = {"post": {"$inQuery": {"className": "Post", "where": {}}}}

        assert (await door.get("/classes/Comment", where=where)).plain == DENIED


class TestAFindById:
    async def test_counts_as_a_get(self, door: Door) -> None:
        await door.make_class("Note", {"get": {"*": True}, "create": {"*": True}}, n="Number")
        note = await door.create("Note", {"n": 1})

        assert [one["n"] for one in await door.find("Note", {"objectId": note})] == [1]
        assert (await door.get("/classes/Note", where={"n": 1})).plain == DENIED

    async def test_skips_what_it_is_told_to_skip(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})

        assert await door.find("Note", {"objectId": note}, skip=1) == []


class TestAFindOfManyObjects:
    async def test_works_out_once_how_to_show_them(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        item = {"method": "POST", "path": "/parse/classes/Note", "body": {"n": 1}}
        await door.post("/batch", {"requests": [item] * 20})
        made: list[object] = []

        def counted(*parts: Any, **options: Any) -> Any:
            made.append(parts)
            return compile_converter(*parts, **options)

        monkeypatch.setattr(tables, "compile_converter", counted)
        found = await door.find("Note", keys="n")

        assert len(found) == 20
        assert len(made) == 1


class TestAClassThatIsClosedWhileSomebodyReads:
    async def test_stays_closed_to_those_who_come_later(self, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
        await door.create("Note", {"n": 1})
        callers = door.house.callers
        ask_roles = callers.with_roles

        async def closed_meanwhile(caller: Caller) -> Caller:
            monkeypatch.setattr(callers, "with_roles", ask_roles)
            await door.put("/schemas/Note", {"classLevelPermissions": {}}, master=True)
            await door.get("/classes/Other")  # by now everybody has heard of it
            return await ask_roles(caller)

        monkeypatch.setattr(callers, "with_roles", closed_meanwhile)
        await door.get("/classes/Note")

        assert (await door.get("/classes/Note")).plain == DENIED


class TestIncludes:
    async def test_an_unreadable_target_disappears_from_the_answer(self, door: Door, ada: User) -> None:
        post = await door.create("Post", {"text": "mine", "ACL": {ada.id: {"read": True}}})
        comment = await door.create("Comment", {"post": pointer("Post", post)})

        seen = (await door.get(f"/classes/Comment/{comment}", include="post", token=ada.token)).body
        hidden = (await door.get(f"/classes/Comment/{comment}", include="post")).body

        assert seen["post"]["text"] == "mine"
        assert "post" not in hidden

    async def test_an_unreadable_target_disappears_from_a_list(self, door: Door, ada: User) -> None:
        closed = await door.create("Post", {"n": 1, "ACL": {ada.id: {"read": True}}})
        opened = await door.create("Post", {"n": 2})
        comment = await door.create("Comment", {"posts": [pointer("Post", closed), pointer("Post", opened)]})

        body = (await door.get(f"/classes/Comment/{comment}", include="posts")).body

        assert [post["n"] for post in body["posts"]] == [2]

    async def test_a_closed_target_class_refuses_the_whole_request(self, door: Door) -> None:
        await door.make_class("Post", {"create": {"*": True}}, text="String")
        post = await door.create("Post", {"text": "x"})
        comment = await door.create("Comment", {"post": pointer("Post", post)})

        assert (await door.get(f"/classes/Comment/{comment}", include="post")).plain == DENIED

    async def test_hidden_fields_of_the_target_stay_hidden(self, door: Door) -> None:
        await door.make_class("Post", {**OPEN, "protectedFields": {"*": ["secret"]}}, secret="String", text="String")
        post = await door.create("Post", {"secret": "s", "text": "t"})
        comment = await door.create("Comment", {"post": pointer("Post", post)})

        body = (await door.get(f"/classes/Comment/{comment}", include="post", keys="post.secret,post.text")).body

        assert body["post"]["text"] == "t"
        assert "secret" not in body["post"]

    async def test_an_included_user_shows_no_sign_in_data(self, door: Door, ada: User) -> None:
        guest = (await door.post("/users", {"authData": {"anonymous": {"id": "g"}}, "ACL": {"*": {"read": True}}})).body
        note = await door.create("Note", {"by": pointer("_User", guest["objectId"])})

        by = (await door.get(f"/classes/Note/{note}", include="by", token=ada.token)).body["by"]

        assert by["username"] == guest["username"]
        assert {"authData", "sessionToken", "password", "_hashed_password"}.isdisjoint(by)

    async def test_deeper_than_the_inner_limit_is_refused(self, door: Door) -> None:
        await door.create("Note", {"list": [1]})
        path = ".".join(["list"] * 200)

        for_include = await door.post("/classes/Note", {"_method": "GET", "include": path})
        for_keys = await door.post("/classes/Note", {"_method": "GET", "keys": path})

        text = "Include depth of 200 exceeds maximum allowed depth of 100"
        assert for_include.plain == (400, {"code": 102, "error": text})
        assert for_keys.refusal[:2] == (400, 102)


class TestPointerPermissions:
    async def test_only_the_named_user_finds_the_object(self, door: Door, ada: User, bob: User) -> None:
        await door.make_class("Note", FOR_OWNERS, owner=OWNER)
        note = await door.create("Note", {"owner": ada.pointer})

        assert [one["objectId"] for one in await door.find("Note", token=ada.token)] == [note]
        assert await door.find("Note", token=bob.token) == []
        assert await door.find("Note") == []

    async def test_only_the_named_user_changes_it(self, door: Door, ada: User, bob: User) -> None:
        await door.make_class("Note", FOR_OWNERS, owner=OWNER)
        note = await door.create("Note", {"owner": ada.pointer})

        assert (await door.put(f"/classes/Note/{note}", {}, token=ada.token)).status == 200
        assert (await door.put(f"/classes/Note/{note}", {}, token=bob.token)).plain == NOT_FOUND
        assert (await door.put(f"/classes/Note/{note}", {})).plain == NOT_FOUND

    async def test_a_class_without_a_rule_for_the_verb_is_closed(self, door: Door, ada: User) -> None:
        await door.make_class("Note", FOR_OWNERS, owner=OWNER)
        note = await door.create("Note", {"owner": ada.pointer})

        assert (await door.delete(f"/classes/Note/{note}", token=ada.token)).plain == DENIED
        assert (await door.get("/classes/Note", count=1, limit=0, token=ada.token)).plain == DENIED


class TestProtectedFields:
    async def test_what_every_group_hides_is_hidden(self, door: Door, ada: User) -> None:
        await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["s", "t"], "authenticated": ["s"]}}, **FIELDS)
        note = await door.create("Note", {"s": "1", "t": "2"})

        for_nobody = (await door.get(f"/classes/Note/{note}")).body
        for_ada = (await door.get(f"/classes/Note/{note}", token=ada.token)).body

        assert {"s", "t"}.isdisjoint(for_nobody)
        assert (for_ada.get("s"), for_ada.get("t")) == (None, "2")

    async def test_a_role_may_see_more(self, door: Door, ada: User, bob: User) -> None:
        await door.make_role("Editors", ada)
        await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["s"], "role:Editors": []}}, **FIELDS)
        await door.create("Note", {"s": "1"})

        assert [one.get("s") for one in await door.find("Note", token=ada.token)] == ["1"]
        assert [one.get("s") for one in await door.find("Note", token=bob.token)] == [None]

    async def test_the_user_in_a_field_sees_more_of_its_own_objects(self, door: Door, ada: User, bob: User) -> None:
        protected = {"*": ["s", "t"], "userField:owner": ["t"]}
        await door.make_class("Note", {**OPEN, "protectedFields": protected}, **FIELDS)
        await door.create("Note", {"s": "1", "t": "2", "owner": ada.pointer})

        [for_ada] = await door.find("Note", token=ada.token)
        [for_bob] = await door.find("Note", token=bob.token)

        assert (for_ada.get("s"), for_ada.get("t")) == ("1", None)
        assert (for_bob.get("s"), for_bob.get("t")) == (None, None)

    async def test_a_projection_without_the_judging_field_is_judged_all_the_same(self, door: Door, ada: User) -> None:
        protected = {"*": ["s"], "userField:owner": []}
        await door.make_class("Note", {**OPEN, "protectedFields": protected}, **FIELDS)
        await door.create("Note", {"s": "1", "owner": ada.pointer})

        [seen] = await door.find("Note", token=ada.token, keys="s")

        assert seen["s"] == "1"
        assert "owner" not in seen

    async def test_the_master_key_and_the_maintenance_key_see_everything(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "protectedFields": {"*": ["s"]}}, **FIELDS)
        await door.create("Note", {"s": "1"})

        [by_master] = await door.find("Note", master=True)
        [by_maintenance] = await door.find("Note", headers={"x-parse-maintenance-key": "the-maintenance-key"})

        assert (by_master["s"], by_maintenance["s"]) == ("1", "1")


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 400)])
async def test_a_plan_is_shown_to_everybody_where_the_option_says_so(
    tmp_path: Path, allowed: bool, status: int
) -> None:
    async with open_door(tmp_path, databaseOptions={"allowPublicExplain": allowed}) as door:
        await door.create("Note", {"n": 1})
        answer = await door.get("/classes/Note", where={"n": 1}, explain=True)

    assert answer.status == status
