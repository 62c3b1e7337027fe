"""Rate limits: reference/rest-core.md, section 8.2; PB085. Ways around them are in tests/advisories."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parsonage.cloud import Cloud, FunctionRequest, RateLimit, TriggerRequest
from parsonage.cloud.load import CloudCodeBroken, load_cloud
from tests.flows.door import Answer, Door, open_door

TOO_MANY = (429, {"code": 100, "error": "Too many requests."})
OUTSIDE = "203.0.113.7"
"""An address that is not this machine's: requests from this machine are not counted."""


def limit(path: str, count: int = 1, **parts: Any) -> dict[str, Any]:
    """One limit as a configuration writes it."""
    return {"requestPath": path, "requestTimeWindow": 60_000, "requestCount": count, **parts}


async def statuses(door: Door, times: int, method: str, path: str, body: Any = None, **parts: Any) -> list[int]:
    """What one request sent several times is answered with, from outside."""
    sent = {"address": OUTSIDE, **parts}
    return [(await door.send(method, path, body, **sent)).status for _ in range(times)]


def at(door: Door, moment: Callable[[], int]) -> Door:
    """The same house with another clock."""
    return Door(msgspec.structs.replace(door.house, clock=moment))


class TestCounting:
    async def test_who_comes_too_often_is_refused(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/:name", 2)]) as door:
            answers = [await door.get("/classes/Note", address=OUTSIDE) for _ in range(3)]

        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].plain == TOO_MANY

    async def test_one_limit_may_be_written_without_a_list(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=limit("/config")) as door:
            assert await statuses(door, 2, "GET", "/config") == [200, 429]

    async def test_the_text_may_be_chosen(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", 0, errorResponseMessage="Slowly!")]) as door:
            answer = await door.get("/config", address=OUTSIDE)

        assert answer.plain == (429, {"code": 100, "error": "Slowly!"})

    async def test_a_count_begins_anew_after_its_while(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config")]) as door:
            began = door.house.clock()
            moment = [began]
            clocked = at(door, lambda: moment[0])

            async def asked_after(milliseconds: int) -> int:
                moment[0] = began + milliseconds
                return (await clocked.get("/config", address=OUTSIDE)).status

            answers = [await asked_after(late) for late in (0, 30_000, 59_999, 60_000, 60_001)]

        assert answers == [200, 429, 429, 200, 429]

    async def test_other_routes_are_not_counted(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/functions/:name", 0)]) as door:
            assert await statuses(door, 2, "GET", "/config") == [200, 200]

    async def test_the_first_of_several_limits_that_is_over_speaks(self, tmp_path: Path) -> None:
        limits = [limit("/*all", 5), limit("/config", 1, errorResponseMessage="config")]
        async with open_door(tmp_path, rateLimit=limits) as door:
            answers = [await door.get("/config", address=OUTSIDE) for _ in range(2)]

        assert answers[1].body["error"] == "config"

    async def test_a_refused_request_reaches_no_handler(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/functions/hello", 1)]) as door:
            cloud = Cloud()

            @cloud.function
            async def hello(request: FunctionRequest) -> None:
                door.events.append("hello")

            door.deploy(cloud)
            await statuses(door, 3, "POST", "/functions/hello", {})

            assert door.events == ["hello"]

    async def test_wrong_keys_are_refused_first(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", 0)]) as door:
            answer = await door.get("/config", address=OUTSIDE, headers={"x-parse-application-id": "nobody"})

        assert answer.status == 403

    async def test_of_many_that_come_at_once_so_many_pass_as_may(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", 3, zone="user")]) as door:
            ada = await door.sign_up("ada")
            answers: list[Answer] = await asyncio.gather(
                *(door.get("/config", address=OUTSIDE, token=ada.token) for _ in range(10))
            )

        assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 7


class TestWhoIsCounted:
    async def test_requests_from_this_machine_are_counted_when_asked_for(self, tmp_path: Path) -> None:
        limits = [limit("/config"), limit("/classes/Note", includeInternalRequests=True)]
        async with open_door(tmp_path, rateLimit=limits) as door:
            uncounted = await statuses(door, 3, "GET", "/config", address="127.0.0.1")
            counted = await statuses(door, 2, "GET", "/classes/Note", address="127.0.0.1")

        assert (uncounted, counted) == ([200, 200, 200], [200, 429])

    async def test_the_master_key_is_counted_when_asked_for(self, tmp_path: Path) -> None:
        limits = [limit("/config"), limit("/classes/Note", includeMasterKey=True)]
        async with open_door(tmp_path, rateLimit=limits, masterKeyIps=[OUTSIDE]) as door:
            uncounted = await statuses(door, 2, "GET", "/config", master=True)
            counted = await statuses(door, 2, "GET", "/classes/Note", master=True)

        assert (uncounted, counted) == ([200, 200], [200, 429])

    async def test_each_address_has_its_own_count(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config")]) as door:
            first = await statuses(door, 2, "GET", "/config")
            second = await statuses(door, 2, "GET", "/config", address="203.0.113.8")

        assert (first, second) == ([200, 429], [200, 429])

    async def test_the_many_addresses_of_one_ipv6_connection_are_one(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config")]) as door:
            near = [(await door.get("/config", address=f"2001:db8::{end}")).status for end in ("1", "2")]
            far = await door.get("/config", address="2001:db8:0:1::1")

        assert (near, far.status) == ([200, 429], 200)

    async def test_the_zone_global_counts_everybody_together(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", zone="global")]) as door:
            await door.get("/config", address=OUTSIDE)

            assert (await door.get("/config", address="203.0.113.8")).status == 429

    async def test_the_zone_session_counts_each_session(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", zone="session")]) as door:
            ada = await door.sign_up("ada")
            bob = await door.sign_up("bob")
            for_ada = await statuses(door, 2, "GET", "/config", token=ada.token)
            for_bob = await statuses(door, 2, "GET", "/config", token=bob.token)

        assert (for_ada, for_bob) == ([200, 429], [200, 429])

    async def test_the_zone_user_counts_all_sessions_of_a_user(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", zone="user")]) as door:
            ada = await door.sign_up("ada")
            again = await door.post("/login", {"username": "ada", "password": "ada-password"})
            await door.get("/config", address=OUTSIDE, token=ada.token)

            elsewhere = await door.get("/config", address="203.0.113.8", token=again.body["sessionToken"])

        assert elsewhere.status == 429

    async def test_without_a_session_the_zone_user_counts_by_address(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config", zone="user")]) as door:
            assert await statuses(door, 2, "GET", "/config") == [200, 429]

    @pytest.mark.parametrize(
        ("methods", "expected"),
        [(["POST"], [200, 200, 201, 429]), ("POST|PUT", [200, 200, 201, 429]), (["GET"], [200, 429, 201, 201])],
    )
    async def test_only_the_named_methods_are_counted(self, tmp_path: Path, methods: Any, expected: list[int]) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", requestMethods=methods)]) as door:
            await door.create("Note", {})
            read = await statuses(door, 2, "GET", "/classes/Note")
            made = await statuses(door, 2, "POST", "/classes/Note", {})

        assert read + made == expected

    async def test_what_handlers_ask_for_is_not_counted(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 0)]) as door:
            cloud = Cloud()

            @cloud.function
            async def read(request: FunctionRequest) -> int:
                return len(await request.user_client.query("Note").find())

            door.deploy(cloud)

            assert (await door.post("/functions/read", {}, address=OUTSIDE)).body == {"result": 0}


class TestHandlers:
    async def test_pb085_a_function_is_limited_from_the_first_request(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            cloud = Cloud()

            @cloud.function(rate_limit=RateLimit(count=2, seconds=60))
            async def hello(request: FunctionRequest) -> str:
                return "hi"

            @cloud.function
            async def other(request: FunctionRequest) -> str:
                return "hi"

            door.deploy(cloud)

            assert await statuses(door, 3, "POST", "/functions/hello", {}) == [200, 200, 429]
            assert await statuses(door, 3, "POST", "/functions/other", {}) == [200, 200, 200]

    async def test_a_before_save_limits_creates_and_updates_of_its_class(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            cloud = Cloud()

            @cloud.before_save("Note", rate_limit=RateLimit(count=1, seconds=60))
            async def look(request: TriggerRequest) -> None:
                pass

            door.deploy(cloud)
            made = await door.create("Note", {}, address=OUTSIDE)

            assert await statuses(door, 1, "PUT", f"/classes/Note/{made}", {}) == [429]
            assert await statuses(door, 2, "GET", "/classes/Note") == [200, 200]
            assert await statuses(door, 1, "POST", "/classes/Notes", {}) == [201]

    @pytest.mark.parametrize("path", ["/users", "/classes/_User"])
    async def test_a_before_save_of_users_limits_sign_ups_by_either_path(self, tmp_path: Path, path: str) -> None:
        async with open_door(tmp_path) as door:
            cloud = Cloud()

            @cloud.before_save("_User", rate_limit=RateLimit(count=0, seconds=60))
            async def look(request: TriggerRequest) -> None:
                pass

            door.deploy(cloud)

            assert await statuses(door, 1, "POST", path, {"username": "ada", "password": "p"}) == [429]

    async def test_a_limit_goes_with_its_handler(self, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            limited, free = Cloud(), Cloud()

            @limited.function(name="hello", rate_limit=RateLimit(count=0, seconds=60))
            async def slowly(request: FunctionRequest) -> None:
                pass

            @free.function(name="hello")
            async def freely(request: FunctionRequest) -> None:
                pass

            door.deploy(limited)
            before = await statuses(door, 1, "POST", "/functions/hello", {})
            door.deploy(limited, free)
            after = await statuses(door, 1, "POST", "/functions/hello", {})

        assert (before, after) == ([429], [200])

    def test_a_handler_that_nobody_asks_for_has_no_limit(self) -> None:
        cloud = Cloud()

        with pytest.raises(ValueError, match="afterSave Note can't have a rate limit"):
            cloud.after_save("Note", rate_limit=RateLimit(count=1, seconds=60))(lambda request: None)


async def test_a_limit_of_python_code_whose_path_is_no_pattern_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from parsonage import Cloud, RateLimit\n"
        "cloud = Cloud()\n"
        "@cloud.function(rate_limit=RateLimit(count=1, seconds=1, path='/:'))\n"
        "async def hello(request): ...\n"
    )
    async with open_door(tmp_path) as door:
        with pytest.raises(CloudCodeBroken, match="has no name"):
            load_cloud(door.house, str(tmp_path / "main.py"))
