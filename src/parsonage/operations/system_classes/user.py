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
from parsonage.operations.accounts.sign_in_data import identities, link, set_up_factor, shown
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.log_in_triggers import run_before_login
from parsonage.operations.sessions import beginning, new_session, session_schema, sessions_of
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.policies.hidden_fields import hidden_fields
from parsonage.policies.one_time_codes import PROVIDER as MFA
from parsonage.policies.passwords import check_email, check_password, check_username
from parsonage.protocol.acl import ACL, EVERYONE, ROLE_PREFIX
from parsonage.protocol.errors import (
    AccountAlreadyLinked,
    DuplicateValue,
    EmailTaken,
    OperationForbidden,
    SessionMissing,
    UnsupportedService,
    UsernameTaken,
)
from parsonage.protocol.names import new_token
from parsonage.protocol.values import Value
from parsonage.query.model import Equals, Query
from parsonage.query.typed import typed
from parsonage.storage.changes import Change, Notice, NoticeKind


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
    if draft.creating and not draft.sets("authData"):
        check_username(draft.value("username"))
        check_password(draft.value("password"))
    elif "password" in draft.operations:
        check_password(draft.value("password"))
    if not draft.creating and "username" in draft.operations:
        check_username(draft.value("username"))
    email = draft.value("email")
    if isinstance(email, str) and email:
        check_email(email)
    draft.acl = _acl(house, draft)
    return None


def _before_update(caller: Caller, object_id: str) -> None:
    if caller.sees_everything:
        return
    if caller.user_id is None:
        raise SessionMissing(detail=f"Cannot modify user {object_id}.")
    if caller.user_id != object_id:
        raise SessionMissing(detail="Insufficient auth.")


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
    draft.drop("authData")
    if given is None:
        if "authData" in draft.body.raw and not draft.creating:
            raise UnsupportedService
        return None
    if not isinstance(given, dict):
        raise UnsupportedService
    if draft.creating:
        providers = identities(house, given)
        brings_any = bool(providers) or bool(house.options.second_factor.is_on and given.get(MFA))
        return await _sign_up_or_log_in(house, call, draft, given, providers) if brings_any else None
    await link(house, draft, given)
    return None


async def _sign_up_or_log_in(
    house: House, call: Call, draft: Draft, given: Mapping[str, Any], providers: Mapping[str, Mapping[str, Value]]
) -> Answer | None:
    owner = await _owner_of(house, draft, providers)
    if owner is not None:
        factor = use_factor(house, draft.schema, owner["objectId"], owner.get("authData"), given)
        await run_before_login(house, call, draft.caller, owner["objectId"])
        return await _log_in(house, draft, owner, ",".join(providers), factor)
    draft.answer["authDataResponse"] = {}
    factor_set_up = set_up_factor(house, given, draft.answer)
    draft.set("authData", {**{provider: dict(data) for provider, data in providers.items()}, **factor_set_up})
    if not draft.sets("username"):
        username = new_token()
        draft.set("username", username)
        draft.answer["username"] = username
    return None


async def _owner_of(house: House, draft: Draft, providers: Mapping[str, Mapping[str, Value]]) -> dict[str, Any] | None:
    owners: dict[str, dict[str, Any]] = {}
    for provider, data in providers.items():
        query = Query("_User", Equals(f"authData.{provider}.id", data["id"]), limit=2)
        found = await house.storage.find(draft.schema, typed(query, draft.schema))
        owners.update((row["objectId"], row) for row in found.wire())
    if len(owners) > 1:
        raise AccountAlreadyLinked
    return next(iter(owners.values()), None)


async def _log_in(house: House, draft: Draft, user: dict[str, Any], provider: str, first: Sequence[Change]) -> Answer:
    user_id = user["objectId"]
    session = await new_session(
        house, user_id, action="login", provider=provider, installation_id=draft.caller.installation_id
    )
    itself = user_caller(user_id).with_roles(await house.callers.roles_of(user_id))
    access = house.options.access
    if not draft.caller.sees_everything:
        exempt = access.protected_fields_owner_exempt
        hidden_fields(draft.schema, itself, access.protected_fields, owner_exempt=exempt).strip(user, user_id)
    _on_the_way_out(house, itself, user)
    return Answer(
        {**user, "sessionToken": session.token, "authDataResponse": {}},
        object_id=user_id,
        unit=beginning(session, *first),
        unless=FactorUsed(),
    )


async def _before_write(house: House, call: Call, draft: Draft) -> None:
    caller = draft.caller
    password = draft.value("password")
    draft.drop("password")
    if isinstance(password, str):
        draft.private.update(await private_fields(house, draft, password))
    if draft.creating:
        if caller.installation_id != CLOUD_INSTALLATION:
            providers = draft.value("authData")
            provider = ",".join(providers) if isinstance(providers, dict) else "password"
            await _add_session(house, draft, action="signup", provider=provider)
        return
    draft.notices.append(Notice(NoticeKind.USER, draft.object_id))
    if isinstance(password, str) and house.options.sessions.revoke_on_password_reset:
        draft.after.append(sessions_of(await session_schema(house), draft.object_id))
        if not caller.sees_everything:
            await _add_session(house, draft, action="login", provider="password")


async def _add_session(house: House, draft: Draft, *, action: str, provider: str) -> None:
    session = await new_session(
        house,
        draft.object_id,
        action=action,
        provider=provider,
        installation_id=draft.caller.installation_id,
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
    if caller.user_id != object_id:
        raise SessionMissing(detail="Insufficient auth.")


async def _deleting(house: House, object_id: str) -> tuple[Sequence[Change], Sequence[Notice]]:
    schema = await session_schema(house)
    return (sessions_of(schema, object_id),), (Notice(NoticeKind.USER, object_id),)


def _on_the_way_out(house: House, caller: Caller, row: dict[str, Any]) -> None:
    row.pop("password", None)
    row.pop("sessionToken", None)
    auth_data = row.pop("authData", None)
    if auth_data is None or not (caller.is_master or caller.user_id == row.get("objectId")):
        return
    kept = {provider: data for provider, data in auth_data.items() if data is not None}
    if kept:
        row["authData"] = kept if caller.is_master else shown(kept)


def _on_get(caller: Caller, row: dict[str, Any]) -> None:
    if caller.session_token is not None and caller.user_id == row.get("objectId"):
        row["sessionToken"] = caller.session_token


BEHAVIOUR = Behaviour(
    before_check=_before_check,
    before_write=_before_write,
    duplicate=_duplicate,
    before_update=_before_update,
    before_delete=_before_delete,
    deleting=_deleting,
    on_the_way_out=_on_the_way_out,
    on_get=_on_get,
)
