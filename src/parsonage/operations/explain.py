"""Explaining a request: which rules allow, narrow, hide or deny it, in the order in which the verbs ask them.

Nothing is carried out: no handler is called and nothing is written. What only a write can find out, such as a user
name that is taken, is not known here. The looks at the database are the server's own, so an explanation tells that an
object exists and whom it belongs to: it is for a developer and the master key, never for a stranger.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable

import msgspec

from parsonage.commands import Command
from parsonage.commands.aggregates import Aggregate, read_aggregate
from parsonage.commands.audiences import OnAudiences
from parsonage.commands.batch import Batch
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.cloud import CallFunction, StartJob
from parsonage.commands.files import DeleteFile, FetchFile, GetFileMetadata, StoreFile
from parsonage.commands.objects import Create, Delete, Find, Get, Projection, Update
from parsonage.commands.users import Challenge, GetMe, GetMySession, LogIn, LogInAs, VerifyPassword
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.handlers.validators import Validation
from parsonage.operations.find import class_to_read, effective_limit, read
from parsonage.operations.house import House
from parsonage.operations.include import include_paths
from parsonage.operations.internal_fields import whole_schema
from parsonage.operations.masters import FOR_THE_MASTER_KEY
from parsonage.operations.save import permitted_growth, started
from parsonage.operations.subqueries import carry_out_subqueries
from parsonage.operations.system_classes import behaviour_of
from parsonage.operations.trail import Asked, Denied, Trail
from parsonage.operations.triggers import trigger_for
from parsonage.policies.class_access import ClassAccess, class_access, refuse_closed_classes
from parsonage.policies.files import check_downloader, check_name, check_type, check_uploader
from parsonage.policies.hidden_fields import Hidden, groups_of, hidden_fields, refuse_hidden_keys
from parsonage.policies.object_access import default_acl, readable, writable
from parsonage.policies.reading import reading
from parsonage.protocol.acl import ACL, EVERYONE, ROLE_PREFIX
from parsonage.protocol.errors import (
    ErrorCode,
    FileNotSaved,
    IncorrectType,
    InvalidSessionToken,
    KeyFromElsewhere,
    NeedsMasterKey,
    ObjectNotFound,
    OperationForbidden,
    ParseError,
    Refused,
    ScriptFailed,
    SessionMissing,
    Unauthorized,
)
from parsonage.protocol.objects import ParseObject
from parsonage.query.limits import check_include, check_query, logical_depth
from parsonage.query.model import Equals, HasId, InSubquery, Query, all_of, only_id, walk
from parsonage.query.typed import typed, typed_condition
from parsonage.query.write import write_where
from parsonage.schema.check import complete
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema, FieldType

log = logging.getLogger("parsonage.refusals")

CLASS_PERMISSION = "class-level permission"
OBJECT_ACL = "ACL"
PROTECTED_FIELDS = "protected fields"
MASTER_ONLY = "master key only"

_NOT_A_MATTER_OF_RULES = frozenset({ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.CONNECTION_FAILED, ErrorCode.TIMEOUT})


class Explanation(msgspec.Struct, frozen=True):
    """What there is to be told of one request."""

    trail: Trail
    plans: tuple[Plan, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A statement and how the database goes about it."""

    what: str
    statement: str
    lines: tuple[str, ...]
    matching: int | None = None
    """For a find of many: how many objects match what was sent."""
    remaining: int | None = None
    """How many of them the rules let the caller see."""


async def explain(house: House, caller: Caller, command: Command) -> Explanation:
    """The trail of a request, and the plans of the statements that it leads to. Nothing is carried out."""
    trail = await judged(house, caller, command)
    return Explanation(trail, tuple([await _plan(house, asked) for asked in trail.asked]))


async def _plan(house: House, asked: Asked) -> Plan:
    statement, *lines = await house.storage.explain(asked.schema, asked.query)
    if asked.as_sent is None:
        return Plan(asked.what, statement, tuple(lines))
    matching = await house.storage.count(asked.schema, asked.as_sent)
    remaining = await house.storage.count(asked.schema, asked.query)
    return Plan(asked.what, statement, tuple(lines), matching, remaining)


async def judged(house: House, caller: Caller, command: Command) -> Trail:
    """The trail of a request."""
    trail = Trail(await house.callers.with_roles(caller))
    with contextlib.suppress(Denied):
        await _judge(house, trail, command)
    return trail


