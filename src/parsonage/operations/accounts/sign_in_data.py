"""``authData`` as a client sends it: which providers it names, and what a write makes of them.

Rules: reference/users-sessions.md, sections 6 and 8; advisories 12, 27, 60 and 62.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.commands.caller import Caller
from parsonage.operations.accounts.second_factor import factor_of
from parsonage.operations.draft import Draft
from parsonage.operations.house import House
from parsonage.policies import one_time_codes
from parsonage.policies.one_time_codes import PROVIDER as MFA
from parsonage.policies.one_time_codes import without_secrets
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import AccountAlreadyLinked, InvalidValue, UnsupportedService
from parsonage.protocol.javascript import is_truthy
from parsonage.protocol.values import Value
from parsonage.query.model import Equals, HasId, Query, all_of
from parsonage.query.typed import typed
from parsonage.schema.model import ClassSchema

ANONYMOUS = "anonymous"


def identities(house: House, given: Mapping[str, Any]) -> dict[str, str]:
    """The ids by which ``given`` says who somebody is, by provider.

    What brings no id says nothing of that, nor does the second factor, nor a provider that is not switched on.
    Raises InvalidValue (162) for an id that is no text.
    """
    known: dict[str, str] = {}
    for provider, data in given.items():
        if (
            provider == MFA
            or not _is_on(house, provider)
            or not isinstance(data, dict)
            or not is_truthy(data.get("id"))
        ):
            continue
        if not isinstance(data["id"], str) or "\0" in data["id"]:
            raise InvalidValue(f"Invalid authData id for provider '{provider}'.")
        known[provider] = data["id"]
    return known


def refuse_unknown(house: House, given: Mapping[str, Any]) -> None:
    """Raises UnsupportedService (252) for a provider that is not switched on; to unlink it is nothing."""
    if not all(data is None or _is_on(house, provider) for provider, data in given.items()):
        raise UnsupportedService


def kept_as_given(house: House, given: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """What is stored of ``given`` as it came: all of a provider's data, but for the second factor's."""
    return {
        provider: data
        for provider, data in given.items()
        if provider != MFA and _is_on(house, provider) and isinstance(data, dict)
    }


def as_map(given: Any) -> Mapping[str, Any] | None:
    """Sign-in data by provider; ``None`` for a number or an empty list, which the type of the field refuses.

    Raises UnsupportedService (252) for null and for what names no provider by its keys, a text or a list.
    """
    if isinstance(given, dict):
        return given
    if not is_truthy(given) or (isinstance(given, (str, list)) and given):
        raise UnsupportedService
    return None


def brings_data(given: Any) -> bool:
    """Whether a sign-up can do without a name and a password."""
    return isinstance(given, dict) and any(isinstance(data, (dict, list)) and data for data in given.values())


def is_understood(given: Mapping[str, Any]) -> bool:
    """Whether there is something to be proved, whoever asks."""
    return any(isinstance(data, (dict, list, str)) and data for data in given.values())


def is_changed(given: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """Whether ``given`` says more than is stored; of a guest it never does."""
    for provider, data in given.items():
        before = stored.get(provider)
        if provider == ANONYMOUS:
            continue
        if data is None or not isinstance(before, dict) or not isinstance(data, dict):
            return True
        if any(before.get(key) != value for key, value in data.items()):
            return True
    return False


async def find_owners(house: House, schema: ClassSchema, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The users that the ids in ``given`` belong to, by their own id. Raises InvalidValue (162)."""
    owners: dict[str, dict[str, Any]] = {}
    for provider, identity in identities(house, given).items():
        query = Query("_User", Equals(f"authData.{provider}.id", identity), limit=2)
        found = await house.storage.find(schema, typed(query, schema))
        owners.update((row["objectId"], row) for row in found.wire())
    return owners


