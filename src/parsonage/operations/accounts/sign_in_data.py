"""``authData`` as a client sends it: which providers it names, and what a write makes of them.

Rules: reference/users-sessions.md, sections 6 and 8; advisories 12, 27, 60 and 62.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.operations.accounts.second_factor import factor_of
from parsonage.operations.draft import Draft
from parsonage.operations.house import House
from parsonage.policies import one_time_codes
from parsonage.policies.one_time_codes import PROVIDER as MFA
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import InvalidValue, UnsupportedService
from parsonage.protocol.values import Value
from parsonage.query.model import Equals, HasId, Query, all_of

ANONYMOUS = "anonymous"


def identities(house: House, given: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """The providers by which a user is known: each of them switched on, and with an id that is text.

    What brings no data counts as not sent, and the second factor says nothing of who it is. Raises
    UnsupportedService (252), InvalidValue (162).
    """
    known: dict[str, dict[str, Value]] = {}
    for provider, data in sorted(given.items()):
        if provider == MFA and house.options.second_factor.is_on:
            continue
        if not isinstance(data, dict) or not data:
            continue
        if provider != ANONYMOUS or not house.options.sessions.anonymous_users:
            raise UnsupportedService
        if not (isinstance(data.get("id"), str) and data["id"] and "\0" not in data["id"]):
            raise InvalidValue(f"Invalid authData id for provider '{provider}'.")
        known[provider] = {"id": data["id"]}
    return known


def set_up_factor(house: House, given: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, dict[str, Value]]:
    """The second factor that a sign-up or a change brings, if any; its recovery codes go into the answer."""
    if given.get(MFA) is None or not house.options.second_factor.is_on:
        return {}
    made = one_time_codes.set_up(house.options.second_factor, given[MFA], house.clock())
    answer.setdefault("authDataResponse", {})[MFA] = {"recovery": made.recovery}
    return {MFA: made.stored}


async def link(house: House, draft: Draft, given: Mapping[str, Any]) -> None:
    """Links, changes and unlinks on an update; what is as it was is left alone."""
    asked = identities(house, given)
    stored = await _stored(house, draft)
    changed: dict[str, op.Operation] = {
        f"authData.{provider}": op.Set(data) for provider, data in asked.items() if stored.get(provider) != data
    }
    changed.update({f"authData.{provider}": op.Unset() for provider, data in given.items() if data is None})
    answer: dict[str, Any] = {}
    changed.update({f"authData.{MFA}": op.Set(data) for data in _factor(house, draft, stored, given, answer).values()})
    if changed:
        draft.operations.update(changed)
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


def shown(auth_data: Mapping[str, Any]) -> dict[str, Any]:
    """What a user sees of its own data: which providers, and of the second factor only that there is one."""
    kept = {provider: data for provider, data in auth_data.items() if data is not None}
    if isinstance(kept.get(MFA), dict):
        kept[MFA] = one_time_codes.shown(kept[MFA])
    return kept
