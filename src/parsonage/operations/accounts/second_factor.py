"""The second factor at a log-in: whether one is asked for, and using it up together with the session's beginning.

Rules: reference/users-sessions.md, sections 6 and 8; advisory 67.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.operations.house import House
from parsonage.policies import one_time_codes
from parsonage.policies.one_time_codes import PROVIDER, Proof
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import ErrorCode, ParseError, ScriptFailed
from parsonage.protocol.field_operations import Operation
from parsonage.query.model import Absent, Compare, Comparison, Condition, Equals, Holds, all_of, any_of
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Patch

_STORED = f"authData.{PROVIDER}"


class FactorMissing(ParseError):
    """The user has a second factor, and the log-in brought none."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.OTHER_CAUSE, f"Missing additional authData {PROVIDER}")


class FactorUsed(ScriptFailed):
    """Somebody else used the same code at the same moment."""

    message = "Invalid auth data"


def factor_of(house: House, auth_data: Any) -> Mapping[str, Any] | None:
    """The second factor that a user has; ``None`` without one, and where second factors are switched off."""
    if not house.options.second_factor.is_on or not isinstance(auth_data, dict):
        return None
    stored = auth_data.get(PROVIDER)
    return stored if isinstance(stored, dict) else None


def use_factor(house: House, schema: ClassSchema, user_id: str, auth_data: Any, given: Any) -> list[Patch]:
    """The change that uses up the code of a log-in, to be written with its session; none where none is needed.

    ``auth_data`` is what the user has, ``given`` what the log-in brought. Raises FactorMissing (-1), ScriptFailed
    (141).
    """
    stored = factor_of(house, auth_data)
    if stored is None:
        return []
    brought = given.get(PROVIDER) if isinstance(given, dict) else None
    if brought is None:
        raise FactorMissing
    code = brought.get("token") if isinstance(brought, dict) else None
    proof = one_time_codes.prove(house.options.second_factor, stored, code, house.clock())
    operations, guard = _used_up(proof)
    return [
        Patch(schema, user_id, None, operations, guard=all_of(guard, Equals(f"{_STORED}.secret", stored["secret"])))
    ]


def _used_up(proof: Proof) -> tuple[dict[str, Operation], Condition]:
    """What is stored of a code that was used, and the condition that nobody has used it yet."""
    if proof.recovery is not None:
        codes = f"{_STORED}.recovery"
        return {codes: op.Remove([proof.recovery])}, Holds(codes, (proof.recovery,))
    last = f"{_STORED}.lastUsed"
    return {last: op.Set(proof.period)}, any_of(Absent(last), Compare(last, Comparison.LESS, proof.period))
