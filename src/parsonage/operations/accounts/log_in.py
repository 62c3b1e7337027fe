"""Logging in: a name or mail address and a password → the user, with a session.

Rules: reference/users-sessions.md, sections 3 and 11; advisories 10 and 58.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import CLOUD_INSTALLATION, Caller, user_caller
from parsonage.commands.objects import Plain
from parsonage.commands.users import LogIn, LogInAs, LogOut, VerifyPassword
from parsonage.operations.accounts.lock_out import count_attempt
from parsonage.operations.accounts.log_out import log_out
from parsonage.operations.accounts.second_factor import FactorUsed, factor_of, use_factor
from parsonage.operations.accounts.sign_in_data import (
    as_map,
    identities,
    kept_as_given,
    refuse_unknown,
    set_up_factor,
    shown_to,
)
from parsonage.operations.files import expand_files
from parsonage.operations.find import read_as_get
from parsonage.operations.house import House
from parsonage.operations.log_in_triggers import run_after_login, run_before_login
from parsonage.operations.sessions import begin, new_session
from parsonage.policies.one_time_codes import PROVIDER as MFA
from parsonage.protocol import field_operations as op
from parsonage.protocol.encoding import decode
from parsonage.protocol.errors import (
    DuplicateValue,
    InvalidQuery,
    InvalidValue,
    ObjectNotFound,
    OperationForbidden,
    ParseError,
    PasswordMissing,
    UsernameMissing,
)
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.javascript import is_truthy
from parsonage.protocol.values import from_milliseconds, to_milliseconds
from parsonage.query.model import Absent, Condition, Equals, HasId, Query, all_of, any_of
from parsonage.query.typed import typed
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Change, Duplicate, Failed, NothingMatched, Patch, Unit

_NEEDED = ("username", "email", "authData", "_hashed_password", "_password_changed_at")
_MILLISECONDS_OF_A_DAY = 86_400_000


class PasswordExpired(ObjectNotFound):
    """The password is older than the policy lets it be."""

    message = "Your password has expired. Please reset your password."


class InvalidLogIn(ObjectNotFound):
    """The name or the password is wrong; which of them is nobody's business."""

    message = "Invalid username/password."


async def log_in(house: House, call: Call, caller: Caller, command: LogIn) -> Plain:
    """Prove name and password, start a session. An earlier one of the same installation ends."""
    account = await prove(house, caller, command)
    told: dict[str, Any] = {"authDataResponse": {}} if is_truthy(command.auth_data) else {}
    first = _more_sign_in_data(house, account, command.auth_data, told)
    await _refuse_old_password(house, account)
    await run_before_login(house, call, caller, account.user_id)
    token = await _start_session(house, caller, account.user_id, provider="password", first=first)
    # Proving takes long. A password that was changed meanwhile ended the sessions there were, not this one.
    if await _hash_of(house, account.user_id) != account.hashed:
        await log_out(house, call, msgspec.structs.replace(caller, session_token=token), LogOut())
        raise InvalidLogIn
    await run_after_login(house, call, caller, account.user_id, token)
    # Read only now: the trigger may have changed the user.
    user = await _as_seen_by_itself(house, call, caller, account.user_id)
    return Plain({**user, "sessionToken": token, **told})


async def verify_password(house: House, call: Call, caller: Caller, command: VerifyPassword) -> Plain:
    """Prove name and password; the user as it may see itself, without a session."""
    account = await prove(house, caller, command)
    return Plain(await _as_seen_by_itself(house, call, caller, account.user_id))


async def log_in_as(house: House, call: Call, caller: Caller, command: LogInAs) -> Plain:
    """Become any user, by the master key."""
    if not caller.is_master or caller.is_read_only:
        raise OperationForbidden(detail="master key is required")
    if not is_truthy(command.user_id):
        raise InvalidValue("userId must not be empty, null, or undefined")
    if not isinstance(command.user_id, str):
        raise InvalidQuery("userId must be a string")
    schema = await house.schemas.get("_User")
    query = Query("_User", Equals("objectId", command.user_id), limit=1)
    rows = (await house.storage.find(schema, typed(query, schema))).wire() if schema is not None else []
    if schema is None or not rows:
        raise ObjectNotFound("user not found")
    token = await _start_session(house, caller, command.user_id, provider="masterkey")
    expand_files(house, call, schema, rows)
    return Plain({**shown_to(caller, rows[0]), "sessionToken": token})


def _more_sign_in_data(house: House, account: _Account, given: Any, told: dict[str, Any]) -> list[Patch]:
    """What a log-in by password brings besides: a second factor, to be used up or set up, and identities to be linked.

    What the client is told of that goes into ``told``.
    """
    auth_data = account.row.get("authData") or {}
    changes = use_factor(house, account.schema, account.user_id, auth_data, given)
    by_provider = as_map(given) if is_truthy(given) else None
    if by_provider is None:
        return changes
    identities(house, by_provider)
    refuse_unknown(house, by_provider)
    linked: dict[str, Operation] = {
        f"authData.{provider}": op.Set(data)
        for provider, data in kept_as_given(house, by_provider).items()
        if auth_data.get(provider) != data
    }
    linked.update({f"authData.{p}": op.Unset() for p, data in by_provider.items() if data is None and p in auth_data})
    if factor_of(house, auth_data) is None:
        linked.update(
            {f"authData.{MFA}": op.Set(factor) for factor in set_up_factor(house, by_provider, told).values()}
        )
    return [*changes, Patch(account.schema, account.user_id, None, linked)] if linked else changes


