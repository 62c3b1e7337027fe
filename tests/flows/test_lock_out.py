"""Accounts that are locked after too many wrong passwords.

Rules: reference/users-sessions.md, section 12.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parsonage.options.load import OptionsRefused, load
from tests.flows.door import Answer, Door, open_door
from tests.flows.test_password_policy import at

WRONG = (404, 101, "Invalid username/password.")
LOCKED = (
    404,
    101,
    "Your account is locked due to multiple failed login attempts. Please try again after 5 minute(s)",
)
MINUTE = 60_000


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Door]:
    """A house that locks an account after two wrong passwords, for five minutes; Ada has signed up."""
    async with open_door(tmp_path, accountLockout={"threshold": 2, "duration": 5}) as door:
        await door.sign_up("ada")
        yield door


async def guess(door: Door, password: str, path: str = "/login") -> Answer:
    return await door.post(path, {"username": "ada", "password": password})


async def test_too_many_wrong_passwords_lock_the_account(guarded: Door) -> None:
    wrong = [(await guess(guarded, "x")).refusal for _ in range(3)]
    right = await guess(guarded, "ada-password")

    assert wrong == [WRONG, WRONG, LOCKED]
    assert right.refusal == LOCKED


async def test_it_opens_again_by_itself(guarded: Door) -> None:
    await guess(guarded, "x")
    await guess(guarded, "x")

    early = await guess(at(guarded, 4 * MINUTE), "ada-password")
    late = await guess(at(guarded, 6 * MINUTE), "ada-password")

    assert early.refusal == LOCKED
    assert late.status == 200


async def test_one_more_wrong_password_after_that_locks_it_at_once(guarded: Door) -> None:
    await guess(guarded, "x")
    await guess(guarded, "x")

    again = await guess(at(guarded, 6 * MINUTE), "x")
    right = await guess(at(guarded, 7 * MINUTE), "ada-password")

    assert again.refusal == right.refusal == LOCKED


async def test_the_right_password_in_time_begins_the_count_anew(guarded: Door) -> None:
    told = [(await guess(guarded, password)).status for password in ("x", "ada-password", "x", "ada-password")]

    assert told == [404, 200, 404, 200]


async def test_verifying_a_password_counts_as_well(guarded: Door) -> None:
    await guess(guarded, "x", "/verifyPassword")
    await guess(guarded, "x", "/verifyPassword")

    assert (await guess(guarded, "ada-password", "/verifyPassword")).refusal == LOCKED


async def test_one_wrong_password_may_be_enough(tmp_path: Path) -> None:
    async with open_door(tmp_path, accountLockout={"threshold": 1, "duration": 0.5}) as door:
        await door.sign_up("ada")
        first, second = await guess(door, "x"), await guess(door, "ada-password")

    assert first.refusal == WRONG
    assert second.body["error"].endswith("after 0.5 minute(s)")


async def test_a_count_is_no_change_of_the_user(guarded: Door) -> None:
    before = await guarded.find("_User", master=True)
    await guess(guarded, "x")

    assert await guarded.find("_User", master=True) == before


async def test_guesses_at_the_same_time_are_answered_no_oftener(guarded: Door) -> None:
    """Advisory 78."""
    answers = await asyncio.gather(*(guess(guarded, f"guess {number}") for number in range(8)))

    assert [answer.refusal for answer in answers].count(WRONG) == 2
    assert [answer.refusal for answer in answers].count(LOCKED) == 6


async def test_the_right_one_among_guesses_at_the_same_time_is_not_told(guarded: Door) -> None:
    """Advisory 78: a lock that comes while a password is being proved holds."""
    hasher = guarded.house.passwords
    proved = hasher.check

    async def proved_last(password: str, hashed: str | None) -> bool:
        is_right = await proved(password, hashed)
        await asyncio.gather(guess_wrong(), guess_wrong())
        return is_right

    async def guess_wrong() -> None:
        hasher.check = proved  # type: ignore[method-assign]
        await guess(guarded, "x")

    hasher.check = proved_last  # type: ignore[method-assign]

    assert (await guess(guarded, "ada-password")).refusal == LOCKED


def test_a_threshold_without_a_duration_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OptionsRefused, match="needs both a threshold and a duration"):
        load(None, {}, {"accountLockout": {"threshold": 2}}, tmp_path)
