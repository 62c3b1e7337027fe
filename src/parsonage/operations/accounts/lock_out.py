"""Locking an account after too many wrong passwords.

What is counted is counted in the write itself, and whether the account is locked is asked there, too: of
many guesses at once no more are answered than one after the other would have been.

Rules: reference/users-sessions.md, section 12; advisory 78.
"""

from __future__ import annotations

from parsonage.operations.house import House
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import ObjectNotFound
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import from_milliseconds
from parsonage.query.model import ALWAYS, Absent, Compare, Comparison, Condition, all_of, any_of
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Outcome, Patch, Unit, Written

_COUNT = "_failed_login_count"
_UNTIL = "_account_lockout_expires_at"


class AccountLocked(ObjectNotFound):
    """Too many wrong passwords; whether this one was right is not told."""

    def __init__(self, minutes: float) -> None:
        shown = int(minutes) if minutes == int(minutes) else minutes
        super().__init__(
            f"Your account is locked due to multiple failed login attempts. Please try again after {shown} minute(s)"
        )


async def count_attempt(house: House, schema: ClassSchema, user_id: str, *, succeeded: bool) -> None:
    """Take note of a password that was right or wrong, where accounts are locked at all.

    Raises AccountLocked (101) if the account is locked, whatever the password was.
    """
    lockout = house.options.lockout
    if lockout.threshold is None:
        return
    now = house.clock()
    if succeeded:
        forget: dict[str, Operation] = {_COUNT: op.Set(0), _UNTIL: op.Unset()}
        if not isinstance(await _write(house, schema, user_id, forget, _open(lockout.threshold, now)), Written):
            raise AccountLocked(lockout.minutes)
        return
    one_more: dict[str, Operation] = {_COUNT: op.Increment(1)}
    last = lockout.threshold - 1
    if last:
        few = any_of(Absent(_COUNT), Compare(_COUNT, Comparison.LESS, last))
        if isinstance(await _write(house, schema, user_id, one_more, few), Written):
            return
    until = from_milliseconds(now + round(lockout.minutes * 60_000))
    locking: dict[str, Operation] = {**one_more, _UNTIL: op.Set(until)}
    enough = Compare(_COUNT, Comparison.GREATER_OR_EQUAL, last) if last else ALWAYS
    outcome = await _write(house, schema, user_id, locking, all_of(enough, _open(lockout.threshold, now)))
    if not isinstance(outcome, Written) or outcome.rows[0].get(_COUNT, 0) > lockout.threshold:
        raise AccountLocked(lockout.minutes)


def _open(threshold: int, now: int) -> Condition:
    """The account is not locked: too few wrong passwords, or long enough ago."""
    return any_of(
        Absent(_COUNT),
        Compare(_COUNT, Comparison.LESS, threshold),
        Absent(_UNTIL),
        Compare(_UNTIL, Comparison.LESS_OR_EQUAL, from_milliseconds(now)),
    )


async def _write(
    house: House, schema: ClassSchema, user_id: str, operations: dict[str, Operation], guard: Condition
) -> Outcome:
    patch = Patch(schema, user_id, None, operations, guard=guard, returning=(_COUNT,))
    return (await house.storage.write([Unit((patch,))]))[0]
