"""Ways around rate limits: rows 85 to 88 of reference/security-advisories.md, section E."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.door import open_door
from tests.flows.test_rate_limits import OUTSIDE, limit, statuses


class TestBatches:
    async def test_85_each_item_of_a_batch_counts(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 2)]) as door:
            items = [{"method": "POST", "path": "/parse/classes/Note", "body": {}}] * 3

            answer = await door.post("/batch", {"requests": items}, address=OUTSIDE)

            assert answer.plain == (400, {"code": 100, "error": "Too many requests."})
            assert await door.find("Note") == []

    async def test_85_items_and_requests_count_together(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 2)]) as door:
            item = {"method": "GET", "path": "/parse/classes/Note"}
            await door.post("/batch", {"requests": [item]}, address=OUTSIDE)

            assert await statuses(door, 2, "GET", "/classes/Note") == [200, 429]

    async def test_85_a_batch_in_which_an_item_can_not_be_read_counts_all_the_same(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 1)]) as door:
            items = [{"method": "GET", "path": "/parse/classes/Note?where=5"}] * 2

            answer = await door.post("/batch", {"requests": items}, address=OUTSIDE)

        assert answer.refusal[:2] == (400, 100)

    @pytest.mark.parametrize("methods", [["GET"], ["POST"]])
    async def test_86_an_item_counts_by_its_own_method_and_by_the_batchs(
        self, tmp_path: Path, methods: list[str]
    ) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 0, requestMethods=methods)]) as door:
            items = [{"method": "GET", "path": "/parse/classes/Note"}]

            answer = await door.post("/batch", {"requests": items}, address=OUTSIDE)

        assert answer.refusal[:2] == (400, 100)

    @pytest.mark.parametrize("methods", [["GET"], ["POST"]])
    async def test_86_a_method_override_counts_by_both_methods(self, tmp_path: Path, methods: list[str]) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 0, requestMethods=methods)]) as door:
            assert await statuses(door, 1, "POST", "/classes/Note", {"_method": "gEt"}) == [429]

    async def test_86_head_counts_as_get(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 0, requestMethods=["GET"])]) as door:
            answer = await door.send("HEAD", "/classes/Note", address=OUTSIDE)

        assert answer.status == 429


class TestWaysAround:
    @pytest.mark.parametrize("zone", ["user", "session"])
    async def test_87_a_made_up_token_counts_for_its_address_at_the_log_in(self, tmp_path: Path, zone: str) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/login", 1, zone=zone)]) as door:
            guess = {"username": "ada", "password": "guess"}
            answers = [await door.post("/login", guess, token=f"r:{number}", address=OUTSIDE) for number in range(2)]

        assert [answer.status for answer in answers] == [404, 429]

    async def test_87_a_made_up_token_counts_for_its_address_in_the_zone_user(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/classes/Note", 1, zone="user")]) as door:
            answers = [await door.get("/classes/Note", token=f"r:{number}", address=OUTSIDE) for number in range(2)]

        assert [answer.refusal[:2] for answer in answers] == [(400, 209), (429, 100)]

    @pytest.mark.parametrize("path", ["/LOGIN", "/login/", "/lo%67in", "//login"])
    async def test_88_spellings_of_a_path_are_one(self, tmp_path: Path, path: str) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/login", 0)]) as door:
            assert await statuses(door, 1, "POST", path, {"username": "a", "password": "b"}) == [429]

    async def test_a_forwarded_address_counts_where_the_proxy_is_trusted(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config")], trustProxy=[OUTSIDE]) as door:
            answers = [
                await door.get("/config", address=OUTSIDE, headers={"x-forwarded-for": f"198.51.100.{end}"})
                for end in (1, 2, 2)
            ]

        assert [answer.status for answer in answers] == [200, 200, 429]

    async def test_a_forwarded_address_of_nobody_in_particular_makes_no_difference(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, rateLimit=[limit("/config")]) as door:
            answers = [
                await door.get("/config", address=OUTSIDE, headers={"x-forwarded-for": f"198.51.100.{end}"})
                for end in (1, 2)
            ]

        assert [answer.status for answer in answers] == [200, 429]