async def explain_refusal(house: House, caller: Caller, command: Command | ParseError, error: ParseError) -> None:
    """Give the error its ``explanation`` and write it to the log; for a server in development."""
    if error.explanation is None:
        error.explanation = await _why(house, caller, command, error) or error.detail
    _tell(error)


def explain_at_the_door(error: ParseError) -> None:
    """The same for a request that came to no verb: its keys, its session or its words were not in order."""
    if error.explanation is not None:
        return
    match error:
        case KeyFromElsewhere():
            error.explanation = "the key is right, and the option of its addresses does not let it come from this one"
        case Unauthorized():
            error.explanation = "the app id, or a client key that this server asks for, is missing or wrong"
        case InvalidSessionToken():
            error.explanation = f"{error.detail}: no session that goes on has the token that was sent"
        case _:
            error.explanation = error.detail
    _tell(error)


def _tell(error: ParseError) -> None:
    code = "" if isinstance(error, Refused) else f" {int(error.code)}"
    log.info("%d%s · %s", error.http_status, code, error.explanation)


async def _why(house: House, caller: Caller, command: Command | ParseError, error: ParseError) -> str | None:
    if isinstance(command, (ParseError, Batch)) or error.code in _NOT_A_MATTER_OF_RULES:
        return None
    try:
        trail = await judged(house, caller, command)
    except ParseError as failure:
        log.debug("no explanation: %s", failure)
        return None
    # A handler may have refused what no rule does, or with another code.
    same = trail.refusal is not None and trail.refusal.code == error.code
    return trail.denied_because() if same else None


async def _judge(house: House, trail: Trail, command: Command) -> None:
    if isinstance(command, FOR_THE_MASTER_KEY):
        _for_the_master_key(trail)
    match command:
        case OnAudiences(inner):
            await _judge(house, trail, inner)
        case Get(class_name, object_id, projection):
            query = Query(class_name, Equals("objectId", object_id), limit=1)
            await _read(house, trail, query, Operation.GET, projection)
        case Find():
            await _find(house, trail, command)
        case Create() | Update():
            await _save(house, trail, command)
        case Delete():
            await _delete(house, trail, command)
        case Aggregate():
            await _aggregate(house, trail, command)
        case CallFunction():
            await _function(house, trail, command)
        case StartJob():
            _job(house, trail, command)
        case StoreFile() | FetchFile() | GetFileMetadata() | DeleteFile():
            _file(house, trail, command)
        case LogIn() | VerifyPassword() | Challenge():
            trail.tell("log-in", "name and password decide, and were not tried")
        case LogInAs():
            if not trail.caller.is_master or trail.caller.is_read_only:
                trail.deny(MASTER_ONLY, OperationForbidden(detail="master key is required"))
        case GetMe() | GetMySession():
            if trail.caller.session_token is None and trail.caller.user_id is None:
                trail.deny("session", InvalidSessionToken(), f"it needs a session; the caller is {trail.caller}")


def _for_the_master_key(trail: Trail) -> None:
    if not trail.caller.is_master:
        trail.deny(MASTER_ONLY, NeedsMasterKey(), f"it is for the master key; the caller is {trail.caller}")
    trail.allow(MASTER_ONLY, f"it is for the master key; the caller is {trail.caller}")


# Reads


async def _find(house: House, trail: Trail, command: Find) -> None:
    if not trail.caller.sees_everything:
        with trail.asking("requestComplexity"):
            check_query(command.query.where, command.depth, house.options.complexity)
    operation = Operation.FIND if only_id(command.query.where) is None else Operation.GET
    query = msgspec.structs.replace(command.query, limit=effective_limit(house, command.query))
    await _read(house, trail, query, operation, command.projection)
    if command.count:
        _class_permission(trail, await _class(house, trail, command.query.class_name), Operation.COUNT)


