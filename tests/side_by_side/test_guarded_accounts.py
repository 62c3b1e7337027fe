"""Accounts under a password policy, with a lock.

Rules: reference/users-sessions.md, sections 6, 11 and 12.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, get, post, put
from tests.side_by_side.exchange import Pair

PASSWORD = "pass 1"
ADA = post("/users", {"username": "<Ada>", "password": PASSWORD}).remember(ada="objectId", token="sessionToken")
ME = get("/users/me").as_user("token")


def log_in(password: str = PASSWORD, **more: object) -> Step:
    return post("/login", {"username": "<Ada>", "password": password, **more})


def change(**fields: object) -> Step:
    return put("/users/<ada>", fields)


def guest() -> Step:
    anonymous = {"authData": {"anonymous": {"id": "<Ghost>"}}}
    return post("/users", anonymous).remember(ada="objectId", token="sessionToken")


def guess(path: str, password: str) -> Step:
    return post(path, {"username": "<Ada>", "password": password})


CASES = [
    case("a weak password", post("/users", {"username": "<Ada>", "password": "abc"})),
    case("a password with the name in it", post("/users", {"username": "ada1", "password": "my ada1"})),
    case("a password that is no text", post("/users", {"username": "<Ada>", "password": 12345})),
    case("a strong password", ADA, ME, log_in()),
    case("a weak new password", ADA, change(password="weak").as_user("token"), change(password="weak").as_master()),
    case("a new password with the name in it", ADA, change(password="1 <Ada>").as_user("token")),
    case("a new name that stands in the new password", ADA, change(username="eve", password="eve 12").as_user("token")),
    case("the same password again", ADA, change(password=PASSWORD).as_user("token")),
    case(
        "a former password",
        ADA,
        change(password="pass 2").as_user("token").remember(token="sessionToken"),
        change(password=PASSWORD).as_user("token"),
        change(password="pass 3").as_user("token").remember(token="sessionToken"),
        change(password=PASSWORD).as_master(),
    ),
    case("what the policy keeps is shown to nobody", ADA, get("/users/<ada>").as_master(), get("/users/<ada>")),
    case("a locked account", ADA, log_in("x"), log_in("x"), log_in("x"), log_in(), log_in().as_master()),
    case(
        "an account that is locked through /verifyPassword",
        ADA,
        guess("/verifyPassword", "x"),
        guess("/verifyPassword", "x"),
        guess("/verifyPassword", PASSWORD),
        log_in(),
    ),
    case("a right password in time", ADA, log_in("x"), log_in(), log_in("x"), log_in()),
    case("a lock is no change", ADA, log_in("x"), get("/users/<ada>", keys="username").as_master()),
    case("a stranger is never locked", *(guess("/login", "x") for _ in range(4))),
    case("a guest needs no password", guest(), ME),
    case(
        "a guest who becomes somebody needs a strong one",
        guest(),
        change(username="<Ada>", password="weak", authData={"anonymous": None}).as_user("token"),
        change(username="<Ada>", password=PASSWORD, authData={"anonymous": None})
        .as_user("token")
        .remember(token="sessionToken"),
        ME,
        log_in(),
    ),
    case(
        "a guest becomes somebody in two steps",
        guest(),
        change(username="<Ada>", password=PASSWORD).as_user("token").remember(token="sessionToken"),
        ME,
        change(authData={"anonymous": None}).as_user("token"),
        ME,
        log_in(),
        guest(),
    ),
    case(
        "a session of an old kind",
        post("/upgradeToRevocableSession").with_headers({"X-Parse-Session-Token": "old"}),
        post("/upgradeToRevocableSession").with_headers({"X-Parse-Session-Token": "r:unknown"}),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_both_answer_alike(both_guarded: Pair, told: Case) -> None:
    both_guarded.compare(told)
