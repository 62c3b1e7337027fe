"""A second factor: codes of an authenticator app, recovery codes, and what they are good for.

Rules: reference/users-sessions.md, section 8; PB071; advisory 67.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.options.load import OptionsRefused, load
from parsonage.options.model import SecondFactor
from parsonage.policies.one_time_codes import code_of
from tests.flows.door import Answer, Door, User, open_door
from tests.flows.test_password_policy import at

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INVALID = (400, 141, "Invalid MFA token")
PERIOD = 30_000
OPTIONS: dict[str, Any] = {"auth": {"mfa": {"enabled": True, "options": ["TOTP"]}}}


def code(door: Door, *, periods_later: int = 0) -> str:
    """What Ada's app shows."""
    return code_of(SecondFactor(), base64.b32decode(SECRET), door.house.clock() // PERIOD + periods_later)


async def log_in(door: Door, token: object) -> Answer:
    factor = {"authData": {"mfa": {"token": token}}}
    return await door.post("/login", {"username": "ada", "password": "ada-password", **factor})


class Guarded(NamedTuple):
    """A house whose only user, Ada, has a second factor."""

    door: Door
    ada: User
    recovery: list[str]


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with open_door(tmp_path, **OPTIONS) as door:
        ada = await door.sign_up("ada")
        factor = {"authData": {"mfa": {"secret": SECRET, "token": code(door)}}}
        answer = await door.put(f"/users/{ada.id}", factor, token=ada.token)
        yield Guarded(door, ada, answer.body["authDataResponse"]["mfa"]["recovery"].split(", "))


class TestACode:
    def test_is_the_one_that_apps_show(self) -> None:
        """The values of RFC 6238, appendix B."""
        rules = SecondFactor(digits=8)
        key = b"12345678901234567890"

        codes = [code_of(rules, key, moment // 30) for moment in (59, 1111111109, 20000000000)]

        assert codes == ["94287082", "07081804", "65353130"]

    async def test_of_the_set_up_may_log_in_once(self, guarded: Guarded) -> None:
        """PB071."""
        first, second = await log_in(guarded.door, code(guarded.door)), await log_in(guarded.door, code(guarded.door))

        assert first.status == 200
        assert second.refusal == INVALID

    async def test_of_an_earlier_period_is_worth_nothing_after_that(self, guarded: Guarded) -> None:
        later = at(guarded.door, PERIOD)
        before = code(later, periods_later=-1)
        await log_in(later, code(later))

        assert (await log_in(later, before)).refusal == INVALID

    async def test_of_the_next_period_logs_in_again(self, guarded: Guarded) -> None:
        await log_in(guarded.door, code(guarded.door))
        later = at(guarded.door, 2 * PERIOD)

        assert (await log_in(later, code(later))).status == 200

    async def test_logs_in_once_however_many_try_it_at_once(self, guarded: Guarded) -> None:
        """Advisory 67."""
        shown = code(guarded.door)

        answers = await asyncio.gather(*(log_in(guarded.door, shown) for _ in range(4)))

        assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
        assert len(await guarded.door.find("_Session", master=True)) == 2


class TestARecoveryCode:
    async def test_logs_in_once_however_many_try_it_at_once(self, guarded: Guarded) -> None:
        """Advisory 67."""
        answers = await asyncio.gather(*(log_in(guarded.door, guarded.recovery[0]) for _ in range(4)))

        assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
        assert {answer.body["code"] for answer in answers if answer.status == 400} == {141}

    async def test_leaves_the_other_one(self, guarded: Guarded) -> None:
        statuses = [(await log_in(guarded.door, word)).status for word in [*guarded.recovery, guarded.recovery[1]]]

        assert statuses == [200, 200, 400]


class TestAFactor:
    async def test_shows_its_secret_to_the_master_key_alone(self, guarded: Guarded) -> None:
        """Advisory 43."""
        door, ada, recovery = guarded
        logged_in = await log_in(door, recovery[0])
        seen = [
            logged_in,
            await door.get("/users/me", token=ada.token),
            await door.get(f"/users/{ada.id}", token=ada.token),
            await door.get("/users", token=ada.token),
            await door.post("/verifyPassword", {"username": "ada", "password": "ada-password"}),
        ]
        master = await door.get(f"/users/{ada.id}", master=True)

        assert not [answer.body for answer in seen if SECRET in str(answer.body) or recovery[1] in str(answer.body)]
        assert logged_in.body["authData"] == {"mfa": {"status": "enabled"}}
        assert master.body["authData"]["mfa"] == {"secret": SECRET, "recovery": recovery[1:]}

    async def test_is_asked_for_at_a_log_in_without_a_name(self, guarded: Guarded) -> None:  # PB070
        door, ada, recovery = guarded
        guest = {"anonymous": {"id": "ghost"}}
        await door.put(f"/users/{ada.id}", {"authData": guest}, token=ada.token)

        bare = await door.post("/users", {"authData": guest})
        wrong = await door.post("/users", {"authData": {**guest, "mfa": {"token": "000000"}}})
        right = await door.post("/users", {"authData": {**guest, "mfa": {"token": recovery[0]}}})
        again = await door.post("/users", {"authData": {**guest, "mfa": {"token": recovery[0]}}})

        assert bare.refusal == (400, -1, "Missing additional authData mfa")
        assert wrong.refusal == again.refusal == INVALID
        assert right.body["authData"]["mfa"] == {"status": "enabled"}

    async def test_is_replaced_by_the_master_key(self, guarded: Guarded) -> None:
        door, ada, _ = guarded
        other = {"secret": "A" * 32, "recovery": ["spare"]}
        await door.put(f"/users/{ada.id}", {"authData": {"mfa": other}}, master=True)

        assert (await log_in(door, code(door))).refusal == INVALID
        assert (await log_in(door, "spare")).status == 200

    @pytest.mark.parametrize("secret", [5, None, "short", "1" * 32])
    async def test_has_a_secret_in_base32(self, guarded: Guarded, secret: object) -> None:
        factor = {"secret": secret, "token": "123456", "old": code(guarded.door)}
        body = {"authData": {"mfa": factor}}
        sent = await guarded.door.put(f"/users/{guarded.ada.id}", body, token=guarded.ada.token)

        assert sent.refusal == (400, 141, "Invalid MFA data")

    async def test_is_not_asked_for_where_it_is_switched_off(self, guarded: Guarded, tmp_path: Path) -> None:
        async with open_door(tmp_path) as door:
            answer = await door.post("/login", {"username": "ada", "password": "ada-password"})
            refused = await door.put(f"/users/{guarded.ada.id}", {"authData": {"mfa": {"secret": SECRET}}}, master=True)

        assert answer.status == 200
        assert answer.body["authData"] == {"mfa": {"status": "enabled"}}
        assert refused.refusal == (400, 252, "This authentication method is unsupported.")

    @pytest.mark.parametrize("factors", [["SMS"], ["TOTP", "SMS"]])
    def test_by_sms_is_refused_at_the_start(self, tmp_path: Path, factors: list[str]) -> None:
        with pytest.raises(OptionsRefused, match=r"not built yet: auth\.mfa\.options \(codes by SMS\)"):
            load(None, {}, {"auth": {"mfa": {"enabled": True, "options": factors}}}, tmp_path)


class TestALogInThatFails:
    async def test_uses_no_code_up(self, guarded: Guarded) -> None:
        door, _, recovery = guarded
        await door.post("/users", {"authData": {"anonymous": {"id": "ghost"}}})
        both = {"mfa": {"token": recovery[0]}, "anonymous": {"id": "ghost"}}
        taken = await door.post("/login", {"username": "ada", "password": "ada-password", "authData": both})

        assert taken.refusal == (400, 137, "A duplicate value for a field with unique values was provided")
        assert (await log_in(door, recovery[0])).status == 200

    async def test_in_a_transaction_leaves_no_session(self, door: Door) -> None:
        await door.post("/users", {"authData": {"anonymous": {"id": "ghost"}}})
        before = await door.find("_Session", master=True)
        again = {"method": "POST", "path": "/parse/users", "body": {"authData": {"anonymous": {"id": "ghost"}}}}
        missing = {"method": "PUT", "path": "/parse/classes/Note/nowhere", "body": {"n": 1}}
        await door.create("Note", {"n": 0})

        answer = await door.post("/batch", {"requests": [again, missing], "transaction": True})

        assert answer.refusal == (400, 101, "Object not found.")
        assert await door.find("_Session", master=True) == before


class TestWhatHandlersSee:
    async def test_is_that_there_is_one_and_no_secret_of_it(self, guarded: Guarded) -> None:
        door, ada, _ = guarded
        cloud, seen = Cloud(), dict[str, Any]()

        @cloud.function
        async def who(request: FunctionRequest) -> Any:
            return request.user

        @cloud.before_save("_User")
        async def before(request: TriggerRequest) -> None:
            seen.update(object=request.object["authData"], original=request.original and request.original["authData"])

        @cloud.before_login
        async def login(request: TriggerRequest) -> None:
            seen.update(login=request.object["authData"])

        @cloud.before_delete("_User")
        async def delete(request: TriggerRequest) -> None:
            seen.update(doomed=request.object["authData"])

        door.deploy(cloud)

        told = await door.post("/functions/who", token=ada.token)
        await door.put(f"/users/{ada.id}", {"nick": "a"}, token=ada.token)
        await log_in(door, code(door, periods_later=1))
        await door.delete(f"/users/{ada.id}", token=ada.token)

        enabled = {"mfa": {"status": "enabled"}}
        assert told.body["result"]["authData"] == enabled
        assert seen == {"object": enabled, "original": enabled, "login": enabled, "doomed": enabled}

    async def test_a_change_by_a_trigger_leaves_the_factor_as_it_is(self, guarded: Guarded) -> None:
        door, ada, recovery = guarded
        cloud = Cloud()

        @cloud.before_save("_User")
        async def before(request: TriggerRequest) -> None:
            request.object["seen"] = True

        door.deploy(cloud)

        await door.put(f"/users/{ada.id}", {"nick": "a"}, token=ada.token)

        stored = await door.get(f"/users/{ada.id}", master=True)
        assert stored.body["authData"]["mfa"] == {"secret": SECRET, "recovery": recovery}
