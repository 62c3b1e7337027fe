"""Why a request was refused, in words: for the log and the answers of a server in development.

It looks at the object with the server's own eyes, after the refusal; nothing of it is on the way of a
request that succeeds, and nothing of it is told in production.
"""

from __future__ import annotations

import logging

from parsonage.commands import Command
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Create, Delete, Find, Get, Update
from parsonage.operations.house import House
from parsonage.policies.class_access import class_access
from parsonage.protocol.acl import ACL, EVERYONE, ROLE_PREFIX
from parsonage.protocol.errors import ErrorCode, ParseError
from parsonage.query.model import HasId, Query
from parsonage.query.typed import typed
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema

log = logging.getLogger("parsonage.refusals")

_EXPLAINED = frozenset({ErrorCode.OBJECT_NOT_FOUND, ErrorCode.OPERATION_FORBIDDEN, ErrorCode.SESSION_MISSING})


async def explain_refusal(house: House, caller: Caller, command: Command, error: ParseError) -> None:
    """Give the error its ``explanation`` and write it to the log."""
    explanation: str | None = None
    if error.code in _EXPLAINED and isinstance(command, (Get, Find, Create, Update, Delete)):
        caller = await house.callers.with_roles(caller)
        try:
            explanation = await _explanation(house, caller, command)
        except ParseError as failure:
            log.debug("no explanation: %s", failure)
    error.explanation = explanation or error.detail
    log.info("%s %s · %s: %s", error.http_status, int(error.code), type(command).__name__, error.explanation)


async def _explanation(house: House, caller: Caller, command: Get | Find | Create | Update | Delete) -> str | None:
    operation = {
        Get: Operation.GET,
        Find: Operation.FIND,
        Create: Operation.CREATE,
        Update: Operation.UPDATE,
        Delete: Operation.DELETE,
    }[type(command)]
    class_name = command.query.class_name if isinstance(command, Find) else command.class_name
    schema = await house.schemas.get(class_name)
    if schema is None:
        return f"there is no class {class_name}"
    access = class_access(schema, operation, caller)
    if access.error is not None:
        return access.because
    if isinstance(command, (Find, Create)):
        return None
    return await _about_object(house, caller, schema, command.object_id, operation, access.user_fields)


async def _told(house: House, names: frozenset[str]) -> list[str]:
    """The names of an ACL as a reader knows them: users by their user names, everyone and roles as they stand."""
    ids = tuple(name for name in names if name != EVERYONE and not name.startswith(ROLE_PREFIX))
    schema = await house.schemas.get("_User")
    usernames: dict[str, str] = {}
    if ids and schema is not None:
        found = await house.storage.find(schema, Query("_User", HasId(ids)), fields=("username",))
        usernames = {row["objectId"]: row.get("username", row["objectId"]) for row in found.wire()}
    return sorted("everyone" if name == EVERYONE else usernames.get(name, name) for name in names)


async def _about_object(
    house: House,
    caller: Caller,
    schema: ClassSchema,
    object_id: str,
    operation: Operation,
    user_fields: tuple[str, ...],
) -> str:
    found = await house.storage.find(schema, typed(Query(schema.name, HasId((object_id,)), limit=1), schema))
    row = next(iter(found.wire()), None)
    what = f"{schema.name} {object_id}"
    if row is None:
        return f"{what}: there is no such object"
    verb = "read" if operation is Operation.GET else "written"
    if "ACL" in row:
        acl = ACL.from_json(row["ACL"])
        names = acl.readers if operation is Operation.GET else acl.writers
        if names.isdisjoint(caller.names):
            who = ", ".join(await _told(house, names)) or "nobody but the master key"
            return f"{what}: its ACL lets it be {verb} by {who}; the caller is {caller}"
    if user_fields:
        return (
            f"{what}: {operation.value} on {schema.name} is for the users in {', '.join(user_fields)};"
            f" the caller is {caller}"
        )
    return f"{what}: refused to {caller}"
