"""Old code of many users at once. What it finds again is shown rule by rule in ``rules/``."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.door import Door, User
from tests.jshost.conftest import Hosted


async def test_two_hundred_users_at_once_never_see_each_other(legacy: Hosted) -> None:
    await never_mixed_up(legacy, calls=5_000)


@pytest.mark.long
async def test_two_hundred_users_never_see_each_other_in_a_hundred_thousand_calls(legacy: Hosted) -> None:
    await never_mixed_up(legacy, calls=100_000)


async def anonymous(door: Door, number: int) -> User:
    """A user without a password, whom it costs nothing to make."""
    answer = await door.post("/users", {"authData": {"anonymous": {"id": f"user-{number}"}}})
    return User(answer.body["objectId"], answer.body["sessionToken"])


async def never_mixed_up(legacy: Hosted, calls: int) -> None:
    source = """
    Parse.Cloud.define("me", function (request, response) {
      new Parse.Query("Note").first().then(function () {
        setTimeout(function () { response.success(Parse.User.current().id); }, Math.random() * 5);
      });
    });
    """
    async with legacy(source) as door:
        users = [await anonymous(door, number) for number in range(200)]

        async def ask(number: int) -> set[bool]:
            user = users[number]
            answers = [await door.post("/functions/me", {}, token=user.token) for _ in range(calls // len(users))]
            return {answer.body["result"] == user.id for answer in answers}

        seen = await asyncio.gather(*(ask(number) for number in range(200)))

    assert set().union(*seen) == {True}
