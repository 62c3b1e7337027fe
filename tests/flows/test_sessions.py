"""How long a session lasts, and what becomes of one that has ended.

Rules: reference/users-sessions.md, section 5.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.operations.jobs import run_job
from parsonage.operations.sweep import sweep
from tests.flows.door import Door, User, open_door
from tests.flows.test_jobs import Gate, gate
from tests.flows.test_password_policy import at

__all__ = ["gate"]

SECOND = 1000
HOUR = 3_600 * SECOND
DAY = 86_400 * SECOND
EXPIRED = (400, 209, "Session token is expired.")


class TestASessionInUse:
    async def test_ends_at_its_time(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, sessionLength=100) as door:
            ada = await door.sign_up("ada")
            await at(door, 60 * SECOND).get("/users/me", token=ada.token)

            assert (await at(door, 110 * SECOND).get("/users/me", token=ada.token)).refusal == EXPIRED

    async def test_goes_on_where_a_use_extends_it(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, sessionLength=100, extendSessionOnUse=True) as door:
            ada = await door.sign_up("ada")
            await at(door, 60 * SECOND).get("/users/me", token=ada.token)
            extended = await at(door, 110 * SECOND).get("/users/me", token=ada.token)
            over = await at(door, 300 * SECOND).get("/users/me", token=ada.token)

        assert extended.status == 200
        assert over.refusal == EXPIRED

    async def test_is_extended_for_every_process(self, tmp_path: Path) -> None:
        options = {"sessionLength": 100, "extendSessionOnUse": True}
        async with open_door(tmp_path, **options) as door, open_door(tmp_path, **options) as other:
            ada = await door.sign_up("ada")
            await other.get("/users/me", token=ada.token)
            await at(door, 60 * SECOND).get("/users/me", token=ada.token)

            assert (await at(other, 110 * SECOND).get("/users/me", token=ada.token)).status == 200

    async def test_is_not_written_at_every_use(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, sessionLength=100, extendSessionOnUse=True) as door:
            ada = await door.sign_up("ada")
            [before] = await door.find("_Session", master=True)
            await at(door, 40 * SECOND).get("/users/me", token=ada.token)
            [after] = await door.find("_Session", master=True)

        assert after == before

    async def test_never_ends_where_sessions_do_not(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, expireInactiveSessions=False, extendSessionOnUse=True) as door:
            ada = await door.sign_up("ada")
            later = await at(door, 4000 * DAY).get("/users/me", token=ada.token)
            [session] = await door.find("_Session", master=True)

        assert later.status == 200
        assert "expiresAt" not in session


class TestAnotherSession:
    async def test_by_the_master_key_needs_a_user(self, door: Door) -> None:
        answer = await door.post("/sessions", {}, master=True)

        assert answer.refusal == (400, 135, "user must be specified in this operation")
        assert await door.find("_Session", master=True) == []

    async def test_by_the_master_key_of_a_user_can_be_used(self, door: Door, ada: User) -> None:
        made = await door.post("/sessions", {"user": ada.pointer, "note": "x"}, master=True)
        [session] = [row for row in await door.find("_Session", master=True) if row.get("note") == "x"]

        assert made.body.keys() == {"objectId", "createdAt"}
        assert (await door.get("/users/me", token=session["sessionToken"])).body["objectId"] == ada.id


class TestTheSweep:
    async def test_removes_sessions_a_day_after_their_end(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, sessionLength=100) as door:
            await door.sign_up("ada")
            soon = await sweep(at(door, DAY).house)
            late = await sweep(at(door, DAY + HOUR).house)

            assert (soon, late) == (0, 2)  # the place of the sweep before goes as well
            assert await door.find("_Session", master=True) == []

    async def test_leaves_sessions_without_an_end(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, expireInactiveSessions=False) as door:
            await door.sign_up("ada")

            assert await sweep(at(door, 4000 * DAY).house) == 0

    async def test_is_done_by_one_process_of_many(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, sessionLength=100) as door, open_door(tmp_path, sessionLength=100) as other:
            await door.sign_up("ada")
            first = await sweep(at(door, 2 * DAY).house)
            await other.sign_up("bob")
            again = await sweep(at(other, 2 * DAY).house)
            next_hour = await sweep(at(other, 2 * DAY + HOUR).house)

        assert (first, again) == (1, 0)
        assert next_hour >= 1

    async def test_removes_old_jobs_and_no_running_one(self, door: Door, gate: Gate) -> None:
        gate.opened.set()
        await run_job(door.house, "tidy", {})
        gate.opened.clear()
        await door.post("/jobs/tidy", master=True)
        await gate.reached.wait()
        early = await sweep(at(door, 29 * DAY).house)
        swept = await sweep(at(door, 31 * DAY).house)
        left = await door.find("_JobStatus", master=True)
        gate.opened.set()

        assert early == 0
        assert swept == 2  # the job, and the place of the sweep before
        assert [job["status"] for job in left] == ["running"]

    @pytest.mark.parametrize("count", [501])
    async def test_removes_more_than_one_write_takes(self, tmp_path: Path, count: int) -> None:
        async with open_door(tmp_path, sessionLength=100) as door:
            ada = await door.sign_up("ada")
            session = {"method": "POST", "path": "/parse/sessions", "body": {"user": ada.pointer}}
            await door.post("/batch", {"requests": [session] * count}, master=True)

            assert await sweep(at(door, 2 * DAY).house) == count + 1
