"""Commands as REST requests: ``rest_request`` is the inverse of ``decode``."""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.commands import (
    Batch,
    CallFunction,
    Command,
    Create,
    CreateHook,
    CreateSchedule,
    CreateSchema,
    Delete,
    DeleteHook,
    DeleteSchedule,
    DeleteSchema,
    Find,
    Get,
    GetConfig,
    GetHook,
    GetJobs,
    GetMe,
    GetMySession,
    GetSchema,
    GetSecurityReport,
    GetServerInfo,
    ListHooks,
    ListSchedules,
    ListSchemas,
    LogIn,
    LogInAs,
    LogOut,
    OnAudiences,
    Purge,
    ReadLog,
    RequestEmailVerification,
    RequestPasswordReset,
    SetConfig,
    StartJob,
    TrackEvent,
    Update,
    UpdateHook,
    UpdateSchedule,
    UpdateSchema,
    UpgradeSession,
    VerifyPassword,
)
from parsonage.commands.hooks import FunctionHook, TriggerHook
from parsonage.commands.objects import NewObject, Projection
from parsonage.commands.push import SendPush
from parsonage.commands.rest import RestRequest, decode
from parsonage.commands.rest_client import rest_request
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import InvalidKeyName
from parsonage.protocol.field_operations import AddUnique, Increment, RelationChange, Set, Unset
from parsonage.protocol.values import Pointer
from parsonage.query.model import Compare, Comparison, Equals, Query, ReadableBy, Sort, all_of

NOTE = NewObject(
    {
        "text": Set("hi"),
        "author": Set(Pointer("_User", "u1")),
        "views": Increment(2),
        "tags": AddUnique(["a"]),
        "likes": RelationChange("_User", added=frozenset({"u1"}), removed=frozenset({"u2"})),
        "gone": Unset(),
    },
    ACL.only("u1", "role:editors"),
)

FIND = Find(
    Query(
        "Note",
        all_of(Equals("text", "hi"), Compare("views", Comparison.GREATER, 3)),
        order=(Sort("views", descending=True), Sort("text")),
        skip=2,
        limit=5,
    ),
    Projection(keys=("text", "author.name"), exclude_keys=("secret",), include=("author",), include_all=True),
    count=True,
    explain=True,
    redirect_key="likes",
)


@pytest.mark.parametrize(
    "command",
    [
        Find(Query("Note")),
        FIND,
        Get("Note", "n1"),
        Get("Note", "my id/1", Projection(keys=(), include=("author",))),
        Create("Note", NOTE),
        Create("_User", NewObject({"username": Set("ada"), "password": Set("secret")})),
        Update("Note", "n1", NOTE),
        Delete("Note", "n1"),
        CallFunction("average stars", {"movie": "Alien"}),
        StartJob("mark", {"days": 3}),
        OnAudiences(Find(Query("_Audience"))),
        OnAudiences(Get("_Audience", "a1")),
        OnAudiences(Create("_Audience", NewObject({"name": Set("all"), "query": Set("{}")}))),
        OnAudiences(Update("_Audience", "a1", NewObject({"name": Set("some")}))),
        OnAudiences(Delete("_Audience", "a1")),
        TrackEvent("AppOpened", {"dimensions": {"a": "b"}}),
        ReadLog("error", None, None, 5, "asc"),
        ListSchedules(),
        GetJobs(),
        CreateSchedule({"job_schedule": {"jobName": "mark"}}),
        UpdateSchedule("s1", {"job_schedule": {"repeatMinutes": 5}}),
        DeleteSchedule("s1"),
        LogIn("ada", None, "secret"),
        LogIn(None, "ada@example.com", "secret"),
        VerifyPassword("ada", None, "secret"),
        LogInAs("u1"),
        LogOut(),
        SendPush({"channels": ["news"], "data": {"alert": "hi"}}),
        RequestPasswordReset(),
        RequestEmailVerification(),
        GetSecurityReport(),
        GetMe(),
        GetMySession(),
        UpgradeSession(),
        GetConfig(),
        SetConfig({"open": True}, {"open": False}),
        GetServerInfo(),
        ListHooks(of_triggers=False),
        ListHooks(of_triggers=True),
        GetHook(FunctionHook("a/b")),
        CreateHook({"functionName": "f", "url": "http://h"}),
        CreateHook({"className": "Note", "triggerName": "beforeSave", "url": "http://h"}),
        UpdateHook(TriggerHook("Note", "beforeSave"), "http://h"),
        DeleteHook(FunctionHook("f")),
        ListSchemas(),
        GetSchema("Note"),
        CreateSchema("Note", {"fields": {}}),
        CreateSchema(None, {"className": "Note"}),
        UpdateSchema("Note", {"fields": {}}),
        DeleteSchema("Note"),
        Purge("Note"),
        Batch((Create("Note", NOTE), FIND, Delete("Note", "n1"), CallFunction("f"))),
        Batch((), transaction=True),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_command_is_read_back_from_its_request(command: Command) -> None:
    request = rest_request(command, "/parse")

    assert decode(prefixed(request)) == command


def prefixed(request: RestRequest) -> RestRequest:
    return RestRequest(request.method, request.path, body=request.body, batch_prefixes=("/parse",))


@pytest.mark.parametrize(
    ("command", "method", "path", "body"),
    [
        (Get("Note", "my id/1"), "GET", "/classes/Note/my%20id%2F1", {}),
        (Get("Note", "n1", Projection(include_all=True)), "GET", "/classes/Note/n1", {"include": "*"}),
        (Find(Query("Note", limit=0), count=True), "GET", "/classes/Note", {"limit": 0, "count": 1}),
        (LogIn("ada", None, "secret"), "POST", "/login", {"username": "ada", "password": "secret"}),
        (
            Batch((Delete("Note", "n1"),)),
            "POST",
            "/batch",
            {"requests": [{"method": "DELETE", "path": "/parse/classes/Note/n1"}]},
        ),
    ],
)
def test_a_request_is_as_small_as_the_sdks_make_it(
    command: Command, method: str, path: str, body: dict[str, Any]
) -> None:
    assert rest_request(command, "/parse") == RestRequest(method, path, body=body)


def test_what_clients_have_no_words_for_is_refused() -> None:
    with pytest.raises(ValueError, match="ReadableBy"):
        rest_request(Find(Query("Note", ReadableBy(frozenset({"*"})))))


def test_an_item_of_a_batch_that_could_not_be_read_is_not_sent() -> None:
    with pytest.raises(InvalidKeyName):
        rest_request(Batch((InvalidKeyName("Invalid key name: a b"),)))