async def _read(house: House, trail: Trail, query: Query, operation: Operation, projection: Projection) -> None:
    caller, class_name = trail.caller, query.class_name
    _closed_classes(trail, class_name, operation)
    with trail.asking("allowClientClassCreation"):
        found = await class_to_read(house, caller, class_name)
    behaviour, object_id = behaviour_of(class_name), only_id(query.where)
    if behaviour.narrow is not None and not caller.sees_everything:
        with trail.asking(class_name):
            query = behaviour.narrow(caller, query)
        trail.narrow(class_name, f"of {class_name} a caller sees its own only")
    if found is None:
        _no_class(trail, class_name, operation)
        return
    schema = found
    access = _class_permission(trail, schema, operation)
    exempt = house.options.access.protected_fields_owner_exempt
    judged = reading(schema, caller, operation, house.options.access.protected_fields, owner_exempt=exempt)
    if object_id is None or behaviour.narrow is not None:
        _questions(house, trail, schema, judged.hidden, query)
        query = await _without_subqueries(house, trail, query)
    fields = whole_schema(schema) if caller.sees_everything else schema
    asked = typed(query.also(*judged.conditions), fields)
    what = f"{operation.value} {class_name}"
    if object_id is None:
        trail.asked.append(Asked(what, schema, asked, typed(query, fields)))
        _acl_of_many(trail)
    else:
        trail.asked.append(Asked(what, schema, asked))
        await _object(house, trail, schema, object_id, access, "read")
        await _still_found(house, trail, schema, asked)
    _hidden(house, trail, schema, judged.hidden)
    await _includes(house, trail, schema, projection)
    for kind in (Kind.BEFORE_FIND, Kind.AFTER_FIND):
        _trigger(trail, trigger_for(house, kind, class_name, caller))


def _closed_classes(trail: Trail, class_name: str, operation: Operation) -> None:
    with trail.asking(MASTER_ONLY):
        refuse_closed_classes(class_name, operation, trail.caller)


def _no_class(trail: Trail, class_name: str, operation: Operation) -> None:
    because = f"there is no class {class_name}"
    if operation is Operation.FIND:
        trail.tell("class", f"{because}: nothing is found")
    else:
        trail.deny("class", ObjectNotFound(), because)


async def _class(house: House, trail: Trail, class_name: str) -> ClassSchema:
    schema = await house.schemas.get(class_name)
    if schema is None:
        raise Denied
    return schema


def _class_permission(
    trail: Trail, schema: ClassSchema, operation: Operation, *, creating: bool = False
) -> ClassAccess:
    access = class_access(schema, operation, trail.caller, creating=creating)
    if access.error is not None:
        trail.deny(CLASS_PERMISSION, access.error, access.because)
    if access.user_fields:
        trail.narrow(CLASS_PERMISSION, access.because)
    else:
        trail.allow(CLASS_PERMISSION, access.because)
    return access


def _questions(house: House, trail: Trail, schema: ClassSchema, hidden: Hidden, query: Query) -> None:
    try:
        refuse_hidden_keys(schema, hidden, query.where, query.order, trail.caller)
    except OperationForbidden as error:
        groups = groups_of(schema, trail.caller, house.options.access.protected_fields)
        trail.deny(PROTECTED_FIELDS, error, f"{error.detail}: it is hidden from {_listed(groups)}")
    except ParseError as error:
        trail.deny(PROTECTED_FIELDS, error)


async def _without_subqueries(house: House, trail: Trail, query: Query) -> Query:
    """The query with what its sub-queries find; each of them is a read under the rules of its own class."""
    for part in walk(query.where):
        if isinstance(part, InSubquery):
            inner = part.query
            trail.tell(
                "sub-query", f"{part.key} is looked for among what {trail.caller} may find of {inner.class_name}"
            )
            found = await judged(house, trail.caller, Find(inner, depth=logical_depth(write_where(inner.where))))
            trail.steps.extend(found.steps)
            trail.asked.extend(found.asked)
            if found.refusal is not None:
                trail.refusal = found.refusal
                raise Denied
    with trail.asking("sub-query"):
        return await carry_out_subqueries(house, Call(), trail.caller, query, read, read)


def _acl_of_many(trail: Trail) -> None:
    if readable(trail.caller) is None:
        trail.allow(OBJECT_ACL, f"{trail.caller} passes ACLs")
    else:
        names = _listed(_known_by_name(trail.caller))
        trail.narrow(OBJECT_ACL, f"only objects without an ACL, or whose ACL lets them be read by one of: {names}")


def _known_by_name(caller: Caller) -> set[str]:
    """The names under which the caller can stand in an ACL, its id as its user name."""
    username = str((caller.user or {}).get("username", caller.user_id))
    return {username if name == caller.user_id else name for name in caller.names}


