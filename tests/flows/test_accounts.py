"""Accounts: signing up, logging in and out, and who is believed to be whom afterwards.

Rules: reference/users-sessions.md.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.operations.caller import Callers
from parsonage.storage.changes import Notice, NoticeKind
from tests.flows.door import DENIED, Answer, Door, User, open_door

INVALID_SESSION = (400, {"code": 209, "error": "Invalid session token"})
PRIVATE = {"password", "_hashed_password", "_perishable_token", "_email_verify_token"}


async def guest(door: Door, name: str = "guest", **parts: object) -> Answer:
    return await door.post("/users", {"authData": {"anonymous": {"id": name}}}, **parts)


class TestSigningUp:
    async def test_shows_no_password_in_any_answer(self, door: Door) -> None:
        made = await door.post("/users", {"username": "ada", "password": "secret"})
        token = made.body["sessionToken"]

        answers = [
            made,
            await door.get("/users/me", token=token),
            await door.get(f"/users/{made.body['objectId']}", token=token),
            await door.get("/users", token=token),
            await door.get("/users", master=True),
            await door.post("/login", {"username": "ada", "password": "secret"}),
            await door.post("/verifyPassword", {"username": "ada", "password": "secret"}),
            await door.put(f"/users/{made.body['objectId']}", {"password": "new"}, token=token),
        ]

        assert {answer.status for answer in answers} == {200, 201}
        assert not [answer.body for answer in answers if "secret" in str(answer.body) or "$2b$" in str(answer.body)]

    async def test_twice_at_the_same_time_makes_one_account(self, door: Door) -> None:
        ada = {"username": "ada", "password": "p"}

        answers = await asyncio.gather(*(door.post("/users", ada) for _ in range(4)))

        taken = (400, {"code": 202, "error": "Account already exists for this username."})
        assert sorted(answer.status for answer in answers) == [201, 400, 400, 400]
        assert [answer.plain for answer in answers if answer.status == 400] == [taken] * 3

    async def test_by_the_master_key_gives_no_session(self, door: Door) -> None:
        made = await door.post("/users", {"username": "ada", "password": "p"}, master=True)

        assert made.body.keys() == {"objectId", "createdAt"}

    async def test_under_the_name_of_everyone_is_refused(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, allowCustomObjectId=True) as door:
            named = {"username": "ada", "password": "p"}

            everyone = await door.post("/users", {**named, "objectId": "*"})
            a_role = await door.post("/users", {**named, "objectId": "role:Admins"})

        assert everyone.plain == a_role.plain == (400, {"code": 119, "error": "Invalid object ID."})


class TestAGuest:
    async def test_is_known_again_by_its_id(self, door: Door) -> None:
        first = await guest(door)

        again = await guest(door)

        assert (first.status, again.status) == (201, 200)
        assert again.body["objectId"] == first.body["objectId"]
        assert again.body["sessionToken"] != first.body["sessionToken"]

    async def test_has_one_session_on_each_installation(self, door: Door) -> None:
        first = await guest(door, headers={"x-parse-installation-id": "phone"})

        again = await guest(door, headers={"x-parse-installation-id": "phone"})

        assert (await door.get("/users/me", token=first.body["sessionToken"])).plain == INVALID_SESSION
        assert len(await door.find("_Session", master=True)) == 1
        assert (await door.get("/users/me", token=again.body["sessionToken"])).status == 200

    async def test_becomes_a_user_in_one_call(self, door: Door) -> None:
        made = (await guest(door)).body

        change = {"username": "ada", "password": "p", "authData": {"anonymous": None}}
        changed = await door.put(f"/users/{made['objectId']}", change, token=made["sessionToken"])

        assert changed.status == 200
        assert changed.body.keys() == {"updatedAt", "sessionToken", "authDataResponse"}
        assert (await door.post("/login", {"username": "ada", "password": "p"})).status == 200

    async def test_becomes_a_user_where_a_trigger_looks_on(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.before_save("_User")
        async def look(request: TriggerRequest) -> None:
            door.events.append(request.object.get("authData"))

        door.deploy(cloud)
        made = (await guest(door)).body

        change = {"username": "ada", "password": "p", "authData": {"anonymous": None}}
        changed = await door.put(f"/users/{made['objectId']}", change, token=made["sessionToken"])

        assert changed.status == 200
        assert door.events == [{"anonymous": {"id": "guest"}}, {}]

    async def test_shows_its_sign_in_data_to_itself_and_the_master_key_only(self, door: Door, ada: User) -> None:
        made = (await door.post("/users", {"authData": {"anonymous": {"id": "g"}}, "ACL": {"*": {"read": True}}})).body
        path = f"/users/{made['objectId']}"

        seen = [
            "authData" in (await door.get(path, token=made["sessionToken"])).body,
            "authData" in (await door.get(path, master=True)).body,
            "authData" in (await door.get(path, token=ada.token)).body,
            "authData" in (await door.get(path)).body,
        ]

        assert seen == [True, True, False, False]

    async def test_is_checked_when_cloud_code_makes_it(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.function
        async def make(request: FunctionRequest, auth: dict[str, object]) -> None:
            await request.user_client.object("_User", authData=auth).save()

        door.deploy(cloud)

        answer = await door.post("/functions/make", {"auth": {"nope": {"id": "1"}}})

        assert answer.plain == (400, {"code": 252, "error": "This authentication method is unsupported."})
        assert await door.find("_User", master=True) == []


class TestLoggingIn:
    @pytest.mark.parametrize("change", [{"password": "new"}, None])
    async def test_with_a_password_that_is_changed_meanwhile_starts_no_session(
        self, door: Door, ada: User, monkeypatch: pytest.MonkeyPatch, change: object
    ) -> None:
        passwords = door.house.passwords
        check = passwords.check

        async def changed_meanwhile(password: str, hashed: str | None) -> bool:
            fits = await check(password, hashed)
            await door.send("PUT" if change else "DELETE", f"/users/{ada.id}", change, master=True)
            return fits

        monkeypatch.setattr(passwords, "check", changed_meanwhile)
        answer = await door.post("/login", {"username": "ada", "password": "ada-password"})

        assert answer.plain == (404, {"code": 101, "error": "Invalid username/password."})
        assert await door.find("_Session", master=True) == []

    async def test_again_on_an_installation_ends_the_session_before(self, door: Door, ada: User) -> None:
        phone = {"x-parse-installation-id": "phone"}
        log_in = {"username": "ada", "password": "ada-password"}

        first = (await door.post("/login", log_in, headers=phone)).body["sessionToken"]
        second = (await door.post("/login", log_in, headers=phone)).body["sessionToken"]

        assert (await door.get("/users/me", token=first)).plain == INVALID_SESSION
        assert (await door.get("/users/me", token=second)).status == 200
        assert (await door.get("/users/me", token=ada.token)).status == 200


class TestASessionThatEnded:
    async def test_by_log_out_is_unknown_at_once(self, door: Door, ada: User) -> None:
        await door.get("/users/me", token=ada.token)

        await door.post("/logout", token=ada.token)

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION

    async def test_by_a_new_password_is_unknown_at_once(self, door: Door, ada: User) -> None:
        await door.get("/users/me", token=ada.token)

        fresh = (await door.put(f"/users/{ada.id}", {"password": "new"}, token=ada.token)).body["sessionToken"]

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION
        assert (await door.get("/users/me", token=fresh)).status == 200

    async def test_with_its_user_is_unknown_at_once(self, door: Door, ada: User) -> None:
        await door.get("/users/me", token=ada.token)

        await door.delete(f"/users/{ada.id}", token=ada.token)

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION
        assert await door.find("_Session", master=True) == []

    async def test_in_a_batch_is_unknown_at_once(self, door: Door, ada: User) -> None:
        session = (await door.get("/sessions/me", token=ada.token)).body["objectId"]
        item = {"method": "DELETE", "path": f"/parse/sessions/{session}"}

        await door.post("/batch", {"requests": [item], "transaction": True}, token=ada.token)

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION

    @pytest.mark.parametrize("class_name", ["_User", "_Session"])
    async def test_by_a_purge_is_unknown_at_once(self, door: Door, ada: User, class_name: str) -> None:
        await door.get("/users/me", token=ada.token)

        await door.delete(f"/purge/{class_name}", master=True)

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION

    @pytest.mark.parametrize("class_name", ["_User", "_Session"])
    async def test_by_a_purge_elsewhere_is_unknown_at_once(
        self, door: Door, ada: User, tmp_path: Path, class_name: str
    ) -> None:
        await door.get("/users/me", token=ada.token)

        async with open_door(tmp_path) as other:
            await other.delete(f"/purge/{class_name}", master=True)

        assert (await door.get("/users/me", token=ada.token)).plain == INVALID_SESSION

    async def test_while_it_was_being_read_is_not_given_to_those_who_come_later(
        self, door: Door, ada: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        callers = door.house.callers
        load, waiting, go_on = Callers._load, asyncio.Event(), asyncio.Event()

        async def slow(self: Callers, token: str, now: int) -> object:
            session = await load(self, token, now)
            waiting.set()
            await go_on.wait()
            return session

        monkeypatch.setattr(Callers, "_load", slow)
        early = asyncio.ensure_future(door.get("/users/me", token=ada.token))
        await waiting.wait()
        monkeypatch.undo()
        await door.delete("/purge/_Session", master=True)

        late = await door.get("/users/me", token=ada.token)
        go_on.set()
        await early

        assert late.plain == INVALID_SESSION
        assert callers is door.house.callers

    @pytest.mark.parametrize("kind", [NoticeKind.USER, NoticeKind.SESSION])
    async def test_is_forgotten_when_a_notice_names_nobody(self, door: Door, ada: User, kind: NoticeKind) -> None:
        before = await door.house.callers.session(ada.token, 0)

        door.house.callers.heed(Notice(kind))

        assert await door.house.callers.session(ada.token, 0) is not before


class TestRoles:
    async def test_given_and_taken_count_from_the_next_request_on(self, door: Door, ada: User) -> None:
        role = await door.make_role("Editors")
        note = await door.create("Note", {"ACL": {"role:Editors": {"read": True}}}, master=True)
        change = {"objects": [ada.pointer]}

        before = await door.get(f"/classes/Note/{note}", token=ada.token)
        await door.put(f"/roles/{role}", {"users": {"__op": "AddRelation", **change}}, master=True)
        with_role = await door.get(f"/classes/Note/{note}", token=ada.token)
        await door.put(f"/roles/{role}", {"users": {"__op": "RemoveRelation", **change}}, master=True)
        after = await door.get(f"/classes/Note/{note}", token=ada.token)

        assert [before.status, with_role.status, after.status] == [404, 200, 404]

    async def test_are_inherited_through_a_circle(self, door: Door, ada: User) -> None:
        child = await door.make_role("Child", ada)
        parent = await door.make_role("Parent", roles=(child,))
        change = {"__op": "AddRelation", "objects": [{"__type": "Pointer", "className": "_Role", "objectId": parent}]}
        await door.put(f"/roles/{child}", {"roles": change}, master=True)
        note = await door.create("Note", {"ACL": {"role:Parent": {"read": True}}}, master=True)

        assert (await door.get(f"/classes/Note/{note}", token=ada.token)).status == 200

    @pytest.mark.parametrize("method", ["DELETE", "PURGE"])
    async def test_that_are_gone_open_nothing(self, door: Door, ada: User, method: str) -> None:
        role = await door.make_role("Editors", ada)
        note = await door.create("Note", {"ACL": {"role:Editors": {"read": True}}}, master=True)
        await door.get(f"/classes/Note/{note}", token=ada.token)
        path = {"DELETE": f"/roles/{role}", "PURGE": "/purge/_Role"}[method]

        await door.delete(path, master=True)

        assert (await door.get(f"/classes/Note/{note}", token=ada.token)).status == 404


class TestTheReadOnlyKey:
    async def test_writes_nothing_through_a_function_on_its_own_authority(self, door: Door) -> None:
        cloud = Cloud()

        @cloud.function
        async def write(request: FunctionRequest) -> None:
            await request.user_client.object("Note", n=1).save()

        door.deploy(cloud)

        answer = await door.post("/functions/write", headers={"x-parse-master-key": "the-read-only-key"})

        assert answer.plain == DENIED
        assert await door.find("Note", master=True) == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own there")
async def test_a_log_in_steps_back_behind_other_requests(door: Door, ada: User) -> None:
    hashing = [thread for thread in threading.enumerate() if thread.name.startswith("bcrypt")]

    priorities = {os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) for thread in hashing}

    assert hashing
    assert min(priorities) > os.getpriority(os.PRIO_PROCESS, 0)
