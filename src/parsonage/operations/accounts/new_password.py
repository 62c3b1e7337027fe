"""What the password policy says of a new password, and what is kept of the old ones.

Rules: reference/users-sessions.md, section 11.
"""

from __future__ import annotations

import logging
from typing import Any

from parsonage.handlers.named import call_named
from parsonage.operations.draft import Draft
from parsonage.operations.house import House
from parsonage.policies.passwords import contains_username, fits_pattern
from parsonage.protocol.errors import InternalError, ValidationError
from parsonage.protocol.values import Value, from_milliseconds
from parsonage.query.model import HasId, Query

log = logging.getLogger("parsonage.accounts")


async def private_fields(house: House, draft: Draft, password: str) -> dict[str, Value]:
    """The private fields that a write with this password sets. Raises ValidationError (142) if it won't do."""
    rules = house.options.passwords
    await _check_strength(house, password)
    stored = await _stored(house, draft)
    if rules.not_the_username:
        username = draft.value("username") or stored.get("username")
        if contains_username(password, username):
            raise ValidationError("Password cannot contain your username.")
    fields: dict[str, Value] = {}
    if rules.history and stored:
        fields["_password_history"] = await _history(house, stored, password)
    fields["_hashed_password"] = await house.passwords.hash(password)
    if rules.max_age is not None:
        fields["_password_changed_at"] = from_milliseconds(house.clock())
    return fields


async def _check_strength(house: House, password: str) -> None:
    rules = house.options.passwords
    if rules.pattern is not None and not fits_pattern(password, rules.pattern):
        raise ValidationError(rules.error)
    if house.is_good_password is None:
        return
    try:
        is_good = await call_named(house.is_good_password, password)
    except Exception as error:
        log.exception("passwordPolicy.validatorCallback failed")
        raise InternalError from error
    if not is_good:
        raise ValidationError(rules.error)


async def _stored(house: House, draft: Draft) -> dict[str, Any]:
    """What the rules must know of the user as it is; nothing of a new one, or where no rule asks."""
    rules = house.options.passwords
    if draft.creating or not (rules.history or rules.not_the_username):
        return {}
    query = Query("_User", HasId((draft.object_id,)), limit=1)
    found = await house.storage.find(draft.schema, query, ("username", "_hashed_password", "_password_history"))
    rows = found.wire()
    return rows[0] if rows else {}


async def _history(house: House, stored: dict[str, Any], password: str) -> list[Value]:
    """The hashes to be remembered once the one in use is replaced, the oldest first.

    Raises ValidationError (142) where the new password is among the last ones.
    """
    most = house.options.passwords.history
    former = stored.get("_password_history") or []
    in_use = stored.get("_hashed_password")
    remembered = [hashed for hashed in former if isinstance(hashed, str)][-(most - 1) :] if most > 1 else []
    for hashed in (*remembered, in_use):
        if hashed is not None and await house.passwords.check(password, hashed):
            raise ValidationError(f"New password should not be the same as last {most} passwords.")
    kept: list[Value] = [*remembered, *([in_use] if in_use else [])]
    return kept[-(most - 1) :] if most > 1 else kept[-1:]