async def _still_found(house: House, trail: Trail, schema: ClassSchema, asked: Query) -> None:
    """Deny an object that is there, and that the class itself keeps from the caller."""
    if not len(await house.storage.find(schema, asked, fields=())):
        trail.deny("object", ObjectNotFound(), f"it is kept from {trail.caller}")


async def _object(
    house: House, trail: Trail, schema: ClassSchema, object_id: str, access: ClassAccess, verb: str
) -> None:
    """Whether one object is there, and who its ACL and the fields of a pointer permission let through."""
    what, caller = f"{schema.name} {object_id}", trail.caller
    behaviour = behaviour_of(schema.name)
    missing: ParseError = ObjectNotFound(behaviour.missing_on_delete)
    if verb == "written" and behaviour.missing is not None:
        missing = behaviour.missing(caller) or missing
    found = await house.storage.find(schema, typed(Query(schema.name, HasId((object_id,)), limit=1), schema))
    row = next(iter(found.wire()), None)
    if row is None:
        trail.deny("object", missing, f"{what}: there is no such object")
        return
    if caller.sees_everything:
        trail.allow(OBJECT_ACL, f"{caller} passes ACLs")
        return
    where = all_of(HasId((object_id,)), access.narrowing(caller) or all_of())
    if access.user_fields and not await _is_found(house, schema, Query(schema.name, where, limit=1)):
        fields = _listed(access.user_fields)
        because = f"{what}: only the users in {fields} may; the caller is {caller}"
        trail.deny("pointer permission", missing, because)
    if "ACL" not in row:
        trail.allow(OBJECT_ACL, f"{what} has no ACL")
        return
    acl = ACL.from_json(row["ACL"])
    names = acl.readers if verb == "read" else acl.writers
    who = _listed(await _told(house, names)) or "nobody but the master key"
    if names.isdisjoint(caller.names):
        trail.deny(OBJECT_ACL, missing, f"{what}: its ACL lets it be {verb} by {who}; the caller is {caller}")
    trail.allow(OBJECT_ACL, f"{what}: its ACL lets it be {verb} by {who}")


async def _is_found(house: House, schema: ClassSchema, query: Query) -> bool:
    return bool(len(await house.storage.find(schema, typed(query, schema), fields=())))


async def _told(house: House, names: Iterable[str]) -> list[str]:
    """The names of an ACL as a reader knows them: users by their user names, everyone and roles as they stand."""
    ids = tuple(name for name in names if name != EVERYONE and not name.startswith(ROLE_PREFIX))
    schema = await house.schemas.get("_User")
    usernames: dict[str, str] = {}
    if ids and schema is not None:
        found = await house.storage.find(schema, Query("_User", HasId(ids)), fields=("username",))
        usernames = {row["objectId"]: row.get("username", row["objectId"]) for row in found.wire()}
    return ["everyone" if name == EVERYONE else usernames.get(name, name) for name in names]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted("everyone" if name == EVERYONE else name for name in names))


def _hidden(house: House, trail: Trail, schema: ClassSchema, hidden: Hidden) -> None:
    if hidden.is_nothing:
        return
    groups = groups_of(schema, trail.caller, house.options.access.protected_fields)
    because = f"{_listed(hidden.always)} of {schema.name} is hidden from {_listed(groups)}"
    exceptions = [f"where {field} names the caller" for field, _ in hidden.for_users_in]
    if hidden.own_id is not None:
        exceptions.append("in the caller's own user")
    if exceptions:
        because += f", less of it {_listed(exceptions)}"
    trail.hide(PROTECTED_FIELDS, because)


async def _includes(house: House, trail: Trail, schema: ClassSchema, projection: Projection) -> None:
    paths, _ = include_paths(schema, projection)
    if paths and not trail.caller.sees_everything:
        with trail.asking("requestComplexity"):
            check_include(paths, house.options.complexity)
    for path in paths:
        field = schema.fields.get(path)
        if field is None or field.type is not FieldType.POINTER or field.target_class is None:
            continue
        target = await house.schemas.get(field.target_class)
        if target is None:
            continue
        trail.tell("include", f"{path} is filled with what {trail.caller} may get of {target.name}")
        _class_permission(trail, target, Operation.GET)
        exempt = house.options.access.protected_fields_owner_exempt
        hidden = hidden_fields(target, trail.caller, house.options.access.protected_fields, owner_exempt=exempt)
        _hidden(house, trail, target, hidden)


