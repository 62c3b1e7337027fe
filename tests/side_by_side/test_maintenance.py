"""What the maintenance key and the read-only master key may do.

Rules: reference/rest-core.md, section 3.1.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, date, delete, find, get, operation, post, put, sign_up
from tests.side_by_side.exchange import Pair
from tests.side_by_side.test_keys_and_doors import MAINTENANCE, READ_ONLY

TOKEN = {"_email_verify_token": "tok"}

CASES = [
    case(
        "the maintenance key sets and sees a token",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", TOKEN).with_headers(MAINTENANCE),
        get("/users/<ada>").with_headers(MAINTENANCE),
        get("/users/<ada>").as_master(),
        get("/users/<ada>").as_user("ada-token"),
    ),
    case(
        "internal fields can be asked about",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", {"_perishable_token": "<Token>"}).with_headers(MAINTENANCE),
        get("/users", where={"_perishable_token": "<Token>"}).with_headers(MAINTENANCE),
        get("/users", where={"_perishable_token": "<Token>"}).as_master(),
        get("/users", where={"_perishable_token": "<Token>"}),
    ),
    case(
        "the maintenance key sets numbers and dates",
        sign_up("<Ada>", "ada"),
        put(
            "/users/<ada>",
            {"_failed_login_count": 3, "_account_lockout_expires_at": date("2030-01-01T00:00:00.000Z")},
        ).with_headers(MAINTENANCE),
        get("/users/<ada>").with_headers(MAINTENANCE),
    ),
    case(
        "the maintenance key sees the fields it names",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", {**TOKEN, "_failed_login_count": 3}).with_headers(MAINTENANCE),
        get("/users/<ada>", keys="_failed_login_count").with_headers(MAINTENANCE),
    ),
    case(
        "the maintenance key unsets an internal field",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", TOKEN).with_headers(MAINTENANCE),
        put("/users/<ada>", {"_email_verify_token": operation("Delete")}).with_headers(MAINTENANCE),
        get("/users/<ada>").with_headers(MAINTENANCE),
    ),
    case(
        "the maintenance key sets the hash of a password, and never sees it",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", {"_hashed_password": "x"}).with_headers(MAINTENANCE),
        get("/users/<ada>").with_headers(MAINTENANCE),
        post("/login", {"username": "<Ada>", "password": "secret of ada"}),
    ),
    case(
        "the hash of a password can't be asked about",
        get("/users", where={"_hashed_password": "x"}).with_headers(MAINTENANCE),
    ),
    case(
        "no other caller sets internal fields",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", TOKEN).as_master(),
        put("/users/<ada>", TOKEN).as_user("ada-token"),
    ),
    case(
        "the maintenance key sets no field that nobody knows",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", {"_nosuch": "x"}).with_headers(MAINTENANCE),
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"_x": 5}).with_headers(MAINTENANCE),
    ),
    case(
        "the maintenance key makes no field that nobody knows",
        create("<Note>", {"_x": 1})
        .with_headers(MAINTENANCE)
        .differs("rest-core.md, section 9.6", 400, {"code": 105, "error": "Invalid field name: _x."}),
    ),
    case(
        "the maintenance key makes a user with internal fields",
        post("/users", {"username": "<Ada>", "password": "p", "_failed_login_count": 2})
        .with_headers(MAINTENANCE)
        .remember(ada="objectId"),
        get("/users/<ada>").with_headers(MAINTENANCE),
    ),
    case(
        "an internal field has a type",
        sign_up("<Ada>", "ada"),
        put("/users/<ada>", {"_failed_login_count": "many"}).with_headers(MAINTENANCE),
    ),
    case(
        "ACLs are not in the way of the maintenance key",
        create("<Note>", {"n": 1, "ACL": {}}).remember(note="objectId"),
        get("/classes/<Note>/<note>").with_headers(MAINTENANCE),
        put("/classes/<Note>/<note>", {"n": 2}).with_headers(MAINTENANCE),
        find("<Note>").with_headers(MAINTENANCE),
        delete("/classes/<Note>/<note>").with_headers(MAINTENANCE),
    ),
    case(
        "the maintenance key changes no dates of an object that is there",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        put("/classes/<Note>/<note>", {"createdAt": date("2019-01-01T00:00:00.000Z")}).with_headers(MAINTENANCE),
    ),
    case(
        "classes of the server's own", *[find(name).with_headers(MAINTENANCE) for name in ("_Hooks", "_GlobalConfig")]
    ),
    case(
        "what the server keeps of its configuration has no dates",
        put("/config", {"params": {"<K>": 1}}).as_master(),
        find("_GlobalConfig").with_headers(MAINTENANCE),
        put("/config", {"params": {"<K>": {"__op": "Delete"}}}).as_master(),
    ),
    case(
        "some fields of the row of the configuration",
        put("/config", {"params": {"<K>": 1}}).as_master(),
        find("_GlobalConfig", keys="nothing")
        .as_master()
        .differs("cloud-code.md, the row of the configuration", 200, {"results": [{"objectId": "1"}]}),
        put("/config", {"params": {"<K>": {"__op": "Delete"}}}).as_master(),
    ),
    case("sessions are for the master key", get("/sessions").with_headers(MAINTENANCE)),
    case("installations are for the master key", get("/installations").with_headers(MAINTENANCE)),
    case("the maintenance key starts no job", post("/jobs/x", {}).with_headers(MAINTENANCE)),
    case(
        "the maintenance key changes no configuration", put("/config", {"params": {"a": 1}}).with_headers(MAINTENANCE)
    ),
    case("the maintenance key logs in as nobody", post("/loginAs", {"userId": "x"}).with_headers(MAINTENANCE)),
    case("the maintenance key purges nothing", delete("/purge/X").with_headers(MAINTENANCE)),
    case("the maintenance key makes no class", post("/schemas/<Note>", {}).with_headers(MAINTENANCE)),
    case("the maintenance key sees no hooks", get("/hooks/functions").with_headers(MAINTENANCE)),
    case("the maintenance key aggregates nothing", get("/aggregate/_User").with_headers(MAINTENANCE)),
    case("the maintenance key is no user", get("/users/me").with_headers(MAINTENANCE)),
    case(
        "the read-only master key and accounts",
        sign_up("<Ada>", "ada"),
        get("/users/<ada>").with_headers(READ_ONLY),
        post("/logout").with_headers(READ_ONLY),
        post("/upgradeToRevocableSession").with_headers(READ_ONLY),
        get("/users/me").with_headers(READ_ONLY),
        post("/login", {"username": "<Ada>", "password": "secret of ada"}).with_headers(READ_ONLY),
    ),
    case("the read-only master key makes no session", post("/sessions", {}).with_headers(READ_ONLY)),
    case(
        "the read-only master key makes no installation",
        post("/installations", {"deviceType": "ios", "installationId": "<Id>"}).with_headers(READ_ONLY),
    ),
    case("the read-only master key calls functions", post("/functions/nowhere", {}).with_headers(READ_ONLY)),
    case("the read-only master key sees hooks", get("/hooks/functions").with_headers(READ_ONLY)),
    case(
        "the read-only master key makes no hook",
        post("/hooks/functions", {"functionName": "x", "url": "http://localhost"}).with_headers(READ_ONLY),
    ),
    case(
        "the read-only master key aggregates",
        get("/aggregate/_User", pipeline=[{"$match": {"username": "zz"}}]).with_headers(READ_ONLY),
    ),
    case("the read-only master key reads the configuration", get("/config").with_headers(READ_ONLY)),
    case("the read-only master key and an empty configuration", put("/config", {}).with_headers(READ_ONLY)),
    case("the read-only master key deletes no class", delete("/schemas/<Nope>").with_headers(READ_ONLY)),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_gives_keys_the_rights_that_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
