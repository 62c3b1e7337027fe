"""What a new password must be, and how long it may be used.

Rules: reference/users-sessions.md, section 11.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from parsonage.options.load import OptionsRefused, load
from parsonage.server import StartFailed
from tests.flows.door import Answer, Door, User, open_door

WEAK = "Password does not meet the Password Policy requirements."
DAY = 86_400_000


def refused(text: str) -> tuple[int, int, str]:
    return 400, 142, text


def at(door: Door, milliseconds: int) -> Door:
    """The same house, so much later."""
    clock = door.house.clock
    return Door(msgspec.structs.replace(door.house, clock=lambda: clock() + milliseconds))


async def change(door: Door, user: User, password: str) -> Answer:
    return await door.put(f"/users/{user.id}", {"password": password}, master=True)


class TestAPattern:
    @pytest.mark.parametrize("written", ["^(?=.*[0-9]).{4,}$", "/^(?=.*[0-9]).{4,}$/", r"/^(?<all>.*[\d].*)$/s"])
    async def test_is_looked_for_in_every_new_password(self, tmp_path: Path, written: str) -> None:
        async with open_door(tmp_path, passwordPolicy={"validatorPattern": written}) as door:
            weak = await door.post("/users", {"username": "ada", "password": "abcd"})
            strong = await door.sign_up("ada1")
            changed = await change(door, strong, "weaker")

        assert weak.refusal == changed.refusal == refused(WEAK)

    async def test_that_is_none_is_refused_at_the_start(self, tmp_path: Path) -> None:
        with pytest.raises(OptionsRefused, match="must be a regular expression"):
            load(None, {}, {"passwordPolicy": {"validatorPattern": "["}}, tmp_path)

    async def test_refuses_in_the_operators_own_words(self, tmp_path: Path) -> None:
        policy = {"validatorPattern": "[0-9]", "validationError": "a digit, please"}
        async with open_door(tmp_path, passwordPolicy=policy) as door:
            weak = await door.post("/users", {"username": "ada", "password": "abcd"})

        assert weak.refusal == refused("a digit, please")


class TestAFunctionOfTheOperators:
    @pytest.mark.parametrize("word", ["def", "async def"])
    async def test_is_asked_for_every_new_password(self, tmp_path: Path, word: str) -> None:
        rules = tmp_path / "rules.py"
        rules.write_text(f"{word} is_long(password):\n    return len(password) > 5\n")
        async with open_door(tmp_path, passwordPolicy={"validatorCallback": f"{rules}:is_long"}) as door:
            weak = await door.post("/users", {"username": "ada", "password": "abcd"})
            strong = await door.post("/users", {"username": "ada", "password": "abcdef"})

        assert weak.refusal == refused(WEAK)
        assert strong.status == 201

    async def test_that_fails_lets_no_password_through(self, tmp_path: Path) -> None:
        rules = tmp_path / "rules.py"
        rules.write_text("def is_long(password):\n    return 1 / 0\n")
        async with open_door(tmp_path, passwordPolicy={"validatorCallback": f"{rules}:is_long"}) as door:
            answer = await door.post("/users", {"username": "ada", "password": "abcd"})

        assert answer.refusal == (500, 1, "Internal server error.")

    @pytest.mark.parametrize("place", ["rules.py:is_short", "nowhere.py:is_long"])
    async def test_that_is_not_there_is_told_at_the_start(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "rules.py").write_text("")

        with pytest.raises(StartFailed, match=r"passwordPolicy\.validatorCallback: "):
            async with open_door(tmp_path, passwordPolicy={"validatorCallback": str(tmp_path / place)}):
                pass


class TestTheUsersName:
    async def test_stands_in_no_password(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, passwordPolicy={"doNotAllowUsername": True}) as door:
            made = await door.post("/users", {"username": "ada", "password": "my-ada-1"})
            ada = User((await door.post("/users", {"username": "ada", "password": "p"})).body["objectId"], "")
            changed = await change(door, ada, "ada!")
            with_the_name = await door.put(f"/users/{ada.id}", {"username": "eve", "password": "eve!"}, master=True)

        text = "Password cannot contain your username."
        assert made.refusal == changed.refusal == with_the_name.refusal == refused(text)


class TestTheHistory:
    async def test_keeps_the_last_passwords_from_coming_back(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, passwordPolicy={"maxPasswordHistory": 3}) as door:
            ada = await door.sign_up("ada")
            tried = [await change(door, ada, word) for word in ("ada-password", "b", "c", "ada-password", "b", "d")]
            again = await change(door, ada, "ada-password")

        text = "New password should not be the same as last 3 passwords."
        assert [answer.status for answer in tried] == [400, 200, 200, 400, 400, 200]
        assert tried[0].refusal == refused(text)
        assert again.status == 200

    async def test_of_one_is_the_password_in_use(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, passwordPolicy={"maxPasswordHistory": 1}) as door:
            ada = await door.sign_up("ada")
            statuses = [(await change(door, ada, word)).status for word in ("ada-password", "b", "b", "ada-password")]

        assert statuses == [400, 200, 400, 200]

    async def test_is_shown_to_nobody(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, passwordPolicy={"maxPasswordHistory": 3, "maxPasswordAge": 1}) as door:
            ada = await door.sign_up("ada")
            await change(door, ada, "b")
            seen = await door.get(f"/users/{ada.id}", master=True)

        assert seen.body.keys() == {"objectId", "createdAt", "updatedAt", "username", "ACL"}


class TestAPasswordThatIsTooOld:
    async def test_logs_nobody_in(self, tmp_path: Path) -> None:
        credentials = {"username": "ada", "password": "ada-password"}
        async with open_door(tmp_path, passwordPolicy={"maxPasswordAge": 1.5}) as door:
            ada = await door.sign_up("ada")
            in_time = await at(door, DAY).post("/login", credentials)
            too_late = await at(door, 2 * DAY).post("/login", credentials)
            await change(at(door, 2 * DAY), ada, "new")
            renewed = await at(door, 3 * DAY).post("/login", {"username": "ada", "password": "new"})

        assert (in_time.status, renewed.status) == (200, 200)
        assert too_late.refusal == (404, 101, "Your password has expired. Please reset your password.")

    async def test_counts_from_the_first_log_in_where_nobody_dated_it(self, tmp_path: Path) -> None:
        credentials = {"username": "ada", "password": "ada-password"}
        async with open_door(tmp_path) as door:
            await door.sign_up("ada")
        async with open_door(tmp_path, passwordPolicy={"maxPasswordAge": 1}) as door:
            first = await at(door, 10 * DAY).post("/login", credentials)
            later = await at(door, 12 * DAY).post("/login", credentials)

        assert (first.status, later.status) == (200, 404)
