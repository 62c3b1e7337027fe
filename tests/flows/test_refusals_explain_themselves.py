"""In development every refusal says which rule it was: in a header of the answer, and in the log.

Rules: design, 'Small things that make people smile'; docs/how-to/find-out-why-a-request-was-refused.md.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from tests.flows.door import OPEN, Answer, Door, User, open_door

HEADER = "x-parsonage-explanation"
NOBODY = "the caller is nobody (no session)"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    limits = [{"requestPath": "/functions/rare", "requestTimeWindow": 60_000, "requestCount": 1}]
    for limit in limits:
        limit["includeInternalRequests"] = True
    async with open_door(
        tmp_path, development=True, rateLimit=limits, requestKeywordDenylist=[{"key": "evil"}]
    ) as opened:
        yield opened


def told(answer: Answer) -> str:
    """What a refusal says of itself."""
    assert answer.status >= 400, answer.body
    return answer.headers[HEADER]


class TestReads:
    async def test_an_acl_is_told_with_its_users_by_name(self, door: Door, ada: User, bob: User) -> None:
        acl = {ada.id: {"read": True}, "role:editors": {"read": True}}
        note = await door.create("Note", {"ACL": acl})
        await door.make_role("readers", bob)

        refused = await door.get(f"/classes/Note/{note}", token=bob.token)

        assert told(refused) == (
            f"Note {note}: its ACL lets it be read by ada, role:editors; the caller is bob (roles: readers)"
        )

    async def test_an_empty_acl_is_the_master_keys(self, door: Door) -> None:
        note = await door.create("Note", {"ACL": {}})

        assert told(await door.get(f"/classes/Note/{note}")) == (
            f"Note {note}: its ACL lets it be read by nobody but the master key; {NOBODY}"
        )

    async def test_what_is_not_there(self, door: Door) -> None:
        await door.create("Note", {})

        assert told(await door.get("/classes/Note/nowhere123")) == "Note nowhere123: there is no such object"
        assert told(await door.get("/classes/Nowhere/nowhere123")) == "there is no class Nowhere"

    async def test_a_class_permission_names_who_may(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "find": {"role:editors": True}})

        assert told(await door.get("/classes/Note")) == f"find on Note is for role:editors; {NOBODY}"

    async def test_a_class_that_needs_a_log_in(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "get": {"requiresAuthentication": True}})

        assert told(await door.get("/classes/Note/nowhere123")) == "get on Note needs a logged-in user"

    async def test_a_pointer_permission_names_its_fields(self, door: Door, ada: User, bob: User) -> None:
        owner = {"type": "Pointer", "targetClass": "_User"}
        await door.make_class("Note", {**OPEN, "get": {"pointerFields": ["owner"]}}, owner=owner)
        note = await door.create("Note", {"owner": ada.pointer})

        assert told(await door.get(f"/classes/Note/{note}", token=bob.token)) == (
            f"Note {note}: only the users in owner may; the caller is bob"
        )

    async def test_a_question_about_a_hidden_field_says_from_whom(self, door: Door, bob: User) -> None:
        hidden = {"*": ["salary"], "authenticated": ["salary"]}
        await door.make_class("Note", {**OPEN, "protectedFields": hidden}, salary="Number")

        assert told(await door.get("/classes/Note", where={"salary": 1}, token=bob.token)) == (
            "This user is not allowed to query salary on class Note: it is hidden from authenticated, everyone"
        )

    async def test_a_class_of_the_servers_own(self, door: Door) -> None:
        assert told(await door.get("/classes/_PushStatus")) == (
            "Clients aren't allowed to perform the find operation on the _PushStatus collection."
        )

    async def test_a_sub_query_on_a_closed_class(self, door: Door) -> None:
        await door.make_class("Vault", {**OPEN, "find": {}})
        await door.make_class("Note", OPEN, vault={"type": "Pointer", "targetClass": "Vault"})
        where = {"vault": {"$inQuery": {"className": "Vault", "where": {}}}}

        assert told(await door.get("/classes/Note", where=where)) == (
            f"find on Vault is for nobody but the master key; {NOBODY}"
        )

    async def test_sessions_are_ones_own(self, door: Door) -> None:
        assert told(await door.get("/sessions")) == "Invalid session token"


class TestWrites:
    async def test_an_acl_is_told_with_who_may_write(self, door: Door, ada: User) -> None:
        note = await door.create("Note", {"ACL": {"*": {"read": True}, ada.id: {"write": True}}})

        for_update = told(await door.put(f"/classes/Note/{note}", {"n": 1}))
        for_delete = told(await door.delete(f"/classes/Note/{note}"))

        assert for_update == for_delete == f"Note {note}: its ACL lets it be written by ada; {NOBODY}"

    async def test_a_class_permission_to_add_a_field(self, door: Door) -> None:
        await door.make_class("Note", {**OPEN, "addField": {}})

        assert told(await door.post("/classes/Note", {"new": 1})) == (
            f"addField on Note is for nobody but the master key; {NOBODY}"
        )

    async def test_a_user_is_changed_by_whom_its_acl_names(self, door: Door, ada: User, bob: User) -> None:
        assert told(await door.put(f"/users/{ada.id}", {"n": 1}, token=bob.token)) == (
            f"_User {ada.id}: its ACL lets it be written by ada; the caller is bob"
        )

    async def test_a_user_is_changed_with_a_session(self, door: Door, ada: User) -> None:
        assert told(await door.put(f"/users/{ada.id}", {"n": 1})) == (
            f"Cannot modify user {ada.id}: a user is changed with a session or the master key; {NOBODY}"
        )

    @pytest.mark.parametrize(
        ("body", "because"),
        [
            ({"objectId": "chosen1234"}, "objectId is an invalid field name."),
            ({"_hidden": 1}, "Invalid field name: _hidden."),
            ({"evil": 1}, 'Prohibited keyword in request data: {"key":"evil"}.'),
            ({"n": "text"}, "schema mismatch for Note.n; expected Number but got String"),
            ({}, "title is required"),
            (
                {"title": "x", "u": {"__type": "Pointer", "className": "_PushStatus", "objectId": "x"}},
                "Clients may not point to objects of _PushStatus.",
            ),
        ],
    )
    async def test_what_a_body_must_not_hold(self, door: Door, body: Any, because: str) -> None:
        await door.make_class("Note", OPEN, n="Number", title={"type": "String", "required": True})

        assert told(await door.post("/classes/Note", body)) == because

    async def test_the_read_only_key_writes_nothing(self, door: Door) -> None:
        refused = await door.post("/classes/Note", {}, headers={"X-Parse-Master-Key": "the-read-only-key"})

        assert told(refused) == "read-only masterKey isn't allowed to perform the create operation."

    async def test_each_item_of_a_batch_is_told_in_the_log(self, door: Door, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "parsonage.refusals")
        note = await door.create("Note", {"ACL": {}})
        items = [
            {"method": "GET", "path": f"/parse/classes/Note/{note}"},
            {"method": "PUT", "path": f"/parse/classes/Note/{note}", "body": {"n": 1}},
        ]

        await door.post("/batch", {"requests": items})

        assert caplog.messages == [
            f"404 101 · Note {note}: its ACL lets it be read by nobody but the master key; {NOBODY}",
            f"404 101 · Note {note}: its ACL lets it be written by nobody but the master key; {NOBODY}",
        ]

    async def test_a_transaction_says_which_rule_stopped_it(self, door: Door) -> None:
        item = {"method": "POST", "path": "/parse/classes/Note", "body": {"_hidden": 1}}

        assert told(await door.post("/batch", {"requests": [item], "transaction": True})) == (
            "Invalid field name: _hidden."
        )


cloud = Cloud()


@cloud.function(require_user=True)
async def rate(request: FunctionRequest) -> None:
    pass


@cloud.function
async def rare(request: FunctionRequest) -> None:
    pass


@cloud.before_save("Review")
async def check(request: TriggerRequest) -> None:
    raise ValueError("no more seats")


class TestHandlers:
    async def test_a_validator_says_whose_it_is(self, door: Door) -> None:
        door.deploy(cloud)

        because = told(await door.post("/functions/rate"))

        assert because.startswith(f"function rate ({__file__}:")
        assert because.endswith(") refuses: Validation failed. Please login to continue.")

    async def test_a_trigger_says_where_it_stands(self, door: Door) -> None:
        door.deploy(cloud)

        because = told(await door.post("/classes/Review", {}))

        assert because.startswith(f"beforeSave Review ({__file__}:")
        assert because.endswith(") refuses: no more seats")

    async def test_a_function_that_is_not_there_is_told_with_those_that_are(self, door: Door) -> None:
        door.deploy(cloud)

        assert told(await door.post("/functions/rait")) == "there is no function rait; the functions are: rare, rate"


class TestTheDoor:
    async def test_a_route_for_the_master_key(self, door: Door, bob: User) -> None:
        assert told(await door.get("/schemas", token=bob.token)) == "it is for the master key; the caller is bob"

    async def test_a_session_that_is_not_there(self, door: Door) -> None:
        assert told(await door.get("/users/me", token="r:nothing")) == (
            "Invalid session token: no session that goes on has the token that was sent"
        )

    async def test_a_key_from_elsewhere(self, door: Door) -> None:
        assert told(await door.get("/schemas", master=True, address="192.0.2.1")) == (
            "the key is right, and the option of its addresses does not let it come from this one"
        )

    async def test_an_app_id_that_is_not_ours(self, door: Door) -> None:
        refused = await door.get("/classes/Note", headers={"X-Parse-Application-Id": "another"})

        assert told(refused) == "the app id, or a client key that this server asks for, is missing or wrong"

    async def test_words_without_a_meaning(self, door: Door) -> None:
        assert told(await door.get("/classes/Note", whre={})) == "Invalid parameter for query: whre"

    async def test_a_rate_limit_says_which(self, door: Door) -> None:
        door.deploy(cloud)
        await door.post("/functions/rare")

        assert told(await door.post("/functions/rare")) == (
            "POST functions/rare: 1 requests in 60 s are let through (/functions/rare, counted for each ip)"
        )

    async def test_a_route_that_no_list_names(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, development=True, routeAllowList=["classes/.*"]) as door:
            assert told(await door.get("/config")) == "Route not allowed by routeAllowList: GET config"


async def test_nothing_is_told_in_production(tmp_path: Path) -> None:
    async with open_door(tmp_path, development=False) as door:
        door.deploy(cloud)
        refused = [
            await door.get("/classes/Note/nowhere123"),
            await door.get("/schemas"),
            await door.post("/functions/rate"),
            await door.get("/users/me", token="r:nothing"),
        ]

    assert [HEADER in answer.headers for answer in refused] == [False] * 4
