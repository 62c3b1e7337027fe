"""Who may see and change what: object ACLs, roles, class-level permissions, pointer permissions, protected fields.

Rules: reference/schema-clp-acl.md, sections 5 to 8.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, delete, find, get, operation, pointer, post, put, sign_up
from tests.side_by_side.exchange import Pair

READ = get("/classes/<Note>/<note>")
CHANGE = put("/classes/<Note>/<note>", {"n": 2})
LIST = find("<Note>", keys="n", order="n")
REMOVE = delete("/classes/<Note>/<note>")

ADA, BOB = sign_up("<Ada>", "ada"), sign_up("<Bob>", "bob")


def as_each(*steps: Step) -> tuple[Step, ...]:
    """The steps by a stranger, by Ada, by Bob and with the master key."""
    return tuple(
        one for step in steps for one in (step, step.as_user("ada-token"), step.as_user("bob-token"), step.as_master())
    )


def noted(acl: object) -> Step:
    return create("<Note>", {"n": 1, "ACL": acl}).remember(note="objectId")


def guarded(name: str, acl: object) -> Case:
    """What each may do with an object under an ACL."""
    return case(name, ADA, BOB, noted(acl), *as_each(READ, LIST, CHANGE), *as_each(REMOVE))


def role(name: str, as_name: str, users: tuple[str, ...] = (), roles: tuple[str, ...] = ()) -> Step:
    """Make a role with these users and child roles, with the master key."""
    body: dict[str, object] = {"name": name, "ACL": {"*": {"read": True}}}
    if users:
        body["users"] = operation("AddRelation", objects=[pointer("_User", f"<{user}>") for user in users])
    if roles:
        body["roles"] = operation("AddRelation", objects=[pointer("_Role", f"<{child}>") for child in roles])
    return post("/roles", body).as_master().remember(**{as_name: "objectId"})


def closed(**permissions: object) -> Step:
    """Make the class of notes with these class-level permissions, and none besides."""
    fields = {
        "n": {"type": "Number"},
        "secret": {"type": "String"},
        "owner": {"type": "Pointer", "targetClass": "_User"},
        "friends": {"type": "Array"},
    }
    return post("/schemas/<Note>", {"fields": fields, "classLevelPermissions": permissions}).as_master()


EVERYONE = {"*": True}
ALL_OPEN = dict.fromkeys(("find", "get", "count", "create", "update", "delete", "addField"), EVERYONE)
OWNED = create(
    "<Note>", {"n": 1, "secret": "s", "owner": pointer("_User", "<ada>"), "friends": [pointer("_User", "<bob>")]}
)
OWNED_BY_ADA = OWNED.as_master().remember(note="objectId")


def ruled(name: str, *steps: Step, **permissions: object) -> Case:
    """What each may do under class-level permissions with a note that Ada owns and Bob is a friend of."""
    return case(name, ADA, BOB, closed(**permissions), OWNED_BY_ADA, *as_each(*(steps or (READ, LIST, CHANGE))))


CASES = [
    guarded("an ACL that is public to read", {"*": {"read": True}}),
    guarded("an ACL for one user", {"<ada>": {"read": True, "write": True}}),
    guarded("an ACL of two users with different rights", {"<ada>": {"read": True}, "<bob>": {"write": True}}),
    guarded("an empty ACL", {}),
    guarded("an ACL of rights that are false", {"*": {"read": False, "write": False}, "<ada>": {"read": True}}),
    case(
        "an object without an ACL is open to everyone",
        ADA,
        BOB,
        create("<Note>", {"n": 1}).remember(note="objectId"),
        *as_each(READ, CHANGE),
    ),
    case(
        "hidden objects aren't counted",
        ADA,
        BOB,
        noted({"<ada>": {"read": True}}),
        *as_each(find("<Note>", {"n": 1}, count=1, limit=0)),
    ),
    case("an unresolved ACL is refused", create("<Note>", {"ACL": {"*unresolved": {"read": True}}})),
    case(
        "null leaves the ACL alone",
        noted({"*": {"read": True}}),
        put("/classes/<Note>/<note>", {"ACL": None}).as_master(),
        READ,
    ),
    case(
        "an ACL can be changed",
        ADA,
        BOB,
        noted({"<ada>": {"read": True, "write": True}}),
        put("/classes/<Note>/<note>", {"ACL": {"<bob>": {"read": True}}}).as_user("ada-token"),
        *as_each(READ),
    ),
    case(
        "a number as ACL is refused",
        create("<Note>", {"ACL": 5}).differs("PB020", 400, {"code": 123, "error": "Invalid ACL."}),
    ),
    case(
        "deleting the ACL is refused",
        create("<Note>", {"ACL": operation("Delete")}).differs("PB020", 400, {"code": 123, "error": "Invalid ACL."}),
    ),
    case(
        "an included object hides, too",
        ADA,
        BOB,
        noted({"<ada>": {"read": True}}),
        create("<Page>", {"k": 1, "note": pointer("<Note>", "<note>")}),
        *as_each(find("<Page>", include="note")),
    ),
    case(
        "a sub-query doesn't look at hidden objects",
        ADA,
        BOB,
        noted({"<ada>": {"read": True}}),
        create("<Page>", {"k": 1, "note": pointer("<Note>", "<note>")}),
        *as_each(find("<Page>", {"note": {"$inQuery": {"className": "<Note>", "where": {}}}}, keys="k")),
    ),
    case(
        "a role opens the door",
        ADA,
        BOB,
        role("<Editors>", "editors", ("ada",)),
        noted({"role:<Editors>": {"read": True, "write": True}}),
        *as_each(READ, LIST, CHANGE),
    ),
    case(
        "a role inherited from another role opens the door",
        ADA,
        BOB,
        role("<Child>", "child", ("ada",)),
        role("<Parent>", "parent", (), ("child",)),
        noted({"role:<Parent>": {"read": True}}),
        *as_each(READ),
    ),
    case(
        "a role inherited twice opens the door",
        ADA,
        BOB,
        role("<A>", "a", ("bob",)),
        role("<B>", "b", (), ("a",)),
        role("<C>", "c", (), ("b",)),
        noted({"role:<C>": {"read": True}}),
        *as_each(READ),
    ),
    case(
        "a child doesn't get what only the parent's member has the other way",
        ADA,
        BOB,
        role("<Child>", "child"),
        role("<Parent>", "parent", ("ada",), ("child",)),
        noted({"role:<Child>": {"read": True}}),
        *as_each(READ),
    ),
    case(
        "roles in a circle",
        ADA,
        BOB,
        role("<One>", "one", ("ada",)),
        role("<Two>", "two", (), ("one",)),
        put("/roles/<one>", {"roles": operation("AddRelation", objects=[pointer("_Role", "<two>")])}).as_master(),
        noted({"role:<Two>": {"read": True}}),
        *as_each(READ),
    ),
    case(
        "who leaves a role is out at once",
        ADA,
        BOB,
        role("<Editors>", "editors", ("ada",)),
        noted({"role:<Editors>": {"read": True}}),
        READ.as_user("ada-token"),
        put(
            "/roles/<editors>", {"users": operation("RemoveRelation", objects=[pointer("_User", "<ada>")])}
        ).as_master(),
        READ.as_user("ada-token"),
    ),
    case("a role needs a name", post("/roles", {"ACL": {}}).as_master()),
    case("a role needs an ACL", post("/roles", {"name": "<X>"}).as_master()),
    case(
        "a role's name is its own",
        role("<Editors>", "editors"),
        post("/roles", {"name": "<Editors>", "ACL": {}}).as_master(),
    ),
    case(
        "a role may be made by a client",
        ADA,
        post("/roles", {"name": "<Club>", "ACL": {"<ada>": {"read": True, "write": True}}})
        .as_user("ada-token")
        .remember(club="objectId"),
        *as_each(get("/roles/<club>"))[:2],
    ),
    case(
        "a role may be renamed and deleted",
        role("<Old>", "old"),
        put("/roles/<old>", {"name": "<New>"}).as_master(),
        get("/roles/<old>"),
        delete("/roles/<old>"),
        delete("/roles/<old>").as_master(),
        get("/roles/<old>"),
    ),
    ruled("everything open", **ALL_OPEN),
    ruled("everything closed", READ, LIST, CHANGE, create("<Note>", {"n": 5}), REMOVE),
    ruled("find alone", READ, LIST, find("<Note>", {"objectId": "<note>"}), find=EVERYONE),
    ruled("get alone", READ, LIST, find("<Note>", {"objectId": "<note>"}), get=EVERYONE),
    ruled("count alone", find("<Note>", {"n": 1}, limit=0, count=1), find("<Note>", {"n": 1}, count=1), count=EVERYONE),
    ruled("find for one user", LIST, READ, find={"<ada>": True}, get={"<ada>": True}),
    ruled(
        "requiresAuthentication",
        find={"requiresAuthentication": True},
        get={"requiresAuthentication": True},
        update={"requiresAuthentication": True},
    ),
    ruled("create for those who are logged in", create("<Note>", {"n": 5}), create={"requiresAuthentication": True}),
    ruled(
        "pointer permissions to read", LIST, READ, find={"pointerFields": ["owner"]}, get={"pointerFields": ["owner"]}
    ),
    ruled(
        "pointer permissions by a list",
        LIST,
        READ,
        find={"pointerFields": ["friends"]},
        get={"pointerFields": ["friends"]},
    ),
    ruled("pointer permissions by two fields", LIST, find={"pointerFields": ["owner", "friends"]}),
    ruled(
        "pointer permissions to write",
        CHANGE,
        REMOVE,
        update={"pointerFields": ["owner"]},
        delete={"pointerFields": ["friends"]},
    ),
    ruled("pointer permissions don't open create", create("<Note>", {"n": 5}), create={"pointerFields": ["owner"]}),
    ruled(
        "readUserFields and writeUserFields", READ, LIST, CHANGE, readUserFields=["owner"], writeUserFields=["friends"]
    ),
    ruled(
        "fields may be added by some",
        create("<Note>", {"fresh": 1}),
        create=EVERYONE,
        addField={"<ada>": True},
    ),
    ruled(
        "fields may be added on update by some",
        put("/classes/<Note>/<note>", {"fresh": 1}),
        update=EVERYONE,
        addField={"<bob>": True},
    ),
    case(
        "find for a role",
        ADA,
        BOB,
        role("<Editors>", "editors", ("bob",)),
        closed(find={"role:<Editors>": True}),
        OWNED_BY_ADA,
        *as_each(LIST),
    ),
    case(
        "include under a closed class fails the whole request",
        ADA,
        BOB,
        closed(find=EVERYONE),
        OWNED_BY_ADA,
        create("<Page>", {"k": 1, "note": pointer("<Note>", "<note>")}),
        *as_each(find("<Page>", include="note")),
    ),
    case(
        "a sub-query under a closed class fails, too",
        ADA,
        BOB,
        closed(get=EVERYONE),
        create("<Page>", {"k": 1}),
        *as_each(find("<Page>", {"note": {"$inQuery": {"className": "<Note>", "where": {}}}}, keys="k")),
    ),
    case(
        "a default ACL for the creator",
        ADA,
        closed(**ALL_OPEN, ACL={"currentUser": {"read": True, "write": True}, "*": {"read": True}}),
        create("<Note>", {"n": 1}),
        create("<Note>", {"n": 1}).as_user("ada-token").remember(note="objectId"),
        READ,
        create("<Note>", {"n": 1, "ACL": {}}).as_user("ada-token"),
    ),
    ruled(
        "protected fields",
        READ,
        find("<Note>", order="n"),
        find("<Note>", keys="secret"),
        **ALL_OPEN,
        protectedFields={"*": ["secret"]},
    ),
    ruled(
        "protected fields can't be asked for or sorted by",
        find("<Note>", {"secret": "s"}, keys="n"),
        find("<Note>", order="secret", keys="n"),
        **ALL_OPEN,
        protectedFields={"*": ["secret"]},
    ),
    ruled(
        "protected fields for those who aren't logged in",
        READ,
        **ALL_OPEN,
        protectedFields={"*": ["secret", "n"], "authenticated": ["n"]},
    ),
    ruled(
        "protected fields and the owner",
        READ,
        LIST,
        **ALL_OPEN,
        protectedFields={"*": ["secret"], "userField:owner": []},
    ),
    ruled(
        "protected fields and friends",
        READ,
        **ALL_OPEN,
        protectedFields={"*": ["secret", "n"], "userField:friends": ["n"]},
    ),
    ruled("protected fields for one user", READ, **ALL_OPEN, protectedFields={"*": ["secret"], "<bob>": []}),
]

REST = {"X-Parse-REST-API-Key": "the-rest-key"}


def in_full_words(name: str, *steps: Step, **permissions: object) -> Case:
    """A refusal of a stranger with the detailed text."""
    return case(
        name,
        closed(**permissions),
        create("<Note>", {"n": 1}).as_master().remember(note="objectId"),
        *(step.with_headers(REST) for step in steps),
    )


STRICT_CASES = [
    in_full_words("a closed class says so", READ, LIST, CHANGE, REMOVE, create("<Note>", {"n": 1})),
    in_full_words(
        "a class for those who are logged in says so",
        READ,
        find={"requiresAuthentication": True},
        get={"requiresAuthentication": True},
    ),
    in_full_words("a new field says so", create("<Note>", {"fresh": 1}), create=EVERYONE),
    in_full_words(
        "a protected field says so",
        find("<Note>", {"secret": "s"}),
        find("<Note>", order="secret"),
        find=EVERYONE,
        protectedFields={"*": ["secret"]},
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
