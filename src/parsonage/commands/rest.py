"""The table of REST requests: method, path and body → command; and a verb's result → status and body.

Pure data: nothing here knows a web server. HTTP, batches and every other door that speaks REST decode
with it.

Rules: reference/rest-core.md, sections 1, 3.3, 5, 7 and 9.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import msgspec
import orjson

from parsonage.commands import Command
from parsonage.commands.aggregates import Aggregate
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.batch import Batch
from parsonage.commands.cloud import (
    CallFunction,
    CreateSchedule,
    DeleteSchedule,
    FunctionResult,
    GetJobs,
    ListSchedules,
    StartJob,
    UpdateSchedule,
)
from parsonage.commands.events import ReadLog, TrackEvent
from parsonage.commands.files import StoreFile
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
from parsonage.commands.objects import Create, Created, Delete, Find, Get, NewObject, Plain, Projection, Update
from parsonage.commands.push import SendPush
from parsonage.commands.schemas import (
    CreateSchema,
    DeleteSchema,
    GetSchema,
    ListSchemas,
    Purge,
    UpdateSchema,
)
from parsonage.commands.settings import GetConfig, GetSecurityReport, GetServerInfo, SetConfig
from parsonage.commands.single import SingleCommand
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
from parsonage.options.model import Complexity
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import InvalidJSON, InvalidQuery, MalformedPath, ParseError, RouteUnknown, Unauthorized
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.javascript import is_truthy, javascript_text
from parsonage.query.limits import DEEPEST_QUERY, check_include, logical_depth, too_deep
from parsonage.query.model import Query
from parsonage.query.read import read_keys, read_number, read_order, read_where

Result: TypeAlias = Created | Plain | FunctionResult
"""What a verb answers."""

_PRIVATE_KEYS_OF_MASTER = frozenset(
    {
        "_email_verify_token",
        "_perishable_token",
        "_tombstone",
        "_email_verify_token_expires_at",
        "_failed_login_count",
        "_account_lockout_expires_at",
        "_password_changed_at",
        "_password_history",
        "_perishable_token_expires_at",
        "_session_token",
    }
)


class RestRequest(msgspec.Struct, frozen=True):
    """A REST request as every door has it: the path without the mount, the method after ``_method``."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Any = None
    batch_prefixes: Sequence[str] = ("",)
    """What the path of a batch's item must begin with."""

    @property
    def fields(self) -> dict[str, Any]:
        """The body as a map; a list counts as one with the keys 0, 1 and so on."""
        if isinstance(self.body, dict):
            return self.body
        if isinstance(self.body, list):
            return {str(index): item for index, item in enumerate(self.body)}
        return {}

    def parameters(self) -> dict[str, Any]:
        """What a read asks for: the body's keys, with the query string's laid over them."""
        merged = dict(self.fields)
        for key, text in self.query.items():
            merged[key] = _json_or_text(text)
        return merged


_URL_ALPHABET = str.maketrans("-_", "+/")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")


_BEGINS_AS_JSON = re.compile(r'[\s{\["\-0-9]|true|false|null')


def _json_or_text(text: str) -> Any:
    """Every value of a query string is tried as JSON first, else taken as text."""
    if _BEGINS_AS_JSON.match(text) is None:
        return text  # as the names of fields nearly always: a try costs an exception, with line and column worked out
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def decode(request: RestRequest) -> Command:
    """The command that a request asks for.

    Raises RouteUnknown (404) where there is no such route, and a ParseError for parts that make no sense.
    """
    segments = split_path(request.path)
    if segments and segments[0].lower() == "batch" and len(segments) == 1 and request.method == "POST":
        return _batch(request)
    if len(segments) == 2 and segments[0].lower() == "files" and request.method == "POST":
        return read_file_form(segments[1], request.body)
    return _single(request, segments, _reader(segments))


