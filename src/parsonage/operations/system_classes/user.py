"""_User: names, passwords, sign-in data, and the session that comes with a sign-up.

Rules: reference/users-sessions.md, sections 1, 2, 4 and 6; PB066, PB067, PB068; advisories 60, 62, 69, 75.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import CLOUD_INSTALLATION, Caller, user_caller
from parsonage.operations.accounts.new_password import private_fields
from parsonage.operations.accounts.second_factor import FactorUsed, use_factor
from parsonage.operations.accounts.sign_in_data import (
    as_map,
    brings_data,
    is_changed,
    is_understood,
    kept_as_given,
    link,
    owner_of,
    refuse_unknown,
    set_up_factor,
    shown_to,
)
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.log_in_triggers import run_before_login
from parsonage.operations.sessions import beginning, new_session, session_schema, sessions_of
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.policies.hidden_fields import hidden_fields
from parsonage.policies.passwords import check_email, check_password, check_username
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL, EVERYONE, ROLE_PREFIX
from parsonage.protocol.errors import (
    AccountAlreadyLinked,
    DuplicateValue,
    EmailTaken,
    OperationForbidden,
    ParseError,
    PasswordMissing,
    SessionMissing,
    UnsupportedService,
    UsernameTaken,
)
from parsonage.protocol.javascript import is_truthy
from parsonage.protocol.names import new_token
from parsonage.protocol.values import Value
from parsonage.storage.changes import Change, Notice, NoticeKind, Patch, Unit


async def _before_check(house: House, call: Call, draft: Draft) -> Answer | None:
    caller = draft.caller
    if "emailVerified" in draft.operations and not caller.sees_everything:
        raise OperationForbidden(detail="Clients aren't allowed to manually update email verification.")
    draft.drop("sessionToken")
    answer = await _sign_in_data(house, call, draft)
    if answer is not None:
        return answer
    if draft.creating and (draft.object_id.startswith(ROLE_PREFIX) or draft.object_id == EVERYONE):
        # GHSA-8xq9-g7ch-35hg: it would stand in ACLs as a role, or as everyone
        raise OperationForbidden("Invalid object ID.")
    if "password" in draft.operations and not is_truthy(draft.value("password")):
        raise PasswordMissing  # PB066
    email = draft.value("email")
    if isinstance(email, str) and email:
        check_email(email)
    _lower_names(house, draft)
    return None


def _lower_names(house: House, draft: Draft) -> None:
    """Names as they are stored, where they are to be in small letters; a trigger's are made so after it (PB064)."""
    rules = house.options.accounts
    for field, lowers in (("username", rules.lower_usernames), ("email", rules.lower_emails)):
        given = draft.value(field)
        if lowers and isinstance(given, str):
            draft.set(field, given.lower())
            if field in draft.answer:
                draft.answer[field] = given.lower()


def _before_update(caller: Caller, object_id: str) -> None:
    if caller.user_id is None and not caller.sees_everything:
        raise SessionMissing(detail=f"Cannot modify user {object_id}.")


def _acl(house: House, draft: Draft) -> ACL | None:
    """A new user's own ACL; on a change by itself a user can't shut itself out."""
    if draft.creating:
        acl = draft.acl or ACL()
        if draft.acl is None and not house.options.access.enforce_private_users:
            acl = acl.allow(EVERYONE)
        return acl.allow(draft.object_id, write=True)
    if draft.acl is None or draft.caller.sees_everything:
        return draft.acl
    return draft.acl.allow(draft.object_id, write=True)


async def _sign_in_data(house: House, call: Call, draft: Draft) -> Answer | None:
    """What ``authData`` asks for: a sign-up or log-in on create, links and unlinks on update."""
    # Cloud Code sets it as any field; it is as little to be believed, for it may have come from a client.
    given = draft.body.auth_data if draft.body.auth_data is not None else draft.value("authData")
    if draft.creating and not brings_data(given):
        check_username(draft.value("username"))
        check_password(draft.value("password"))
    if "authData" not in draft.body.raw and "authData" not in draft.operations:
        return None
    draft.drop("authData")
    by_provider = as_map(given)
    if by_provider is None:
        draft.set("authData", given)
        return None
    if not by_provider:
        return None
    if not draft.creating:
        await link(house, draft, by_provider)
        return None
    named = isinstance(draft.value("username"), str) and isinstance(draft.value("password"), str)
    if not (named or draft.caller.is_master or draft.caller.user_id or is_understood(by_provider)):
        raise UnsupportedService
    return await _sign_up_or_log_in(house, call, draft, by_provider)


async def _sign_up_or_log_in(house: House, call: Call, draft: Draft, given: Mapping[str, Any]) -> Answer | None:
    owner = await owner_of(house, draft.schema, draft.caller, given, user_id=draft.caller.user_id)
    if owner is not None:
        return await _log_in(house, call, draft, owner, given)
    refuse_unknown(house, given)
    draft.answer["authDataResponse"] = {}
    factor = set_up_factor(house, given, draft.answer)
    draft.set("authData", {**kept_as_given(house, given), **factor})
    return None