async def _start_session(
    house: House, caller: Caller, user_id: str, *, provider: str, first: Sequence[Change] = ()
) -> str:
    """A new session of a user; its token.

    ``first`` is written with it. Raises FactorUsed (141), DuplicateValue (137) where it can't be any more.
    """
    installation_id = caller.installation_id if caller.installation_id != CLOUD_INSTALLATION else None
    session = await new_session(
        house,
        user_id,
        created_with={"action": "login", "authProvider": provider},
        installation_id=installation_id,
    )
    outcome = await begin(house, session, *first)
    if isinstance(outcome, NothingMatched):
        raise FactorUsed
    if isinstance(outcome, Duplicate):
        raise DuplicateValue(outcome.class_name, outcome.field)
    if isinstance(outcome, Failed):
        raise outcome.error
    return session.token


class _Account(msgspec.Struct, frozen=True):
    """A user whose password was proved, and the hash that proved it."""

    schema: ClassSchema
    user_id: str
    hashed: str | None
    row: dict[str, Any]


async def prove(house: House, caller: Caller, command: LogIn | VerifyPassword) -> _Account:
    """The user that name and password belong to."""
    username, email, password = command.username, command.email, command.password
    if not (is_truthy(username) or is_truthy(email)):
        raise UsernameMissing("username/email is required.")
    if not is_truthy(password):
        raise PasswordMissing("password is required.")
    if not isinstance(password, str) or not all(
        not is_truthy(part) or isinstance(part, str) for part in (username, email)
    ):
        raise InvalidLogIn
    schema = await house.schemas.get("_User")
    row = await _account(house, schema, username, email) if schema is not None else None
    hashed = row.get("_hashed_password") if row is not None else None
    is_right = await house.passwords.check(password, hashed)
    if schema is None or row is None:
        raise InvalidLogIn
    await count_attempt(house, schema, row["objectId"], succeeded=is_right)
    if not is_right or (row.get("ACL") == {} and not caller.is_master):
        raise InvalidLogIn
    return _Account(schema, row["objectId"], hashed, row)


async def _refuse_old_password(house: House, account: _Account) -> None:
    """Refuse a password that is older than it may be; the age of one that nobody dated begins now."""
    days = house.options.passwords.max_age
    if days is None:
        return
    dated = account.row.get("_password_changed_at")
    if dated is None:
        begun = {"_password_changed_at": op.Set(from_milliseconds(house.clock()))}
        patch = Patch(account.schema, account.user_id, None, begun, guard=Absent("_password_changed_at"))
        await house.storage.write([Unit((patch,))])
        return
    changed = decode(dated)
    assert isinstance(changed, datetime)
    if to_milliseconds(changed) + days * _MILLISECONDS_OF_A_DAY < house.clock():
        raise PasswordExpired


async def _hash_of(house: House, user_id: str) -> str | None:
    schema = await house.schemas.get("_User")
    if schema is None:
        return None
    found = await house.storage.find(schema, Query("_User", HasId((user_id,)), limit=1), fields=("_hashed_password",))
    row = next(iter(found.wire()), None)
    return None if row is None else row.get("_hashed_password")


async def _account(house: House, schema: ClassSchema, username: str | None, email: str | None) -> dict[str, Any] | None:
    rules = house.options.accounts

    def named(name: str) -> Condition:
        return _spelled("username", name, lowers=rules.lower_usernames)

    def mailed(address: str) -> Condition:
        return _spelled("email", address, lowers=rules.lower_emails)

    where: Condition
    if username and email:
        where = all_of(named(username), mailed(email))
    elif email:
        where = mailed(email)
    else:
        assert username is not None
        where = any_of(named(username), mailed(username))
    query = typed(Query("_User", where, limit=4), schema)
    found = await house.storage.find(schema, query, fields=_NEEDED)
    rows = found.wire()
    # A name may be somebody else's mail address: the name counts, and as it is spelt before any other way.
    rows.sort(key=lambda row: (row.get("username") != username, row.get("username") != (username or "").lower()))
    return rows[0] if rows else None


def _spelled(field: str, given: str, *, lowers: bool) -> Condition:
    """As it was sent, or as it is stored; so what was stored before the option was on is found as well (PB064)."""
    return any_of(Equals(field, given), Equals(field, given.lower())) if lowers else Equals(field, given)


async def _as_seen_by_itself(house: House, call: Call, caller: Caller, user_id: str) -> dict[str, Any]:
    """The user, read with its own rights; no more than its id if the class does not let it read itself."""
    itself = caller
    if not caller.is_master:
        itself = user_caller(user_id, installation_id=caller.installation_id)
        itself = itself.with_roles(await house.callers.roles_of(user_id))
    whole = msgspec.structs.replace(call, as_text=False)
    try:
        myself = Query("_User", Equals("objectId", user_id), limit=1)
        if house.handlers.registry.has_find_triggers and not caller.is_master:
            # Its triggers are told who reads, and no more of it than the id, as on Parse Server.
            itself = msgspec.structs.replace(itself, user={"objectId": user_id})
        rows = await read_as_get(house, whole, itself, myself)
    except ParseError:
        rows = []
    return rows[0] if rows else {"objectId": user_id}