async def owner_of(
    house: House, schema: ClassSchema, caller: Caller, given: Mapping[str, Any], *, user_id: str | None
) -> dict[str, Any] | None:
    """The user that the ids in ``given`` belong to, if there is one.

    A user whose ACL is empty is locked out, and counts for the master key alone. Raises InvalidValue (162), and
    AccountAlreadyLinked (208) where they belong to several, or to another one than ``user_id``.
    """
    found = await find_owners(house, schema, given)
    owners = {key: row for key, row in found.items() if caller.sees_everything or row.get("ACL") != {}}
    owner = next(iter(owners.values()), None)
    if len(owners) > 1 or (owner is not None and user_id is not None and owner["objectId"] != user_id):
        refuse_unknown(house, given)
        raise AccountAlreadyLinked
    return owner


def _is_on(house: House, provider: str) -> bool:
    if provider == MFA:
        return house.options.second_factor.is_on
    return provider == ANONYMOUS and house.options.sessions.anonymous_users


def set_up_factor(house: House, given: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, dict[str, Value]]:
    """The second factor that a sign-up or a change brings, if any; its recovery codes go into the answer."""
    if given.get(MFA) is None or not house.options.second_factor.is_on:
        return {}
    made = one_time_codes.set_up(house.options.second_factor, given[MFA], house.clock())
    answer.setdefault("authDataResponse", {})[MFA] = {"recovery": made.recovery}
    return {MFA: made.stored}


async def link(house: House, draft: Draft, given: Mapping[str, Any]) -> None:
    """Links, changes and unlinks on an update; what is as it was is left alone."""
    owner = await owner_of(house, draft.schema, draft.caller, given, user_id=draft.object_id)
    stored = (owner.get("authData") or {}) if owner is not None else await _stored(house, draft)
    itself = draft.caller.is_master or draft.caller.user_id == draft.object_id
    is_news = owner is None or (itself and is_changed(given, stored))
    if is_news:
        refuse_unknown(house, given)
    changed: dict[str, op.Operation] = {
        f"authData.{provider}": op.Set(data)
        for provider, data in kept_as_given(house, given).items()
        if stored.get(provider) != data
    }
    changed.update({f"authData.{provider}": op.Unset() for provider, data in given.items() if data is None})
    answer: dict[str, Any] = {}
    changed.update({f"authData.{MFA}": op.Set(data) for data in _factor(house, draft, stored, given, answer).values()})
    draft.operations.update(changed)
    if is_news:
        draft.answer["authDataResponse"] = answer.get("authDataResponse", {})


def _factor(
    house: House, draft: Draft, stored: Mapping[str, Any], given: Mapping[str, Any], answer: dict[str, Any]
) -> dict[str, dict[str, Value]]:
    before = factor_of(house, stored)
    if before is None or given.get(MFA) is None:
        return set_up_factor(house, given, answer)
    if draft.caller.sees_everything:
        return {MFA: one_time_codes.replaced(given[MFA])}
    old = given[MFA].get("old") if isinstance(given[MFA], dict) else None
    one_time_codes.prove(house.options.second_factor, before, old, house.clock())
    # Whoever changes it at the same moment proved something that is no more.
    draft.guard = all_of(draft.guard, Equals(f"authData.{MFA}.secret", before.get("secret")))
    return set_up_factor(house, given, answer)


async def _stored(house: House, draft: Draft) -> dict[str, Any]:
    query = Query("_User", HasId((draft.object_id,)), limit=1)
    rows = (await house.storage.find(draft.schema, query, ("authData",))).wire()
    return (rows[0].get("authData") or {}) if rows else {}


def shown_to(caller: Caller, row: dict[str, Any]) -> dict[str, Any]:
    """A user without what its answer must not show to this caller; the row itself is changed."""
    row.pop("password", None)
    row.pop("sessionToken", None)
    auth_data = row.pop("authData", None)
    if auth_data is None or not (caller.is_master or caller.user_id == row.get("objectId")):
        return row
    kept = {provider: data for provider, data in auth_data.items() if data is not None}
    if kept:
        row["authData"] = kept if caller.is_master else without_secrets(kept)
    return row
