"""Accounts, sessions and the app's own parameters.

Rules: reference/users-sessions.md, sections 1 to 6; reference/cloud-code.md, section 6 (parameters).
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import APP_ID, MASTER_KEY, Case, Step, case, date, delete, find, get, post, put, sign_up
from tests.side_by_side.exchange import Pair

ADA, BOB = sign_up("<Ada>", "ada"), sign_up("<Bob>", "bob")
INSTALLATION = {"X-Parse-Installation-Id": "00000000-0000-4000-8000-000000000001"}


def log_in(name: str, as_name: str) -> Step:
    return post("/login", {"username": name, "password": f"secret of {as_name}"})


def guest(**more: object) -> Step:
    data = {"authData": {"anonymous": {"id": "<Ghost>", **more}}}
    return post("/users", data).remember(ghost="objectId", token="sessionToken")


def by_ada(step: Step) -> Step:
    return step.as_user("ada-token")


ME = by_ada(get("/users/me"))
NOTHING_MUCH: list[object] = [None, 5, [], {"__op": "Delete"}]
NO_TEXTS: list[object] = [5, [], {}]
CHALLENGE: dict[str, object] = {"challengeData": {"anonymous": {}, "nonsense": {"a": 1}}}
PROVED: dict[str, object] = {"username": "<Ada>", "password": "secret of ada"}
CHALLENGES: list[dict[str, object]] = [
    {},
    CHALLENGE,
    {"challengeData": 5},
    {"challengeData": []},
    {"challengeData": "x"},
    {"username": "<Ada>"},
    {**CHALLENGE, "username": "<Ada>"},
    PROVED,
    {**PROVED, **CHALLENGE},
    {**PROVED, **CHALLENGE, "password": "wrong"},
    {**PROVED, **CHALLENGE, "authData": {}},
    {**PROVED, **CHALLENGE, "authData": 5},
    {**CHALLENGE, "authData": 5},
    {**CHALLENGE, "authData": {}},
    {**CHALLENGE, "authData": {"anonymous": None}},
    {**CHALLENGE, "authData": {"anonymous": "x"}},
    {**CHALLENGE, "authData": {"anonymous": []}},
    {**CHALLENGE, "authData": {"anonymous": {"id": "<Ghost>"}}},
    {**CHALLENGE, "authData": {"anonymous": {"id": "<Nobody>"}}},
    {**CHALLENGE, "authData": {"anonymous": {"id": 5}}},
    {**CHALLENGE, "authData": {"nonsense": {"id": "1"}}},
    {**CHALLENGE, "authData": {"anonymous": {"id": "<Ghost>"}, "nonsense": {"id": "1"}}},
]
SIGN_IN_DATA: list[object] = [None, "", 0, 5, [], ["a"], "x", {}, {"x": None}, {"x": 5}, {"x": {"id": "1"}}]
ODD_PARTS: list[dict[str, object]] = [
    {"username": []},
    {"username": {}},
    {"password": {}},
    {"email": 0},
    {"email": False},
    {"email": 5},
]

CASES = [
    case("sign-up", ADA, ME),
    case("sign-up by the class's own path", post("/classes/_User", {"username": "<Ada>", "password": "p"})),
    case("sign-up with fields of one's own", sign_up("<Ada>", "ada", nick="A", age=3), ME),
    case(
        "sign-up with an address",
        sign_up("<Ada>", "ada", email="<Ada>@x.example"),
        ME,
        get("/users/<ada>"),
        get("/users/<ada>").as_master(),
    ),
    case("sign-up with an ACL", sign_up("<Ada>", "ada", ACL={"*": {"read": True}}), ME, get("/users/<ada>")),
    case(
        "sign-up by the master key gives no session", post("/users", {"username": "<Ada>", "password": "p"}).as_master()
    ),
    case(
        "sign-up by the master key of an installation gives one",
        post("/users", {"username": "<Ada>", "password": "p"}).as_master().with_headers(INSTALLATION),
    ),
    case(
        "sign-up without a name",
        post("/users", {"password": "p"}),
        post("/users", {"username": "", "password": "p"}),
        post("/users", {"username": 5, "password": "p"}),
    ),
    case(
        "sign-up without a password",
        post("/users", {"username": "<X>"}),
        post("/users", {"username": "<X>", "password": ""}),
        post("/users", {"username": "<X>", "password": 5}),
    ),
    case("sign-up with nothing", post("/users", {})),
    case("a name that is taken", ADA, sign_up("<Bob>", "bob"), post("/users", {"username": "<Ada>", "password": "p"})),
    case(
        "an address that is taken",
        sign_up("<Ada>", "ada", email="<M>@x.example"),
        post("/users", {"username": "<Bob>", "password": "p", "email": "<M>@x.example"}),
    ),
    case("an address that is none", post("/users", {"username": "<Ada>", "password": "p", "email": "x"})),
    case("an address that is no text", post("/users", {"username": "<Ada>", "password": "p", "email": 5})),
    case(
        "emailVerified is the server's",
        post("/users", {"username": "<Ada>", "password": "p", "emailVerified": True}),
        ADA,
        by_ada(put("/users/<ada>", {"emailVerified": True})),
    ),
    case("a hash is no field", post("/users", {"username": "<Ada>", "password": "p", "_hashed_password": "x"})),
    case("log-in", ADA, log_in("<Ada>", "ada").remember(again="sessionToken"), get("/users/me").as_user("again"), ME),
    case("log-in by GET", ADA, get("/login", username="<Ada>", password="secret of ada")),
    case(
        "log-in by address",
        sign_up("<Ada>", "ada", email="<Ada>@x.example"),
        post("/login", {"email": "<Ada>@x.example", "password": "secret of ada"}),
        post("/login", {"username": "<Ada>@x.example", "password": "secret of ada"}),
    ),
    case(
        "log-in with name and address of two users",
        sign_up("<Ada>", "ada", email="<Ada>@x.example"),
        BOB,
        post("/login", {"username": "<Bob>", "email": "<Ada>@x.example", "password": "secret of ada"}),
    ),
    case(
        "log-in with the master key shows all",
        sign_up("<Ada>", "ada", email="<Ada>@x.example"),
        log_in("<Ada>", "ada").as_master(),
    ),
    case("log-in with a wrong password", ADA, post("/login", {"username": "<Ada>", "password": "wrong"})),
    case("log-in of somebody unknown", post("/login", {"username": "<Nobody>", "password": "p"})),
    case("log-in without a name", post("/login", {"password": "p"})),
    case("log-in without a password", post("/login", {"username": "<Ada>"})),
    case(
        "log-in with something that is no text",
        post("/login", {"username": {"$ne": 1}, "password": "p"}),
        post("/login", {"username": "<Ada>", "password": {"$ne": 1}}),
    ),
    case("log-in forgets a stale token", ADA, log_in("<Ada>", "ada").with_headers({"X-Parse-Session-Token": "stale"})),
    case(
        "log-in on one installation ends its other sessions",
        ADA,
        log_in("<Ada>", "ada").with_headers(INSTALLATION).remember(first="sessionToken"),
        log_in("<Ada>", "ada").with_headers(INSTALLATION).remember(second="sessionToken"),
        get("/users/me").as_user("second"),
        get("/users/me").as_user("first"),
    ),
    case(
        "a user whose ACL is empty can't log in",
        ADA,
        put("/users/<ada>", {"ACL": {}}).as_master(),
        log_in("<Ada>", "ada"),
        log_in("<Ada>", "ada").as_master(),
    ),
    case(
        "verifyPassword makes no session",
        ADA,
        post("/verifyPassword", {"username": "<Ada>", "password": "secret of ada"}),
        get("/verifyPassword", username="<Ada>", password="wrong"),
    ),
    case(
        "the master key logs in as anybody",
        ADA,
        post("/loginAs", {"userId": "<ada>"}).as_master(),
        post("/loginAs", {"userId": "<ada>"}),
        post("/loginAs", {}).as_master(),
        post("/loginAs", {"userId": "nowhere"}).as_master(),
    ),
    case("log-out ends the session", ADA, by_ada(post("/logout")), ME),
    case("log-out without a session", post("/logout"), post("/logout").with_headers({"X-Parse-Session-Token": "r:x"})),
    case("me without a session", get("/users/me"), get("/users/me").with_headers({"X-Parse-Session-Token": "r:x"})),
    case("me with the master key", ADA, ME.as_master(), get("/users/me").as_master()),
    case(
        "oneself and others",
        ADA,
        BOB,
        by_ada(get("/users/<ada>")),
        by_ada(get("/users/<bob>")),
        get("/users/<ada>"),
        by_ada(find("_User", {"username": {"$in": ["<Ada>", "<Bob>"]}}, order="username")),
        find("_User", {"username": "<Ada>"}),
    ),
    case("a user changes itself", ADA, by_ada(put("/users/<ada>", {"nick": "A"})), ME),
    case("a user can't change another", ADA, BOB, by_ada(put("/users/<bob>", {"nick": "A"}))),
    case("a stranger can't change a user", ADA, put("/users/<ada>", {"nick": "A"}), put("/users/nowhere", {"n": 1})),
    case("an unknown user", put("/users/nowhere", {"n": 1}).as_master()),
    case(
        "a name can be changed",
        ADA,
        by_ada(put("/users/<ada>", {"username": "<Eve>"})),
        post("/login", {"username": "<Eve>", "password": "secret of ada"}),
        log_in("<Ada>", "ada"),
    ),
    case("not to one that is taken", ADA, BOB, by_ada(put("/users/<ada>", {"username": "<Bob>"}))),
    case(
        "an address can be changed",
        sign_up("<Ada>", "ada", email="<Ada>@x.example"),
        by_ada(put("/users/<ada>", {"email": "<New>@x.example"})),
        ME,
        by_ada(put("/users/<ada>", {"email": "x"})),
    ),
    case(
        "a new password ends all sessions but one",
        ADA,
        log_in("<Ada>", "ada").remember(second="sessionToken"),
        by_ada(put("/users/<ada>", {"password": "new"})).remember(fresh="sessionToken"),
        ME,
        get("/users/me").as_user("second"),
        get("/users/me").as_user("fresh"),
        post("/login", {"username": "<Ada>", "password": "new"}),
        log_in("<Ada>", "ada"),
    ),
    case("a new password by the master key", ADA, put("/users/<ada>", {"password": "new"}).as_master(), ME),
    case(
        "an empty password is refused",
        ADA,
        by_ada(put("/users/<ada>", {"password": ""})).differs(
            "PB066", 400, {"code": 201, "error": "password is required"}
        ),
    ),
    case("own rights can't be given away", ADA, by_ada(put("/users/<ada>", {"ACL": {"*": {"read": True}}})), ME),
    case(
        "a user deletes itself",
        ADA,
        by_ada(delete("/users/<ada>")),
        log_in("<Ada>", "ada"),
        ME.differs("PB068", 400, {"code": 209, "error": "Invalid session token"}),
    ),
    case(
        "a user can't delete another",
        ADA,
        BOB,
        by_ada(delete("/users/<bob>")),
        delete("/users/<bob>"),
        delete("/users/<bob>").as_master(),
    ),
    case(
        "a deleted user's sessions are gone",
        ADA,
        delete("/users/<ada>").as_master(),
        find("_Session", {"user": {"__type": "Pointer", "className": "_User", "objectId": "<ada>"}}, keys="user")
        .as_master()
        .differs("PB068", 200, {"results": []}),
    ),
    case(
        "one's own session",
        ADA,
        by_ada(get("/sessions/me")),
        get("/sessions/me"),
        get("/sessions/me").with_headers({"X-Parse-Session-Token": "r:x"}),
    ),
    case("one's own sessions alone", ADA, BOB, by_ada(get("/sessions")), get("/sessions")),
    case(
        "a session by its id",
        ADA,
        BOB,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        by_ada(get("/sessions/<session>")),
        get("/sessions/<session>"),
        get("/sessions/<session>").as_user("bob-token"),
    ),
    case(
        "a session more",
        ADA,
        by_ada(post("/sessions", {"note": "x", "user": "nobody", "sessionToken": "r:mine"})),
        post("/sessions", {}),
    ),
    case(
        "a session takes fields of one's own",
        ADA,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        by_ada(put("/sessions/<session>", {"note": "x"})),
        by_ada(get("/sessions/me")),
    ),
    case(
        "a session's own fields are the server's",
        ADA,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        *(
            by_ada(put("/sessions/<session>", {key: value}))
            for key, value in (
                ("user", 1),
                ("installationId", "x"),
                ("sessionToken", "x"),
                ("expiresAt", 1),
                ("createdWith", {}),
                ("ACL", {}),
            )
        ),
    ),
    case(
        "the master key moves a session's end",
        ADA,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        put("/sessions/<session>", {"expiresAt": date("2001-01-01T00:00:00.000Z")}).as_master(),
    ),
    case("sessions/me can't be changed", ADA, by_ada(put("/sessions/me", {"note": "x"}))),
    case(
        "a session deleted",
        ADA,
        BOB,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        delete("/sessions/<session>").as_user("bob-token"),
        by_ada(delete("/sessions/<session>")),
        ME,
    ),
    case(
        "a session's installation",
        ADA,
        log_in("<Ada>", "ada").with_headers(INSTALLATION).remember(second="sessionToken"),
        get("/sessions/me").as_user("second"),
    ),
    case(
        "an upgraded session",
        ADA,
        by_ada(post("/upgradeToRevocableSession")).differs(
            "users-sessions, section 5",
            200,
            {
                "objectId": "<id>",
                "sessionToken": "<token>",
                "createdWith": {"action": "upgrade"},
                "expiresAt": {"__type": "Date", "iso": "<moment>"},
                "user": {"__type": "Pointer", "className": "_User", "objectId": "<ada>"},
            },
        ),
    ),
    case("an upgrade without a session", post("/upgradeToRevocableSession")),
    case(
        "an anonymous user",
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}).remember(ghost="objectId", token="sessionToken"),
        get("/users/me").as_user("token"),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}),
    ),
    case(
        "an anonymous user becomes somebody",
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}).remember(ghost="objectId", token="sessionToken"),
        put("/users/<ghost>", {"username": "<Ada>", "password": "p", "authData": {"anonymous": None}}).as_user("token"),
        post("/login", {"username": "<Ada>", "password": "p"}),
    ),
    case("an unknown provider", post("/users", {"authData": {"nonsense": {"id": "1"}}})),
    case("an anonymous id that is no text", post("/users", {"authData": {"anonymous": {"id": 5}}})),
    *(
        case(
            f"sign-up with {given!r} as sign-in data",
            post("/users", {"username": "<Ada>", "password": "p", "authData": given}),
        )
        for given in SIGN_IN_DATA
    ),
    *(
        case(
            f"log-in with {given!r} as sign-in data",
            ADA,
            post("/login", {"username": "<Ada>", "password": "secret of ada", "authData": given}),
        )
        for given in SIGN_IN_DATA
    ),
    *(
        case(f"a change to {given!r} as sign-in data", ADA, by_ada(put("/users/<ada>", {"authData": given})), ME)
        for given in (*SIGN_IN_DATA, {"anonymous": {"a": 1}})
    ),
    case(
        "a guest's data is kept as it came",
        guest(),
        guest(extra=1).remember(ghost="objectId"),
        get("/users/<ghost>").as_master(),
        guest(),
        post("/users", {"authData": {"anonymous": {"id": {"$ne": 1}}}}),
    ),
    case(
        "what began a guest's session",
        guest(),
        get("/sessions/me").as_user("token"),
        guest().remember(again="sessionToken"),
        get("/sessions/me").as_user("again"),
    ),
    case(
        "a guest who asks again gets no further session",
        guest(),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}).as_user("token"),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}).as_master(),
        post("/users", {"authData": {"anonymous": {"id": "<Other>"}}}).as_user("token"),
    ),
    case(
        "somebody who is logged in comes as a guest",
        guest(),
        ADA,
        by_ada(post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}})),
        by_ada(put("/users/<ada>", {"authData": {"anonymous": {"id": "<Ghost>"}}})),
        put("/users/<ada>", {"authData": {"anonymous": {"id": "<Ghost>"}}}).as_master(),
        post(
            "/login",
            {"username": "<Ada>", "password": "secret of ada", "authData": {"anonymous": {"id": "<Ghost>"}}},
        ),
    ),
    case(
        "a guest who was locked out",
        guest(),
        put("/users/<ghost>", {"ACL": {}}).as_master(),
        post("/users", {"authData": {"anonymous": {"id": "<Ghost>"}}}),
    ),
    case(
        "a guest becomes somebody without a name",
        guest(),
        put("/users/<ghost>", {"username": "", "password": "p", "authData": {"anonymous": None}})
        .as_user("token")
        .remember(fresh="sessionToken"),
        get("/sessions/me").as_user("fresh"),
    ),
    case(
        "a user whom another may change by its ACL",
        ADA,
        BOB,
        put("/users/<ada>", {"ACL": {"<bob>": {"read": True, "write": True}}}).as_master(),
        put("/users/<ada>", {"nick": "x"}).as_user("bob-token"),
        get("/users/<ada>").as_user("bob-token"),
        by_ada(put("/users/<ada>", {"nick": "y"})),
        by_ada(delete("/users/<ada>")),
        delete("/users/<ada>").as_user("bob-token"),
        delete("/users/<ada>").as_user("bob-token"),
    ),
    case(
        "a user that is not there, for somebody",
        ADA,
        by_ada(put("/users/nowhere", {"n": 1})),
        by_ada(delete("/users/nowhere")),
        delete("/users/nowhere").as_master(),
    ),
    case(
        "a name is taken away",
        *(
            step
            for n, name in enumerate(NOTHING_MUCH)
            for step in (sign_up(f"<Ada{n}>", "ada"), by_ada(put("/users/<ada>", {"username": name})))
        ),
    ),
    case("a new password that is no text", ADA, *(by_ada(put("/users/<ada>", {"password": p})) for p in NO_TEXTS)),
    case(
        "the session that a new password brings",
        ADA,
        by_ada(put("/users/<ada>", {"password": "p"}).with_headers(INSTALLATION)).remember(fresh="sessionToken"),
        get("/sessions/me").as_user("fresh"),
    ),
    case(
        "log-in with parts in the query and parts in the body",
        ADA,
        post("/login?username=<Ada>&password=secret%20of%20ada"),
        post("/login?username=<Ada>", {"password": "secret of ada"}),
        post("/login?password=secret%20of%20ada", {"username": "<Ada>"}),
        post("/login?username=nobody&password=x", {"username": "<Ada>", "password": "secret of ada"}),
    ),
    case(
        "log-in with parts that are nothing in particular",
        ADA,
        *(
            post(path, {"username": "<Ada>", "password": "secret of ada", **odd})
            for path in ("/login", "/verifyPassword")
            for odd in ODD_PARTS
        ),
    ),
    case(
        "verifyPassword looks at the session",
        ADA,
        *(
            step.with_headers({"X-Parse-Session-Token": "r:x"})
            for step in (post("/verifyPassword", {}), post("/login", {}))
        ),
    ),
    case(
        "the master key in the body is of no installation",
        post(
            "/users",
            {"_ApplicationId": APP_ID, "_MasterKey": MASTER_KEY, "username": "<Ada>", "password": "p"},
        ).without_keys(),
    ),
    case(
        "a session has no ACL, whatever it is",
        ADA,
        by_ada(get("/sessions/me")).remember(session="objectId"),
        *(by_ada(put("/sessions/<session>", {"ACL": acl})) for acl in NOTHING_MUCH),
        *(by_ada(post("/sessions", {"ACL": acl})) for acl in NOTHING_MUCH),
    ),
    case(
        "the installation of a session more",
        ADA,
        by_ada(post("/sessions", {"installationId": "mine"})).remember(first="sessionToken"),
        by_ada(post("/sessions", {}).with_headers(INSTALLATION)),
        by_ada(post("/sessions", {"installationId": "mine"})),
        get("/users/me").as_user("first"),
    ),
    case(
        "an upgrade beside the master key",
        ADA,
        by_ada(post("/upgradeToRevocableSession")).as_master(),
    ),
    case(
        "an id of one's own that is nothing in particular",
        *(
            post("/users", {"username": f"<Ada{n}>", "password": "p", "objectId": i})
            for n, i in enumerate(NO_TEXTS[1:])
        ),
    ),
    case(
        "a challenge",
        sign_up("<Ada>", "ada", authData={"anonymous": {"id": "<Ghost>"}}),
        *(post("/challenge", body) for body in CHALLENGES),
        get("/challenge"),
        post("/challenge", CHALLENGE).as_master(),
    ),
    case("no parameters yet", get("/config")),
    case(
        "parameters",
        put("/config", {"params": {"<K>": 1, "<L>": {"a": [1]}}}).as_master(),
        get("/config"),
        put("/config", {"params": {"<K>": {"__op": "Delete"}, "<L>": {"__op": "Delete"}}}).as_master(),
        get("/config"),
    ),
    case(
        "parameters for the master key alone",
        put("/config", {"params": {"<K>": 1, "<L>": 2}, "masterKeyOnly": {"<K>": True}}).as_master(),
        get("/config"),
        get("/config").as_master(),
        put("/config", {"params": {"<K>": {"__op": "Delete"}, "<L>": {"__op": "Delete"}}}).as_master(),
    ),
    case("a client sets no parameters", put("/config", {"params": {"<K>": 1}})),
    case(
        "values of parameters",
        put("/config", {"params": {"<D>": date("2024-01-01T00:00:00.000Z")}}).as_master(),
        get("/config"),
        put("/config", {"params": {"<D>": {"__op": "Delete"}}}).as_master(),
    ),
    case("a function that doesn't exist", post("/functions/<Nothing>", {"a": 1})),
    case("a job that doesn't exist", post("/jobs/<Nothing>", {}).as_master(), post("/jobs/<Nothing>", {})),
    case("the server's information is for the master key", get("/serverInfo")),
    case(
        "a report on security that no option asks for",
        get("/security"),
        get("/security").as_master(),
        post("/security", {}).as_master(),
    ),
    *(
        case(
            f"{path} where no mail can be sent",
            post(path, {"email": "ada@example.com"}),
            post(path, {}),
            post(path, {"email": 5}),
            post(path, {"email": {"$ne": 1}}),
            post(path, {"token": {"$ne": 1}}),
            post(path, {"email": "ada@example.com"}).as_master(),
            get(path),
        )
        for path in ("/requestPasswordReset", "/verificationEmailRequest")
    ),
]

REST = {"X-Parse-REST-API-Key": "the-rest-key"}

STRICT_CASES = [
    case(
        "names in small letters",
        sign_up("<Ada>", "ada", email="<Ada>@Example.org").with_headers(REST),
        get("/users/<ada>").with_headers(REST).as_user("ada-token"),
        put("/users/<ada>", {"email": "<Eve>@Example.org"}).with_headers(REST).as_user("ada-token"),
        get("/users/<ada>").with_headers(REST).as_user("ada-token"),
        post("/users", {"username": "<Ada>", "password": "p"}).with_headers(REST),
        post("/users", {"username": "<Bob>", "password": "p", "email": "<Eve>@Example.org"}).with_headers(REST),
        post("/users", {"username": 5, "password": "p"}).with_headers(REST),
        find("_User", {"username": "<Ada>"}).with_headers(REST).as_user("ada-token"),
    ),
    case(
        "users may be public",
        sign_up("<Ada>", "ada").with_headers(REST),
        get("/users/<ada>").with_headers(REST),
        put("/users/<ada>", {"n": 1}).with_headers(REST),
        delete("/users/<ada>").with_headers(REST),
    ),
    case(
        "another user's account, in full words",
        sign_up("<Ada>", "ada").with_headers(REST),
        sign_up("<Bob>", "bob").with_headers(REST),
        put("/users/<bob>", {"n": 1}).with_headers(REST).as_user("ada-token"),
    ),
    case(
        "sessions without a session, in full words",
        find("_Session").with_headers(REST),
        get("/users/me").with_headers(REST),
    ),
    case(
        "emailVerified, in full words",
        post("/users", {"username": "<Ada>", "password": "p", "emailVerified": True}).with_headers(REST),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
