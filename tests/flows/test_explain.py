"""Explaining a request: the rules in order, the plan, and nothing carried out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FunctionRequest, TriggerRequest
from parsonage.commands.caller import ANYBODY, MASTER, Caller
from parsonage.commands.rest import _ROUTES, RestRequest, decode
from parsonage.operations.explain import Explanation
from parsonage.operations.explained_request import UnknownCaller, Who, caller_of, explain_request
from parsonage.operations.masters import FOR_THE_MASTER_KEY
from parsonage.protocol.errors import ParseError, RouteUnknown
from tests.flows.door import OPEN, Answer, Door, User, open_door


async def explained(
    door: Door, method: str, path: str, body: Any = None, *, caller: Caller = ANYBODY, **query: str
) -> Explanation:
    """The explanation of one request."""
    [found] = await explain_request(door.house, caller, RestRequest(method, path, query, body))
    return found


def steps(found: Explanation) -> list[tuple[str, str]]:
    """Verdict and rule of each step."""
    return [(step.verdict.value, step.rule) for step in found.trail.steps]


async def user(door: Door, name: str) -> Caller:
    """A user as a caller, with its roles."""
    return await door.house.callers.with_roles(await caller_of(door.house, Who(user=name)))


class TestReads:
    async def test_the_rules_stand_in_the_order_in_which_they_are_asked(self, door: Door, ada: User) -> None:
        permissions = {**OPEN, "find": {"requiresAuthentication": True}, "protectedFields": {"*": ["salary"]}}
        await door.make_class("Note", permissions, salary="Number")

        found = await explained(door, "GET", "/classes/Note", caller=await user(door, "ada"))

        assert steps(found) == [
            ("allows", "class-level permission"),
            ("narrows", "ACL"),
            ("hides", "protected fields"),
        ]
        assert [step.because for step in found.trail.steps] == [
            "find on Note is open to whoever is logged in",
            "only objects without an ACL, or whose ACL lets them be read by one of: ada, everyone",
            "salary of Note is hidden from everyone",
        ]

    async def test_it_says_how_many_match_and_how_many_may_be_seen(self, door: Door, ada: User) -> None:
        await door.create("Note", {"n": 1, "ACL": {ada.id: {"read": True}}})
        await door.create("Note", {"n": 1})
        await door.create("Note", {"n": 2})

        found = await explained(door, "GET", "/classes/Note", where='{"n": 1}')

        [plan] = found.plans
        assert (plan.matching, plan.remaining) == (2, 1)
        assert plan.statement.startswith("SELECT")
        assert "LIMIT" in plan.statement
        assert plan.lines == ("SCAN o",)

    async def test_a_pointer_permission_narrows(self, door: Door, ada: User) -> None:
        owner = {"type": "Pointer", "targetClass": "_User"}
        await door.make_class("Note", {**OPEN, "find": {"pointerFields": ["owner"]}}, owner=owner)

        found = await explained(door, "GET", "/classes/Note", caller=await user(door, "ada"))

        assert steps(found) == [("narrows", "class-level permission"), ("narrows", "ACL")]

    async def test_the_master_key_passes(self, door: Door) -> None:
        await door.make_class("Note", {})

        found = await explained(door, "GET", "/classes/Note", caller=MASTER)

        assert steps(found) == [("allows", "class-level permission"), ("allows", "ACL")]

    async def test_an_include_is_judged_by_the_class_it_leads_to(self, door: Door) -> None:
        await door.make_class("Vault", {**OPEN, "get": {}})
        await door.make_class("Note", OPEN, vault={"type": "Pointer", "targetClass": "Vault"})

        found = await explained(door, "GET", "/classes/Note", include="vault")

        assert steps(found)[-2:] == [("tells", "include"), ("denies", "class-level permission")]

    async def test_a_sub_query_is_judged_by_the_class_it_asks(self, door: Door) -> None:
        await door.make_class("Vault", OPEN)
        await door.make_class("Note", OPEN, vault={"type": "Pointer", "targetClass": "Vault"})
        where = '{"vault": {"$inQuery": {"className": "Vault", "where": {}}}}'

        found = await explained(door, "GET", "/classes/Note", where=where)

        assert steps(found) == [
            ("allows", "class-level permission"),
            ("tells", "sub-query"),
            ("allows", "class-level permission"),
            ("narrows", "ACL"),
            ("narrows", "ACL"),
        ]
        assert [plan.what for plan in found.plans] == ["find Vault", "find Note"]

    async def test_a_session_of_somebody_else_is_kept(self, door: Door, ada: User, bob: User) -> None:
        sessions = await door.get("/sessions", token=ada.token)
        path = f"/sessions/{sessions.body['results'][0]['objectId']}"

        theirs = await explained(door, "GET", path, caller=await user(door, "bob"))
        own = await explained(door, "GET", path, caller=await user(door, "ada"))

        assert (steps(theirs)[-1], own.trail.refusal) == (("denies", "object"), None)


class TestWrites:
    async def test_a_create_says_whose_the_new_object_will_be(self, door: Door, ada: User) -> None:
        await door.make_class("Note", {**OPEN, "ACL": {"currentUser": {"read": True, "write": True}}})

        found = await explained(door, "POST", "/classes/Note", {"n": 1}, caller=await user(door, "ada"))

        assert found.trail.steps[-1].because == (
            f"the class lets its new object be read by {ada.id}, written by {ada.id}"
        )

    async def test_an_update_shows_how_its_object_is_found(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})

        found = await explained(door, "PUT", f"/classes/Note/{note}", {"n": 2})

        assert steps(found) == [("allows", "names"), ("allows", "class-level permission"), ("allows", "ACL")]
        assert "SEARCH o USING INDEX" in found.plans[0].lines[0]

    async def test_a_new_field_is_told(self, door: Door) -> None:
        note = await door.create("Note", {"n": 1})

        found = await explained(door, "PUT", f"/classes/Note/{note}", {"new": 2})

        assert "new would be added to Note" in [step.because for step in found.trail.steps]

    async def test_a_batch_has_an_explanation_for_each_item(self, door: Door) -> None:
        await door.create("Note", {})
        items = [
            {"method": "GET", "path": "/parse/classes/Note"},
            {"method": "POST", "path": "/parse/classes/Note", "body": {"ACL": 5}},
        ]
        request = RestRequest("POST", "/batch", body={"requests": items}, batch_prefixes=("/parse",))

        first, second = await explain_request(door.house, ANYBODY, request)

        assert first.trail.refusal is None
        assert steps(second) == [("denies", "request")]


cloud = Cloud()
called: list[str] = []


@cloud.function(require_user=True, fields=["stars"])
async def rate(request: FunctionRequest) -> None:
    called.append("rate")


@cloud.function(check=lambda _: called.append("check"))
async def asked(request: FunctionRequest) -> None:
    called.append("asked")


@cloud.function
async def typed(request: FunctionRequest, movie: str) -> None:
    called.append("typed")


@cloud.before_save("Review", require_user=True)
async def before(request: TriggerRequest) -> None:
    called.append("before_save")


@cloud.after_save("Review")
async def after(request: TriggerRequest) -> None:
    called.append("after_save")


@cloud.before_find("Review")
async def find(request: TriggerRequest) -> None:
    called.append("before_find")


class TestHandlers:
    @pytest.fixture(autouse=True)
    def deployed(self, door: Door) -> Iterator[None]:
        called.clear()
        door.deploy(cloud)
        yield
        assert called == []

    async def test_a_validator_is_asked(self, door: Door, ada: User) -> None:
        nobody = await explained(door, "POST", "/functions/rate", {"stars": 1})
        without = await explained(door, "POST", "/functions/rate", caller=await user(door, "ada"))
        whole = await explained(door, "POST", "/functions/rate", {"stars": 1}, caller=await user(door, "ada"))

        assert [steps(found)[0] for found in (nobody, without, whole)] == [
            ("denies", "validator"),
            ("denies", "validator"),
            ("allows", "validator"),
        ]

    async def test_a_validator_with_code_of_its_own_is_told(self, door: Door) -> None:
        assert steps(await explained(door, "POST", "/functions/asked")) == [
            ("tells", "validator"),
            ("tells", "handler"),
        ]

    async def test_typed_parameters_are_asked_as_the_call_asks_them(self, door: Door) -> None:
        missing = await explained(door, "POST", "/functions/typed", {})
        wrong = await explained(door, "POST", "/functions/typed", {"movie": 5})
        whole = await explained(door, "POST", "/functions/typed", {"movie": "Alien"})

        assert [steps(found)[0] for found in (missing, wrong, whole)] == [
            ("denies", "parameters"),
            ("denies", "parameters"),
            ("tells", "handler"),
        ]
        assert missing.trail.steps[0].because == "Validation failed. Please specify data for movie."

    async def test_triggers_are_named_where_they_would_run(self, door: Door, ada: User) -> None:
        saved = await explained(door, "POST", "/classes/Review", {"n": 1}, caller=await user(door, "ada"))
        await door.make_class("Review", OPEN)
        read = await explained(door, "GET", "/classes/Review")

        assert [step.because.partition(" (")[0] for step in saved.trail.steps if step.rule == "handler"] == [
            "beforeSave Review",
            "afterSave Review",
        ]
        assert read.trail.steps[-1].because.startswith("beforeFind Review (")

    async def test_a_validator_of_a_trigger_is_asked(self, door: Door) -> None:
        found = await explained(door, "POST", "/classes/Review", {"n": 1})

        assert steps(found)[-1] == ("denies", "validator")


WRITES: list[tuple[str, str, Any]] = [
    ("POST", "/classes/New", {"n": 1}),
    ("POST", "/classes/Note", {"fresh": 1}),
    ("PUT", "/classes/Note/{note}", {"n": 2}),
    ("DELETE", "/classes/Note/{note}", None),
    ("POST", "/users", {"username": "eve", "password": "p"}),
    ("POST", "/users", {"authData": {"anonymous": {"id": "x"}}}),
    ("POST", "/sessions", {}),
    ("PUT", "/config", {"params": {"a": 1}}),
    ("POST", "/schemas/Fresh", {}),
    ("DELETE", "/purge/Note", None),
    ("POST", "/files/a.txt", None),
]


async def test_nothing_is_carried_out(door: Door) -> None:
    note = await door.create("Note", {"n": 1})
    reads = ["/schemas", "/classes/Note", "/users", "/sessions", "/config"]
    before = [(await door.get(read, master=True)).plain for read in reads]

    found = [
        await explained(door, method, path.format(note=note), body, caller=MASTER) for method, path, body in WRITES
    ]

    assert [one.trail.refusal for one in found] == [None] * len(WRITES)
    assert [(await door.get(read, master=True)).plain for read in reads] == before


CASES: list[tuple[str, str, Any]] = [
    ("GET", "/classes/Open", None),
    ("GET", "/classes/Open/{open}", None),
    ("GET", "/classes/Open/{hidden}", None),
    ("GET", "/classes/Open/nowhere123", None),
    ("GET", "/classes/Closed", None),
    ("GET", "/classes/Closed/{closed}", None),
    ("GET", "/classes/Nowhere", None),
    ("GET", "/classes/Nowhere/nowhere123", None),
    ("GET", "/classes/_PushStatus", None),
    ("GET", "/sessions", None),
    ("GET", "/installations", None),
    ("GET", "/users/{ada}", None),
    ("POST", "/classes/Open", {"n": 1}),
    ("POST", "/classes/Open", {"n": "text"}),
    ("POST", "/classes/Open", {"_n": 1}),
    ("POST", "/classes/Open", {"objectId": "chosen1234"}),
    ("POST", "/classes/Closed", {"n": 1}),
    ("POST", "/classes/Strict", {"more": 1}),
    ("POST", "/classes/Strict", {}),
    ("PUT", "/classes/Open/{open}", {"n": 2}),
    ("PUT", "/classes/Open/{hidden}", {"n": 2}),
    ("PUT", "/classes/Nowhere/nowhere123", {"n": 2}),
    ("PUT", "/users/{ada}", {"n": 1}),
    ("GET", "/aggregate/Open", None),
    ("POST", "/functions/nowhere", {}),
    ("POST", "/loginAs", {"userId": "somebody12"}),
    ("GET", "/users/me", None),
    ("GET", "/sessions/me", None),
    ("DELETE", "/files/a.txt", None),
    ("POST", "/files/a b|c.txt", None),
    ("DELETE", "/classes/Nowhere/nowhere123", None),
    ("DELETE", "/classes/Open/{hidden}", None),
    ("DELETE", "/users/{ada}", None),
]


def outcome(found: Explanation) -> tuple[int, Any]:
    """Status and code that are to be expected: 200 stands for every success."""
    error = found.trail.refusal
    return (200, None) if error is None else (error.http_status, error.body(sanitized=True).get("code"))


def outcome_of(answer: Answer) -> tuple[int, Any]:
    """Status and code of an answer, in the same words."""
    return (200, None) if answer.status < 300 else (answer.status, answer.body.get("code"))


@pytest.mark.parametrize("name", ["nobody", "ada", "bob"])
async def test_what_is_explained_is_what_is_answered(door: Door, name: str) -> None:
    ada, bob = await door.sign_up("ada"), await door.sign_up("bob")
    session = {"ada": ada.token, "bob": bob.token}.get(name)
    await door.make_class("Open", OPEN, n="Number")
    await door.make_class("Closed", {**OPEN, "find": {}, "get": {}, "create": {"role:editors": True}})
    await door.make_class("Strict", {**OPEN, "addField": {}}, title={"type": "String", "required": True})
    names = {
        "ada": ada.id,
        "open": await door.create("Open", {"n": 1}),
        "hidden": await door.create("Open", {"n": 1, "ACL": {ada.id: {"read": True, "write": True}}}),
        "closed": await door.create("Closed", {}, master=True),
    }
    caller = await caller_of(door.house, Who(session=session))
    cases = [(method, path.format(**names), body) for method, path, body in CASES]

    expected = [outcome(await explained(door, method, path, body, caller=caller)) for method, path, body in cases]
    answered = [outcome_of(await door.send(method, path, body, token=session)) for method, path, body in cases]

    assert list(zip(cases, expected, strict=True)) == list(zip(cases, answered, strict=True))


def commands() -> Iterator[tuple[str, str]]:
    """A request for every route of the table."""
    for first, length in _ROUTES:
        seconds = {"hooks": ["functions", "triggers"], "cloud_code": ["jobs"]}.get(first, ["x"])
        for second in seconds:
            path = "/" + "/".join([first, second, "data" if first == "cloud_code" else "x", "beforeSave"][:length])
            yield from ((method, path) for method in ("GET", "POST", "PUT", "DELETE"))


def is_read(method: str, path: str) -> bool:
    """Whether there is such a route."""
    try:
        decode(RestRequest(method, path, body={}))
    except RouteUnknown:
        return False
    except ParseError:
        return False
    return True


async def test_the_table_of_commands_for_the_master_key_is_what_the_verbs_say(door: Door) -> None:
    routes = [route for route in commands() if is_read(*route)]

    answers = {route: (await door.send(*route, {})).plain for route in routes}

    refused = {route for route, plain in answers.items() if plain == (403, {"error": "Permission denied"})}
    assert refused == {
        route for route in routes if isinstance(decode(RestRequest(*route, body={})), FOR_THE_MASTER_KEY)
    }


class TestWhoIsMeant:
    async def test_a_user_by_name_or_id(self, door: Door, ada: User) -> None:
        await door.make_role("editors", ada)

        by_name, by_id = await user(door, "ada"), await user(door, ada.id)

        assert str(by_name) == str(by_id) == "ada (roles: editors)"

    async def test_a_session(self, door: Door, ada: User) -> None:
        assert str(await caller_of(door.house, Who(session=ada.token))) == "ada"

    @pytest.mark.parametrize(
        ("who", "text"),
        [
            (Who(user="eve"), "there is no user eve"),
            (Who(session="r:nothing"), "no session that goes on has this token"),
        ],
    )
    async def test_what_is_not_there_is_told(self, door: Door, who: Who, text: str) -> None:
        with pytest.raises(UnknownCaller, match=text):
            await caller_of(door.house, who)


async def test_a_route_that_no_list_names_is_told(tmp_path: Path) -> None:
    async with open_door(tmp_path, routeAllowList=["classes/.*"]) as door:
        nobody = await explained(door, "GET", "/config")
        master = await explained(door, "GET", "/config", caller=MASTER)

    assert (steps(nobody), steps(master)) == ([("denies", "routeAllowList")], [])
