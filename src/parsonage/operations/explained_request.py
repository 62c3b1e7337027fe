"""A REST request with whom it is sent as → its explanation.

What stands between the door and the verbs is asked here: the words of the request, and the list of allowed routes.
"""

from __future__ import annotations

import contextlib
from typing import Literal, TypeAlias

import msgspec

from parsonage.commands import Command
from parsonage.commands.batch import Batch
from parsonage.commands.caller import ANYBODY, MASTER, Caller, user_caller
from parsonage.commands.files import DeleteFile, FetchFile, GetFileMetadata, StoreFile
from parsonage.commands.rest import RestRequest, decode, split_path
from parsonage.commands.routes import plain_route
from parsonage.operations.explain import Explanation, explain
from parsonage.operations.house import House
from parsonage.operations.trail import Denied, Trail
from parsonage.policies.allowed_routes import AllowedRoutes
from parsonage.protocol.errors import InvalidSessionToken, ParseError
from parsonage.query.model import Equals, HasId, Query, any_of
from parsonage.query.typed import typed

Key: TypeAlias = Literal["master", "read-only", "maintenance"]


class Who(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom a request is sent as; nobody where nothing is said."""

    user: str | None = None
    """Id or user name."""
    session: str | None = None
    key: Key | None = None


class UnknownCaller(Exception):
    """There is no such user or session; the text says which."""


async def caller_of(house: House, who: Who) -> Caller:
    """The caller that ``who`` stands for. Raises UnknownCaller."""
    match who.key:
        case "master":
            return MASTER
        case "read-only":
            return msgspec.structs.replace(MASTER, is_read_only=True)
        case "maintenance":
            return Caller(is_maintenance=True)
    if who.session is not None:
        try:
            return (await house.callers.session(who.session, house.clock())).caller
        except InvalidSessionToken:
            raise UnknownCaller("no session that goes on has this token") from None
    return ANYBODY if who.user is None else await _user(house, who.user)


async def _user(house: House, name: str) -> Caller:
    schema = await house.schemas.get("_User")
    rows = []
    if schema is not None:
        query = Query("_User", any_of(HasId((name,)), Equals("username", name)), limit=2)
        rows = (await house.storage.find(schema, typed(query, schema))).wire()
    if not rows:
        raise UnknownCaller(f"there is no user {name}")
    user = next((row for row in rows if row.get("username") == name), rows[0])
    return user_caller(user["objectId"], user)


async def explain_request(house: House, caller: Caller, request: RestRequest) -> list[Explanation]:
    """What the rules say to a request; to each of its items, if it is a batch. Nothing is carried out."""
    trail = Trail(caller)
    with contextlib.suppress(Denied):
        with trail.asking("routeAllowList"):
            _check_route(house, caller, request)
        with trail.asking("request"):
            command = _command(request)
        if isinstance(command, Batch):
            return [await _item(house, caller, item) for item in command.items]
        return [await explain(house, caller, command)]
    return [Explanation(trail)]


def _check_route(house: House, caller: Caller, request: RestRequest) -> None:
    allowed = house.options.access.allowed_routes
    if allowed is not None and not caller.sees_everything:
        AllowedRoutes(allowed).check(request.method, plain_route(request.path))


def _command(request: RestRequest) -> Command:
    """What is asked for. A file travels as it is, so here its request names it and no more."""
    match request.method, split_path(request.path):
        case "POST", ["files", name]:
            return StoreFile(name, b"")
        case "GET", ["files", _, "metadata", *name] if name:
            return GetFileMetadata("/".join(name))
        case "GET", ["files", _, *name] if name:
            return FetchFile("/".join(name))
        case "DELETE", ["files", *name] if name:
            return DeleteFile("/".join(name))
    return decode(request)


async def _item(house: House, caller: Caller, item: Command | ParseError) -> Explanation:
    if not isinstance(item, ParseError):
        return await explain(house, caller, item)
    trail = Trail(caller)
    with contextlib.suppress(Denied):
        trail.deny("request", item)
    return Explanation(trail)