async def _log_in(house: House, call: Call, draft: Draft, user: dict[str, Any], given: Mapping[str, Any]) -> Answer:
    """The answer to a log-in by sign-in data. Whoever is that user already gets no further session."""
    caller, user_id, stored = draft.caller, user["objectId"], user.get("authData") or {}
    await run_before_login(house, call, caller, user_id)
    changes: list[Change] = list(use_factor(house, draft.schema, user_id, stored, given))
    body: dict[str, Any] = {}
    if is_changed(given, stored) or not (caller.user_id or caller.is_master):
        refuse_unknown(house, given)
        body["authDataResponse"] = {}
        kept = {p: data for p, data in kept_as_given(house, given).items() if stored.get(p) != data}
        if kept:
            operations: dict[str, op.Operation] = {f"authData.{p}": op.Set(data) for p, data in kept.items()}
            changes.append(Patch(draft.schema, user_id, None, operations))
    unit = Unit(tuple(changes)) if changes else None
    if caller.user_id is None and caller.installation_id != CLOUD_INSTALLATION:
        created_with: dict[str, Value] = {"action": "login", "authProvider": ",".join(given)}
        session = await new_session(house, user_id, created_with=created_with, installation_id=caller.installation_id)
        body["sessionToken"] = session.token
        unit = beginning(session, *changes)
    itself = user_caller(user_id).with_roles(await house.callers.roles_of(user_id))
    access = house.options.access
    if not caller.sees_everything:
        exempt = access.protected_fields_owner_exempt
        hidden_fields(draft.schema, itself, access.protected_fields, owner_exempt=exempt).strip(user, user_id)
    shown_to(itself, user)
    return Answer({**user, **body}, object_id=user_id, unit=unit, unless=FactorUsed())


async def _before_write(house: House, call: Call, draft: Draft) -> None:
    caller = draft.caller
    if draft.creating and not draft.value("username"):
        draft.set("username", new_token())
        draft.answer["username"] = draft.value("username")
    _lower_names(house, draft)
    draft.acl = _acl(house, draft)
    password = draft.value("password")
    draft.drop("password")
    if isinstance(password, str):
        draft.private.update(await private_fields(house, draft, password))
    signs_in = draft.body.auth_data if isinstance(draft.body.auth_data, dict) else None
    # Parse Server calls whoever comes by sign-in data logged in, even for the first time.
    provider = ",".join(sorted(signs_in)) if signs_in else None
    if draft.creating:
        if caller.installation_id != CLOUD_INSTALLATION and not (provider and caller.user_id):
            action = "login" if provider else "signup"
            await _add_session(house, draft, {"action": action, "authProvider": provider or "password"})
        return
    draft.notices.append(Notice(NoticeKind.USER, draft.object_id))
    if isinstance(password, str):
        if house.options.sessions.revoke_on_password_reset:
            draft.after.append(sessions_of(await session_schema(house), draft.object_id))
        if not caller.sees_everything:
            await _add_session(house, draft, {"action": "login", "authProvider": provider} if provider else None)


async def _add_session(house: House, draft: Draft, created_with: dict[str, Value] | None) -> None:
    session = await new_session(
        house, draft.object_id, created_with=created_with, installation_id=draft.caller.installation_id
    )
    draft.after.append(session.insert)
    draft.answer["sessionToken"] = session.token


def _duplicate(field: str) -> Exception:
    if field == "username":
        return UsernameTaken()
    if field == "email":
        return EmailTaken()
    return AccountAlreadyLinked() if field.startswith("authData.") else DuplicateValue("_User", field)


def _before_delete(caller: Caller, object_id: str) -> None:
    if caller.sees_everything:
        return
    if caller.user_id is None:
        raise SessionMissing("Insufficient auth to delete user")


def _missing(caller: Caller) -> ParseError | None:
    """Who may change a user is a question of its ACL; that there is nothing to be changed is told to few."""
    return None if caller.sees_everything else SessionMissing(detail="Insufficient auth.")


async def _deleting(house: House, object_id: str) -> tuple[Sequence[Change], Sequence[Notice]]:
    schema = await session_schema(house)
    return (sessions_of(schema, object_id),), (Notice(NoticeKind.USER, object_id),)


def _on_the_way_out(house: House, caller: Caller, row: dict[str, Any]) -> None:
    shown_to(caller, row)


def _on_get(caller: Caller, row: dict[str, Any]) -> None:
    if caller.session_token is not None and caller.user_id == row.get("objectId"):
        row["sessionToken"] = caller.session_token


BEHAVIOUR = Behaviour(
    before_check=_before_check,
    before_write=_before_write,
    duplicate=_duplicate,
    before_update=_before_update,
    before_delete=_before_delete,
    missing=_missing,
    told_after_save=("username",),
    deleting=_deleting,
    on_the_way_out=_on_the_way_out,
    on_get=_on_get,
)
