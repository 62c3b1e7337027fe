"""A command → the REST request that asks for it: the inverse of ``parsonage.commands.rest``.

What a read asks for stands in the body as plain JSON, as in a batch; a door may put it into a query
string instead.

Rules: reference/rest-core.md, sections 1, 7 and 9; reference/query.md, section 1;
reference/users-sessions.md, sections 2 to 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from parsonage.commands import Command
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.batch import Batch
from parsonage.commands.cloud import (
    CallFunction,
    CreateSchedule,
    DeleteSchedule,
    GetJobs,
    ListSchedules,
    StartJob,
    UpdateSchedule,
)
from parsonage.commands.events import ReadLog, TrackEvent
from parsonage.commands.hooks import (
    CreateHook,
    DeleteHook,
    FunctionHook,
    GetHook,
    HookName,
    ListHooks,
    TriggerHook,
    UpdateHook,
)
from parsonage.commands.objects import Create, Delete, Find, Get, NewObject, Projection, Update
from parsonage.commands.push import SendPush
from parsonage.commands.rest import RestRequest
from parsonage.commands.schemas import CreateSchema, DeleteSchema, GetSchema, ListSchemas, Purge, UpdateSchema
from parsonage.commands.settings import GetConfig, GetSecurityReport, GetServerInfo, SetConfig
from parsonage.commands.users import (
    Challenge,
    GetMe,
    GetMySession,
    LogIn,
    LogInAs,
    LogOut,
    RequestEmailVerification,
    RequestPasswordReset,
    UpgradeSession,
    VerifyPassword,
)
from parsonage.protocol.errors import ParseError
from parsonage.protocol.field_operations import to_json
from parsonage.query.write import write_order, write_where


def rest_request(command: Command, mount: str = "") -> RestRequest:
    """The request for a command: ``decode`` reads the same command out of it.

    ``mount`` is the path of the API (``/parse``), which stands in the paths of a batch's items.

    Raises ValueError for a query that clients have no words for, and ParseError where a batch holds one.
    """
    match command:
        case Find():
            return RestRequest("GET", _class_path(command.query.class_name), body=_find_parameters(command))
        case Get(class_name, object_id, projection):
            return RestRequest("GET", _class_path(class_name, object_id), body=_get_parameters(projection))
        case Create(class_name, body):
            return RestRequest("POST", _class_path(class_name), body=object_body(body))
        case Update(class_name, object_id, body):
            return RestRequest("PUT", _class_path(class_name, object_id), body=object_body(body))
        case Delete(class_name, object_id):
            return RestRequest("DELETE", _class_path(class_name, object_id))
        case CallFunction(name, params):
            return RestRequest("POST", f"/functions/{_part(name)}", body=dict(params))
        case StartJob(name, params):
            return RestRequest("POST", f"/jobs/{_part(name)}", body=dict(params))
        case OnAudiences(inner):
            inside = rest_request(inner)
            path = inside.path.replace("/classes/_Audience", "/push_audiences", 1)
            return RestRequest(inside.method, path, body=inside.body)
        case TrackEvent(name, parameters):
            return RestRequest("POST", f"/events/{_part(name)}", body=dict(parameters))
        case ReadLog(level, since, until, size, order):
            asked = {"level": level, "from": since, "until": until, "size": size, "order": order}
            return RestRequest("GET", "/scriptlog", body=_given(**asked))
        case CreateSchedule(body):
            return RestRequest("POST", "/cloud_code/jobs", body=body)
        case UpdateSchedule(object_id, body):
            return RestRequest("PUT", f"/cloud_code/jobs/{_part(object_id)}", body=body)
        case DeleteSchedule(object_id):
            return RestRequest("DELETE", f"/cloud_code/jobs/{_part(object_id)}")
        case Batch(items, transaction):
            json: dict[str, Any] = {"requests": [_batch_item(item, mount) for item in items]}
            return RestRequest("POST", "/batch", body={**json, "transaction": True} if transaction else json)
        case LogIn(username, email, password, auth_data):
            body = _given(username=username, email=email, password=password, authData=auth_data)
            return RestRequest("POST", "/login", body=body)
        case VerifyPassword(username, email, password):
            body = _given(username=username, email=email, password=password)
            return RestRequest("POST", "/verifyPassword", body=body)
        case Challenge(username, email, password, auth_data, challenge_data):
            body = _given(username=username, email=email, password=password, authData=auth_data)
            return RestRequest("POST", "/challenge", body={**body, "challengeData": challenge_data})
        case LogInAs(user_id):
            return RestRequest("POST", "/loginAs", body={"userId": user_id})
        case SetConfig(params, master_key_only):
            return RestRequest("PUT", "/config", body=_given(params=params, masterKeyOnly=master_key_only))
        case SendPush(push):
            return RestRequest("POST", "/push", body=push)
        case CreateSchema(None, body):
            return RestRequest("POST", "/schemas", body=body)
        case CreateSchema(str() as class_name, body):
            return RestRequest("POST", f"/schemas/{_part(class_name)}", body=body)
        case UpdateSchema(class_name, body):
            return RestRequest("PUT", f"/schemas/{_part(class_name)}", body=body)
        case GetSchema(class_name):
            return RestRequest("GET", f"/schemas/{_part(class_name)}")
        case DeleteSchema(class_name):
            return RestRequest("DELETE", f"/schemas/{_part(class_name)}")
        case Purge(class_name):
            return RestRequest("DELETE", f"/purge/{_part(class_name)}")
        case ListHooks(of_triggers):
            return RestRequest("GET", "/hooks/triggers" if of_triggers else "/hooks/functions")
        case GetHook(hook):
            return RestRequest("GET", _hook_path(hook))
        case CreateHook(declaration):
            is_function = isinstance(declaration, dict) and "functionName" in declaration
            return RestRequest("POST", "/hooks/functions" if is_function else "/hooks/triggers", body=declaration)
        case UpdateHook(hook, url):
            return RestRequest("PUT", _hook_path(hook), body={"url": url})
        case DeleteHook(hook):
            return RestRequest("PUT", _hook_path(hook), body={"__op": "Delete"})
    return _WITHOUT_PARTS[type(command)]


_WITHOUT_PARTS: Mapping[type[Any], RestRequest] = {
    LogOut: RestRequest("POST", "/logout", body={}),
    GetMe: RestRequest("GET", "/users/me"),
    GetMySession: RestRequest("GET", "/sessions/me"),
    UpgradeSession: RestRequest("POST", "/upgradeToRevocableSession", body={}),
    RequestPasswordReset: RestRequest("POST", "/requestPasswordReset", body={}),
    RequestEmailVerification: RestRequest("POST", "/verificationEmailRequest", body={}),
    GetConfig: RestRequest("GET", "/config"),
    GetServerInfo: RestRequest("GET", "/serverInfo"),
    GetSecurityReport: RestRequest("GET", "/security"),
    ListSchemas: RestRequest("GET", "/schemas"),
    ListSchedules: RestRequest("GET", "/cloud_code/jobs"),
    GetJobs: RestRequest("GET", "/cloud_code/jobs/data"),
}


def object_body(new: NewObject) -> dict[str, Any]:
    """The body of a create or an update."""
    body: dict[str, Any] = {**new.raw, **{key: to_json(operation) for key, operation in new.operations.items()}}
    if new.acl is not None:
        body["ACL"] = new.acl.to_json()
    if new.auth_data is not None:
        body["authData"] = new.auth_data
    return body


def _class_path(class_name: str, object_id: str | None = None) -> str:
    path = f"/classes/{_part(class_name)}"
    return path if object_id is None else f"{path}/{_part(object_id)}"


def _hook_path(hook: HookName) -> str:
    match hook:
        case FunctionHook(name):
            return f"/hooks/functions/{_part(name)}"
        case TriggerHook(class_name, trigger):
            return f"/hooks/triggers/{_part(class_name)}/{_part(trigger)}"


def _part(name: str) -> str:
    return quote(name, safe="")


def _find_parameters(find: Find) -> dict[str, Any]:
    query = find.query
    return _given(
        where=write_where(query.where) or None,
        order=write_order(query.order) or None,
        skip=query.skip or None,
        limit=query.limit,
        **_projection_parameters(find.projection),
        includeAll=find.projection.include_all or None,
        count=1 if find.count else None,
        explain=find.explain or None,
        redirectClassNameForKey=find.redirect_key,
    )


def _get_parameters(projection: Projection) -> dict[str, Any]:
    # A get knows no includeAll (reference/rest-core.md, section 9.4); the star is its word for it.
    include = (*projection.include, "*") if projection.include_all else projection.include
    return _projection_parameters(msgspec.structs.replace(projection, include=include))


def _projection_parameters(projection: Projection) -> dict[str, Any]:
    return _given(
        keys=None if projection.keys is None else ",".join(projection.keys),
        excludeKeys=",".join(projection.exclude_keys) or None,
        include=",".join(projection.include) or None,
    )


def _batch_item(command: Any, mount: str) -> dict[str, Any]:
    if isinstance(command, ParseError):
        raise command
    request = rest_request(command)
    item = {"method": request.method, "path": mount + request.path}
    return {**item, "body": request.body} if request.body else item


def _given(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part is not None}