# Writes


async def _save(house: House, trail: Trail, command: Create | Update) -> None:
    caller, class_name = trail.caller, command.class_name
    creating = isinstance(command, Create)
    operation = Operation.CREATE if creating else Operation.UPDATE
    _closed_classes(trail, class_name, operation)
    schema, exists = await house.schemas.get_or_born(class_name)
    access = class_access(schema, operation, caller)
    try:
        draft = await started(house, caller, command)
    except ParseError as error:
        if _is_said_by(access, error):
            trail.deny(CLASS_PERMISSION, error, access.because)
        if isinstance(error, ObjectNotFound) and not exists:
            trail.deny("class", error, f"there is no class {class_name}")
        trail.deny(_rule_of(error), error, _of_whom(error, caller))
    trail.allow("names", "the names and keywords of the body are in order")
    if not exists:
        trail.allow("allowClientClassCreation", f"there is no class {class_name} yet: it would be made")
    _class_permission(trail, schema, operation)
    before = trigger_for(house, Kind.BEFORE_SAVE, class_name, caller)
    if isinstance(command, Update):
        guarded = Query(class_name, all_of(HasId((command.object_id,)), draft.guard), limit=1)
        trail.asked.append(Asked(f"the object that is written, {class_name}", schema, typed(guarded, schema)))
        if before is not None:  # it is read, and so judged, before the trigger sees it
            await _object(house, trail, schema, command.object_id, access, "written")
    _validator(trail, before, draft.object_for_trigger())
    _trigger(trail, before)
    try:
        added = permitted_growth(draft)
    except ParseError as error:
        access = class_access(schema, Operation.ADD_FIELD, caller, creating=creating)
        if _is_said_by(access, error):
            trail.deny(CLASS_PERMISSION, error, access.because)
        trail.deny("types and new fields", error)
    if added:
        _class_permission(trail, schema, Operation.ADD_FIELD, creating=creating)
        trail.tell("new fields", f"{_listed(added)} would be added to {class_name}")
    if before is None:
        with trail.asking("required fields"):
            complete(schema, draft.operations, creating=creating)
    if creating and draft.acl is None:
        _acl_of_new(trail, schema)
    if isinstance(command, Update) and before is None:
        await _object(house, trail, schema, command.object_id, access, "written")
    if behaviour_of(class_name).before_check is not None:
        trail.tell(class_name, f"what {class_name} asks besides was not tried")
    _trigger(trail, trigger_for(house, Kind.AFTER_SAVE, class_name, caller))


def _is_said_by(access: ClassAccess, error: ParseError) -> bool:
    """Whether it is the class-level permission that refuses so."""
    said = access.error
    return said is not None and type(said) is type(error) and said.detail == error.detail


def _rule_of(error: ParseError) -> str:
    match error:
        case SessionMissing():
            return "user"
        case OperationForbidden():
            return "class"
        case FileNotSaved():
            return "file links"
        case IncorrectType():
            return "types and new fields"
    return "names"


def _of_whom(error: ParseError, caller: Caller) -> str | None:
    """A user is changed with a session alone: that the caller has none is worth being told."""
    if isinstance(error, SessionMissing):
        return f"{error.detail.rstrip('.')}: a user is changed with a session or the master key; the caller is {caller}"
    return None


def _acl_of_new(trail: Trail, schema: ClassSchema) -> None:
    acl = default_acl(schema, trail.caller)
    if acl is None:
        trail.tell(OBJECT_ACL, "the new object has no ACL: everybody may read and write it")
    else:
        readers, writers = _listed(acl.readers) or "nobody", _listed(acl.writers) or "nobody"
        trail.tell(OBJECT_ACL, f"the class lets its new object be read by {readers}, written by {writers}")