def read_file_form(name: str, body: Any) -> StoreFile:
    """A file as the SDKs for JavaScript send it: as JSON, its content in base64. Raises Unauthorized (403)."""
    if not isinstance(body, dict) or not isinstance(body.get("base64"), str):
        raise Unauthorized
    content_type, beside = body.get("_ContentType"), body.get("fileData")
    extras = beside if isinstance(beside, dict) else {}
    return StoreFile(
        name,
        _from_base64(body["base64"]),
        content_type if isinstance(content_type, str) else None,
        metadata=extras.get("metadata", {}),
        tags=extras.get("tags", {}),
        directory=extras.get("directory", msgspec.UNSET),
    )


def _from_base64(text: str) -> bytes:
    """Read as leniently as Node does: either alphabet, with or without an end mark, other characters left out."""
    kept = _NOT_BASE64.sub("", text.partition("=")[0].translate(_URL_ALPHABET))
    usable = len(kept) - (len(kept) % 4 == 1)
    return base64.b64decode(kept[:usable] + "=" * (-usable % 4))


def split_path(path: str) -> list[str]:
    """The parts of a path, decoded; one extra slash at either end is forgiven."""
    trimmed = path.removeprefix("/").removeprefix("/").removesuffix("/")
    return [_decoded(part) for part in trimmed.split("/")] if trimmed else []


_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


def _decoded(part: str) -> str:
    if "%" not in part:
        return part
    try:
        if _BAD_ESCAPE.search(part) is None:
            return unquote(part, errors="strict")
    except UnicodeDecodeError:
        pass
    raise MalformedPath(f"Failed to decode param '{part}'")


_Read: TypeAlias = Callable[[RestRequest, Sequence[str], str], SingleCommand | None]


def _reader(segments: Sequence[str]) -> _Read | None:
    """What reads the requests to a path; ``None`` where it leads nowhere."""
    return _ROUTES.get((segments[0].lower(), len(segments))) if segments and "" not in segments else None


def _single(request: RestRequest, segments: Sequence[str], read: _Read | None) -> SingleCommand:
    if read is not None:
        command = read(request, segments, "GET" if request.method == "HEAD" else request.method)
        if command is not None:
            return command
    raise RouteUnknown(f"Cannot {request.method} {request.path}")


_ALIASES = {"users": "_User", "roles": "_Role", "sessions": "_Session", "installations": "_Installation"}


