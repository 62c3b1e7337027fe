"""Triggers around log-in and log-out.

Rules: reference/cloud-code.md, sections 3.2 and 9.4.
"""

from __future__ import annotations

import pytest

from parsonage.cloud import Cloud, TriggerRequest
from parsonage.protocol.errors import ParseError
from tests.flows.door import Door, User

LOG_IN = {"username": "ada", "password": "ada-password"}


class TestABeforeLogin:
    async def test_sees_the_user_without_password_and_session(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.before_login
        async def see(request: TriggerRequest) -> None:
            door.events.append((request.object.id, sorted(request.object), request.user))

        door.deploy(cloud)
        answer = await door.post("/login", LOG_IN)

        assert answer.status == 200
        assert door.events == [(ada.id, ["username"], None)]

    async def test_that_raises_lets_nobody_in(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.before_login
        async def banned(request: TriggerRequest) -> None:
            raise ParseError(101, "banned")

        door.deploy(cloud)
        answer = await door.post("/login", LOG_IN)
        sessions = await door.find("_Session", master=True)

        assert answer.plain == (404, {"code": 101, "error": "banned"})
        assert [session["sessionToken"] for session in sessions] == [ada.token]

    async def test_does_not_run_for_a_wrong_password(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.before_login
        async def see(request: TriggerRequest) -> None:
            door.events.append("ran")

        door.deploy(cloud)
        await door.post("/login", {**LOG_IN, "password": "wrong"})
        await door.post("/verifyPassword", LOG_IN)
        await door.post("/loginAs", {"userId": ada.id}, master=True)
        await door.sign_up("bob")

        assert door.events == []

    async def test_runs_for_a_log_in_by_auth_data_and_so_does_the_after_save(self, door: Door) -> None:
        auth_data = {"authData": {"anonymous": {"id": "0123"}}}
        first = await door.post("/users", auth_data)
        cloud = Cloud()

        @cloud.before_login
        async def before(request: TriggerRequest) -> None:
            door.events.append(("before login", request.object.id))

        @cloud.after_login
        async def after(request: TriggerRequest) -> None:
            door.events.append("after login")

        @cloud.after_save("_User")
        async def saved(request: TriggerRequest) -> None:
            door.events.append(("after save", request.object.id))

        door.deploy(cloud)
        again = await door.post("/users", auth_data)

        user_id = first.body["objectId"]
        assert (again.status, again.body["objectId"]) == (200, user_id)
        assert door.events == [("before login", user_id), ("after save", user_id)]


class TestAnAfterLogin:
    async def test_sees_the_user_with_its_session(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.after_login
        async def greet(request: TriggerRequest) -> None:
            assert request.user is not None
            me = await request.user_client.me()
            door.events.append((request.object["sessionToken"], request.user.id, me.id))

        door.deploy(cloud)
        answer = await door.post("/login", LOG_IN)

        assert door.events == [(answer.body["sessionToken"], ada.id, ada.id)]

    async def test_that_raises_is_the_answer_and_the_session_stays(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.after_login
        async def fail(request: TriggerRequest) -> None:
            raise ValueError("too late")

        door.deploy(cloud)
        answer = await door.post("/login", LOG_IN)

        assert answer.plain == (400, {"code": 141, "error": "too late"})
        assert len(await door.find("_Session", master=True)) == 2


class TestAnAfterLogout:
    async def test_sees_the_session_that_ended(self, door: Door, ada: User) -> None:
        cloud = Cloud()

        @cloud.after_logout
        async def gone(request: TriggerRequest) -> None:
            door.events.append((request.object.class_name, request.object["sessionToken"], request.object["user"]))

        door.deploy(cloud)
        await door.post("/logout", token=ada.token)
        await door.post("/logout")

        [(class_name, token, user)] = door.events
        assert (class_name, token, user.object_id) == ("_Session", ada.token, ada.id)


class TestATriggerOnTheWrongClass:
    def test_is_refused_where_it_is_written(self) -> None:
        with pytest.raises(ValueError, match="Only the afterLogout trigger is allowed for the _Session class"):
            Cloud().before_find("_Session")