async def _delete(house: House, trail: Trail, command: Delete) -> None:
    caller, class_name = trail.caller, command.class_name
    _closed_classes(trail, class_name, Operation.DELETE)
    behaviour = behaviour_of(class_name)
    if behaviour.before_delete is not None:
        try:
            behaviour.before_delete(caller, command.object_id)
        except ParseError as error:
            trail.deny(_rule_of(error), error, _of_whom(error, caller))
    with trail.asking("allowClientClassCreation"):
        schema = await class_to_read(house, caller, class_name)
    if schema is None:
        _no_class(trail, class_name, Operation.DELETE)
        return
    access = _class_permission(trail, schema, Operation.DELETE)
    guards = [guard for guard in (access.narrowing(caller), writable(caller)) if guard is not None]
    where = typed_condition(all_of(HasId((command.object_id,)), *guards), schema)
    trail.asked.append(Asked(f"the object that is removed, {class_name}", schema, Query(class_name, where, limit=1)))
    await _object(house, trail, schema, command.object_id, access, "written")
    before = trigger_for(house, Kind.BEFORE_DELETE, class_name, caller)
    _validator(trail, before, None)
    _trigger(trail, before)
    _trigger(trail, trigger_for(house, Kind.AFTER_DELETE, class_name, caller))


# Everything else


async def _aggregate(house: House, trail: Trail, command: Aggregate) -> None:
    if trail.caller.is_read_only and not house.options.access.read_only_aggregation:
        trail.deny(
            "allowAggregationForReadOnlyMasterKey",
            OperationForbidden("Cannot run an aggregation pipeline when using the readOnlyMasterKey"),
        )
    with trail.asking("pipeline"):
        asked = read_aggregate(command.parameters)
    schema = await house.schemas.get(command.class_name)
    if schema is None:
        _no_class(trail, command.class_name, Operation.FIND)
        return
    query = await _without_subqueries(house, trail, Query(schema.name, asked.where))
    trail.asked.append(Asked(f"what the pipeline begins with, {schema.name}", schema, typed(query, schema)))


async def _function(house: House, trail: Trail, command: CallFunction) -> None:
    functions = house.handlers.registry.functions
    handler = functions.get(command.name)
    if handler is None:
        known = _listed(functions) or "none"
        error = ScriptFailed(f'Invalid function: "{command.name}"')
        trail.deny("function", error, f"there is no function {command.name}; the functions are: {known}")
        return
    invocation = Invocation(handler.kind, handler.name, trail.caller, Call(), params=dict(command.params))
    _validated(trail, handler, invocation)
    if handler.check_parameters is not None:
        with trail.asking("parameters"):
            handler.check_parameters(command.params)
    _trigger(trail, handler)


def _job(house: House, trail: Trail, command: StartJob) -> None:
    if trail.caller.is_read_only:
        trail.deny(MASTER_ONLY, OperationForbidden(detail="read-only masterKey isn't allowed to run jobs."))
    jobs = house.handlers.registry.jobs
    handler = jobs.get(command.name)
    if handler is None:
        known = _listed(jobs) or "none"
        trail.deny("job", ScriptFailed("Invalid job."), f"there is no job {command.name}; the jobs are: {known}")
    _trigger(trail, handler)


def _file(house: House, trail: Trail, command: StoreFile | FetchFile | GetFileMetadata | DeleteFile) -> None:
    match command:
        case StoreFile():
            with trail.asking("fileUpload"):
                check_uploader(house.options.uploads, trail.caller)
            trail.allow("fileUpload", f"{trail.caller} may store files")
            with trail.asking("file name"):
                check_name(command.name)
            if not trail.caller.is_master:
                with trail.asking("fileUpload.fileExtensions"):
                    check_type(house.options.uploads, command.name, command.content_type)
        case FetchFile() | GetFileMetadata():
            with trail.asking("fileDownload"):
                check_downloader(house.options.downloads, trail.caller)
            trail.allow("fileDownload", f"{trail.caller} may fetch files")


def _validator(trail: Trail, handler: Handler | None, seen: ParseObject | None) -> None:
    if handler is not None:
        _validated(trail, handler, Invocation(handler.kind, handler.name, trail.caller, Call(), object=seen))


def _validated(trail: Trail, handler: Handler, invocation: Invocation) -> None:
    """Ask a validator of Python that is only declared; one with a function of its own is a handler, too."""
    rules = handler.validate
    if not isinstance(rules, Validation):
        return
    if rules.calls_code:
        trail.tell("validator", f"the validator of {handler} has functions of its own, which were not called")
        return
    try:
        rules(invocation)
    except ParseError as error:
        trail.deny("validator", error, f"the validator of {handler}: {error.detail} The caller is {trail.caller}")
    trail.allow("validator", f"the validator of {handler} lets {trail.caller} pass")


def _trigger(trail: Trail, handler: Handler | None) -> None:
    if handler is not None:
        trail.tell("handler", f"{handler} would run here and may have its say; it was not called")