def _class(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return _on_class(request, segments[1], method)


def _object(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return _on_object(request, segments[1], segments[2], method)


def _aliased_class(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return _on_class(request, _ALIASES[segments[0].lower()], method)


def _aliased_object(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    alias, object_id = segments[0].lower(), segments[1]
    if object_id.lower() == "me" and method == "GET":
        if alias == "users":
            return GetMe()
        if alias == "sessions":
            return GetMySession()
    return _on_object(request, _ALIASES[alias], object_id, method)


def _on_class(request: RestRequest, class_name: str, method: str) -> SingleCommand | None:
    if method == "GET":
        return read_find(class_name, request.parameters())
    if method == "POST":
        return Create(class_name, read_object(class_name, request.fields))
    return None


def _on_object(request: RestRequest, class_name: str, object_id: str, method: str) -> SingleCommand | None:
    match method:
        case "GET":
            return _read_get(class_name, object_id, request.parameters())
        case "PUT":
            return Update(class_name, object_id, read_object(class_name, request.fields))
        case "DELETE":
            return Delete(class_name, object_id)
    return None


_GET_KEYS = frozenset(
    {"keys", "include", "excludeKeys", "readPreference", "includeReadPreference", "subqueryReadPreference"}
)
FIND_KEYS = _GET_KEYS | {
    "where",
    "limit",
    "skip",
    "order",
    "includeAll",
    "count",
    "explain",
    "hint",
    "comment",
    "redirectClassNameForKey",
}
"""What a find may be asked with; anything else is refused."""


def read_find(class_name: str, parameters: Mapping[str, Any]) -> Find:
    """The parameters of a find, as JSON, → the command. Raises InvalidQuery (102), InvalidJSON (107), 105."""
    for key in parameters:
        if key not in FIND_KEYS:
            raise InvalidQuery(f"Invalid parameter for query: {key}")
    where = parameters.get("where", {})
    if isinstance(where, str):
        try:
            where = orjson.loads(where)
        except orjson.JSONDecodeError as error:
            if error.msg.startswith("depth limit"):
                raise too_deep(DEEPEST_QUERY) from None
            raise InvalidJSON("where parameter is not valid JSON") from None
    depth = logical_depth(where)
    query = Query(
        class_name,
        read_where(where, private_keys=_PRIVATE_KEYS_OF_MASTER),
        order=read_order(parameters["order"]) if is_truthy(parameters.get("order")) else (),
        skip=read_number(parameters["skip"], "skip") if is_truthy(parameters.get("skip")) else 0,
        limit=_read_limit(parameters.get("limit")),
    )
    redirect = parameters.get("redirectClassNameForKey")
    return Find(
        query,
        _projection(parameters),
        count=is_truthy(parameters.get("count")),
        explain=is_truthy(parameters.get("explain")),
        depth=depth,
        redirect_key=javascript_text(redirect) if is_truthy(redirect) else None,
    )


def _read_limit(given: Any) -> int | None:
    is_zero = given == 0 and given is not False
    return read_number(given, "limit") if is_zero or is_truthy(given) else None


def _read_get(class_name: str, object_id: str, parameters: Mapping[str, Any]) -> Get:
    for key in parameters:
        if key not in _GET_KEYS:
            raise InvalidQuery("Improper encode of parameter")
    return Get(class_name, object_id, _projection(parameters)) if parameters else Get(class_name, object_id)


DEEPEST_INCLUDE = 100
MOST_INCLUDES = 1000
"""Inner limits on paths: each is looked for in every row, and the parents of a path are paths as well."""


def _projection(parameters: Mapping[str, Any]) -> Projection:
    return Projection(
        keys=_paths(parameters, "keys") if parameters.get("keys") is not None else None,
        exclude_keys=_paths(parameters, "excludeKeys") if parameters.get("excludeKeys") is not None else (),
        include=_paths(parameters, "include") if parameters.get("include") is not None else (),
        include_all=is_truthy(parameters.get("includeAll")),
    )


def _paths(parameters: Mapping[str, Any], name: str) -> tuple[str, ...]:
    paths = read_keys(parameters[name])
    # A key without a dot includes nothing.
    includes = paths if name == "include" else [path for path in paths if "." in path]
    check_include(includes, Complexity(include_depth=DEEPEST_INCLUDE, include_count=MOST_INCLUDES))
    return paths


_NOT_FIELDS = frozenset({"objectId", "createdAt", "updatedAt"})
_SPECIAL = _NOT_FIELDS | {"ACL", "authData"}
"""Keys of a body that are no plain field in every class."""


def read_object(class_name: str, body: Mapping[str, Any]) -> NewObject:
    """The body of a create or update → what it says of the object. Raises what its values raise."""
    operations: dict[str, Operation] = {}
    raw: dict[str, Any] = {}
    acl: ACL | None = None
    auth_data: Any = None
    for key, json in body.items():
        if key not in _SPECIAL:
            operations[key] = op.read(json)
        elif key == "ACL" and class_name == "_Session":
            raw[key] = json  # it may have none, whatever it says
        elif key == "ACL":
            acl = ACL.from_json(json) if is_truthy(json) else None
        elif key in _NOT_FIELDS:
            raw[key] = json
        elif key == "authData" and class_name == "_User":
            auth_data = raw[key] = json
        else:
            operations[key] = op.read(json)
    return NewObject(operations, acl, auth_data, raw)


def _aggregate(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return Aggregate(segments[1], request.parameters()) if method == "GET" else None


def _function(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    # Query values win over the body and stay text (reference/cloud-code.md, section 1.1).
    return CallFunction(segments[1], {**request.fields, **request.query}) if method == "POST" else None


def _job(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method != "POST":
        return None
    params = {**request.fields, **request.query}
    if len(segments) == 2:
        return StartJob(segments[1], params)
    name = params.pop("jobName", None)
    return StartJob(name if isinstance(name, str) else "", params)


def _audiences(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    command = _on_class(request, "_Audience", method)
    return OnAudiences(command) if isinstance(command, (Find, Create)) else None


def _audience(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    command = _on_object(request, "_Audience", segments[1], method)
    return OnAudiences(command) if isinstance(command, (Get, Update, Delete)) else None


def _push(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return SendPush(request.fields) if method == "POST" else None


def _event(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return TrackEvent(segments[1], request.fields) if method == "POST" else None


def _log(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method != "GET":
        return None
    asked = request.parameters()
    size = asked.get("n") or asked.get("size")
    return ReadLog(asked.get("level"), asked.get("from"), asked.get("until"), size, asked.get("order"))


def _cloud_code(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if segments[1] != "jobs":
        return None
    if len(segments) == 2:
        if method == "GET":
            return ListSchedules()
        return CreateSchedule(request.fields) if method == "POST" else None
    match method:
        case "GET":
            return GetJobs() if segments[2] == "data" else None
        case "PUT":
            return UpdateSchedule(segments[2], request.fields)
        case "DELETE":
            return DeleteSchedule(segments[2])
    return None


def _log_in(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method not in ("GET", "POST"):
        return None
    given: Mapping[str, Any] = request.fields
    if any(not is_truthy(given.get(name)) and request.query.get(name) for name in ("username", "email")):
        given = request.query  # all of it: a password in the body counts no more
    named = given.get("username"), given.get("email"), given.get("password")
    # Only a body can hold a map.
    return LogIn(*named, request.fields.get("authData")) if segments[0].lower() == "login" else VerifyPassword(*named)


def _challenge(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method != "POST":
        return None
    given = request.fields
    return Challenge(*(given.get(name) for name in ("username", "email", "password", "authData", "challengeData")))


def _log_in_as(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return LogInAs({**request.query, **request.fields}.get("userId")) if method == "POST" else None


def _post_only(command: SingleCommand) -> _Read:
    def read(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
        return command if method == "POST" else None

    return read


def _schemas(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method == "GET":
        return ListSchemas()
    return CreateSchema(None, request.fields) if method == "POST" else None


def _schema(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    match method:
        case "GET":
            return GetSchema(segments[1])
        case "POST":
            return CreateSchema(segments[1], request.fields)
        case "PUT":
            return UpdateSchema(segments[1], request.fields)
        case "DELETE":
            return DeleteSchema(segments[1])
    return None


def _purge(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return Purge(segments[1]) if method == "DELETE" else None


def _config(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    if method == "GET":
        return GetConfig()
    return SetConfig(request.fields.get("params"), request.fields.get("masterKeyOnly")) if method == "PUT" else None


def _get_only(command: SingleCommand) -> _Read:
    def read(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
        return command if method == "GET" else None

    return read


def _hooks(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    place = segments[1].lower()
    if place not in ("functions", "triggers"):
        return None
    if method == "GET":
        return ListHooks(of_triggers=place == "triggers")
    return CreateHook(request.fields) if method == "POST" else None


def _function_hook(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    return _on_hook(request, FunctionHook(segments[2]), method) if segments[1].lower() == "functions" else None


def _trigger_hook(request: RestRequest, segments: Sequence[str], method: str) -> SingleCommand | None:
    hook = TriggerHook(segments[2], segments[3])
    return _on_hook(request, hook, method) if segments[1].lower() == "triggers" else None


def _on_hook(request: RestRequest, hook: HookName, method: str) -> SingleCommand | None:
    if method == "GET":
        return GetHook(hook)
    if method != "PUT":
        return None
    body = request.fields
    return DeleteHook(hook) if body.get("__op") == "Delete" else UpdateHook(hook, body.get("url"))


_ROUTES: dict[tuple[str, int], _Read] = {
    ("classes", 2): _class,
    ("classes", 3): _object,
    **{(alias, 1): _aliased_class for alias in _ALIASES},
    **{(alias, 2): _aliased_object for alias in _ALIASES},
    ("aggregate", 2): _aggregate,
    ("functions", 2): _function,
    ("jobs", 1): _job,
    ("jobs", 2): _job,
    ("push_audiences", 1): _audiences,
    ("push_audiences", 2): _audience,
    ("events", 2): _event,
    ("scriptlog", 1): _log,
    ("cloud_code", 2): _cloud_code,
    ("cloud_code", 3): _cloud_code,
    ("login", 1): _log_in,
    ("verifypassword", 1): _log_in,
    ("loginas", 1): _log_in_as,
    ("challenge", 1): _challenge,
    ("push", 1): _push,
    ("logout", 1): _post_only(LogOut()),
    ("upgradetorevocablesession", 1): _post_only(UpgradeSession()),
    ("requestpasswordreset", 1): _post_only(RequestPasswordReset()),
    ("verificationemailrequest", 1): _post_only(RequestEmailVerification()),
    ("schemas", 1): _schemas,
    ("schemas", 2): _schema,
    ("purge", 2): _purge,
    ("config", 1): _config,
    ("serverinfo", 1): _get_only(GetServerInfo()),
    ("security", 1): _get_only(GetSecurityReport()),
    ("hooks", 2): _hooks,
    ("hooks", 3): _function_hook,
    ("hooks", 4): _trigger_hook,
}


def _batch(request: RestRequest) -> Batch:
    """Every item is routed before any is carried out (PB002); one that can't be read answers for itself."""
    body = request.fields
    requests = body.get("requests")
    if not isinstance(requests, list):
        raise InvalidJSON("requests must be an array")
    place_of = _Places(request.batch_prefixes)
    items = tuple(_batch_item(item, place_of) for item in requests)
    return Batch(items, transaction=body.get("transaction") is True)


class _Place(msgspec.Struct, frozen=True):
    """Where the path of an item leads: without the mount, taken apart, and what its query string asks."""

    inner: str
    segments: Sequence[str]
    read: _Read | None
    asked: Mapping[str, Any]


class _Places(dict[str, _Place]):
    """The places of one batch's paths: most of its items have the same one."""

    def __init__(self, prefixes: Sequence[str]) -> None:
        super().__init__()
        self._prefixes = prefixes

    def __missing__(self, path: str) -> _Place:
        inner, query_text = inner_path(path, self._prefixes)
        segments = split_path(inner)
        if segments and segments[0].lower() == "batch":
            raise InvalidJSON("nested batch requests are not allowed")
        asked = {key: _json_or_text(text) for key, text in parse_qsl(query_text, keep_blank_values=True)}
        self[path] = place = _Place(inner, segments, _reader(segments), asked)
        return place


def _batch_item(item: Any, place_of: Mapping[str, _Place]) -> SingleCommand | ParseError:
    path = item.get("path") if isinstance(item, dict) else None
    if not isinstance(path, str):
        raise InvalidJSON("batch request path must be a string")
    method, place = item.get("method"), place_of[path]
    if method not in _BATCH_METHODS:
        raise InvalidJSON(f"cannot route {'undefined' if method is None else method} {place.inner}")
    # The path's query string is read, and the keys of the body win (PB003).
    body = item.get("body")
    if not isinstance(body, dict | list):
        body = dict(place.asked)
    elif place.asked and isinstance(body, dict):
        body = {**place.asked, **body}
    try:
        return _single(RestRequest(method, place.inner, body=body), place.segments, place.read)
    except RouteUnknown:
        raise InvalidJSON(f"cannot route {method} {place.inner}") from None
    except ParseError as error:
        return error


_BATCH_METHODS = ("GET", "POST", "PUT", "DELETE")


def inner_path(path: str, prefixes: Sequence[str]) -> tuple[str, str]:
    """The path of a batch's item without the mount, and its query string. Raises InvalidJSON (107)."""
    bare, _, query_text = path.partition("?")
    for prefix in prefixes:
        if bare.startswith(prefix + "/"):
            return bare.removeprefix(prefix), query_text
    raise InvalidJSON(f"cannot route batch path {path}")


def body_of(result: Result) -> Any:
    """The body of a verb's answer."""
    if isinstance(result, FunctionResult):
        return {"result": result.value} if result.has_value else {}
    return result.body


def location_of(result: Result, mount: str) -> str | None:
    """The ``Location`` of an answer that made an object; ids are not encoded in it, as on Parse Server."""
    if not isinstance(result, Created):
        return None
    if result.class_name == "_User":
        return f"{mount}/users/{result.object_id}"
    return f"{mount}/classes/{result.class_name}/{result.object_id}"
