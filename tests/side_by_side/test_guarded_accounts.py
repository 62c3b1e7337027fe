"""Accounts under a password policy, with a lock and a second factor.

Rules: reference/users-sessions.md, sections 6, 8, 11 and 12.
"""

from __future__ import annotations

import base64
import time

import pytest

from parsonage.options.model import SecondFactor
from parsonage.policies.one_time_codes import code_of
from tests.side_by_side.case import Case, Step, case, get, post, put
from tests.side_by_side.conftest import CODES_LAST
from tests.side_by_side.exchange import Pair

PASSWORD = "pass 1"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_RULES, _KEY = SecondFactor(), base64.b32decode(SECRET)
CODE, CODE_BEFORE = (code_of(_RULES, _KEY, int(time.time()) // CODES_LAST - back) for back in (0, 1))
ADA = post("/users", {"username": "<Ada>", "password": PASSWORD}).remember(ada="objectId", token="sessionToken")
ME = get("/users/me").as_user("token")


def log_in(password: str = PASSWORD, /, **more: object) -> Step:
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


def log_in_with(code: object) -> Step:
    return log_in(authData={"mfa": {"token": code}})


def set_up(code: str = CODE, secret: object = SECRET, **more: object) -> dict[str, object]:
    return {"authData": {"mfa": {"secret": secret, "token": code, **more}}}


# The recovery codes are masked by remembering them.
GUARDED_ADA = (ADA, change(**set_up()).as_user("token").remember(recovery="authDataResponse.mfa.recovery"))
USED_CODE = "PB071"
INVALID = {"code": 141, "error": "Invalid MFA token"}

SECOND_FACTOR = [
    case("a second factor is set up", *GUARDED_ADA, ME, get("/users/<ada>").as_user("token")),
    case(
        "a second factor that is none",
        ADA,
        *(
            change(authData={"mfa": data}).as_user("token")
            for data in (
                {},
                "x",
                {"secret": "short", "token": CODE},
                {"secret": SECRET},
                {"token": CODE},
                {"mobile": "1"},
            )
        ),
        change(**set_up("000000")).as_user("token"),
    ),
    case(
        "a log-in without the second factor",
        *GUARDED_ADA,
        log_in(),
        log_in().as_master(),
        log_in(authData={}),
        log_in(authData={"mfa": None}),
        log_in(authData={"nonsense": {"id": "1"}}),
        guess("/verifyPassword", PASSWORD),
    ),
    case(
        "a log-in with a wrong code",
        *GUARDED_ADA,
        *(log_in_with(code) for code in ("000000", 5, None, "")),
        log_in(authData={"mfa": {}}),
        log_in(authData={"mfa": "x"}),
        log_in(authData={"mfa": {"token": CODE}, "nonsense": {"id": "1"}}),
        log_in("wrong", authData={"mfa": {"token": CODE}}),
    ),
    case(
        "a log-in with a code",
        *GUARDED_ADA,
        log_in_with(CODE),
        log_in_with(CODE).differs(USED_CODE, 400, INVALID),
    ),
    case("a log-in with the code of the period before", *GUARDED_ADA, log_in_with(CODE_BEFORE)),
    case(
        "a log-in that links a guest's id",
        *GUARDED_ADA,
        log_in(authData={"mfa": {"token": CODE}, "anonymous": {"id": "<Ghost>"}}),
        ME,
    ),
    case("a log-in with data that changes nothing", ADA, log_in(authData={}), log_in_with("1"), log_in()),
    case(
        "a log-in sets a second factor up",
        ADA,
        log_in(**set_up()).remember(r="authDataResponse.mfa.recovery"),
        log_in(),
    ),
    case(
        "a second factor is changed",
        *GUARDED_ADA,
        change(**set_up()).as_user("token"),
        change(**set_up(old="000000")).as_user("token"),
        change(**set_up(old=CODE)).as_user("token").remember(fresh="authDataResponse.mfa.recovery"),
    ),
    case(
        "a second factor is removed",
        *GUARDED_ADA,
        change(authData={"mfa": None}).as_user("token"),
        ME,
        log_in(),
        change(authData={"mfa": None}).as_user("token"),
    ),
    case(
        "a sign-up with a second factor",
        post("/users", {"username": "<Ada>", "password": PASSWORD, **set_up()}).remember(
            ada="objectId", token="sessionToken", recovery="authDataResponse.mfa.recovery"
        ),
        post("/users", {"username": "<Bob>", "password": PASSWORD, **set_up("000000")}),
        ME,
        log_in(),
    ),
    case(
        "a guest with a second factor",
        guest(),
        change(**set_up()).as_user("token").remember(recovery="authDataResponse.mfa.recovery"),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}, "mfa": {"token": "000000"}}}),
    ),
    case(
        "a second factor can't be asked about",
        *GUARDED_ADA,
        get("/users", where={"authData.mfa.secret": SECRET}),
        get("/users", where={"authData.mfa.secret": {"$regex": "^J"}}).as_user("token"),
    ),
    case(
        "a guest links the same id again",
        guest(),
        change(authData={"anonymous": {"id": "<Ghost>"}}).as_user("token"),
        change(authData={}).as_user("token"),
        change(authData={"nonsense": None}).as_user("token"),
        change(authData={"nonsense": {"id": "1"}}).as_user("token"),
        ME,
    ),
]


@pytest.mark.parametrize("told", CASES + SECOND_FACTOR, ids=str)
def test_both_answer_alike(both_guarded: Pair, told: Case) -> None:
    both_guarded.compare(told)
