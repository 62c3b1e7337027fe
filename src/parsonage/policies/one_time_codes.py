"""Codes of an authenticator app as a second factor: TOTP, and recovery codes for whoever lost the app.

What is stored of a user's factor is ``{"secret", "recovery": […], "lastUsed"}``; Parse Server stores the first
two. ``lastUsed`` is the period of the last code that logged in: a code serves for one log-in (PB071).

Rules: reference/users-sessions.md, section 8; RFC 4226 and RFC 6238; advisory 67.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.options.model import SecondFactor
from parsonage.protocol.errors import ScriptFailed
from parsonage.protocol.names import new_token
from parsonage.protocol.values import Value

PROVIDER = "mfa"
"""The name under which the factor stands in ``authData``."""

SHORTEST_SECRET = 20
"""Characters of base32."""

_RECOVERY_CODES = 2
_RECOVERY_LENGTH = 30
_PERIODS_EITHER_WAY = 1
"""A clock may go wrong by so many periods."""


class SetUp(msgspec.Struct, frozen=True):
    """A factor that is to be stored, and the recovery codes as its user is told them, once."""

    stored: dict[str, Value]
    recovery: str


class Proof(msgspec.Struct, frozen=True):
    """What was shown as the second factor: a recovery code, or the code of a period."""

    recovery: str | None = None
    period: int = 0


def set_up(rules: SecondFactor, data: Any, now: int) -> SetUp:
    """Begin with a secret that the user's app has; a code of it proves that. ``now`` is in milliseconds.

    Raises ScriptFailed (141).
    """
    secret, code = (data.get("secret"), data.get("token")) if isinstance(data, dict) else (None, None)
    if not (isinstance(secret, str) and len(secret) >= SHORTEST_SECRET and code):
        raise ScriptFailed("Invalid MFA data")
    if period_of(rules, secret, code, now) is None:
        raise ScriptFailed("Invalid MFA token")
    codes = [new_token(_RECOVERY_LENGTH) for _ in range(_RECOVERY_CODES)]
    return SetUp({"secret": secret, "recovery": list[Value](codes)}, ", ".join(codes))


def replaced(data: Any) -> dict[str, Value]:
    """A factor that the master key puts in the place of another. Raises ScriptFailed (141)."""
    secret = data.get("secret") if isinstance(data, dict) else None
    if not (isinstance(secret, str) and len(secret) >= SHORTEST_SECRET):
        raise ScriptFailed("Invalid MFA data")
    codes = data.get("recovery")
    if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
        return {"secret": secret, "recovery": list[Value](codes)}
    return {"secret": secret}


def prove(rules: SecondFactor, stored: Mapping[str, Any], code: Any, now: int) -> Proof:
    """What a code proves about a stored factor. Raises ScriptFailed (141) if nothing, or if it was used before."""
    if isinstance(code, str) and code in (stored.get("recovery") or ()):
        return Proof(recovery=code)
    secret = stored.get("secret")
    period = period_of(rules, secret, code, now) if isinstance(secret, str) else None
    if period is None or period <= stored.get("lastUsed", -1):
        raise ScriptFailed("Invalid MFA token")
    return Proof(period=period)


def period_of(rules: SecondFactor, secret: str, code: Any, now: int) -> int | None:
    """The period whose code it is, of those that a clock may be in. Raises ScriptFailed (141) for no base32."""
    if not isinstance(code, str):
        return None
    try:
        key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    except (binascii.Error, ValueError):
        raise ScriptFailed("Invalid MFA data") from None
    current = now // 1000 // rules.period
    for period in range(current - _PERIODS_EITHER_WAY, current + _PERIODS_EITHER_WAY + 1):
        if hmac.compare_digest(code_of(rules, key, period).encode(), code.encode(errors="replace")):
            return period
    return None


def code_of(rules: SecondFactor, key: bytes, period: int) -> str:
    """The code of one period (RFC 4226, section 5.3)."""
    digest = hmac.digest(key, period.to_bytes(8), getattr(hashlib, rules.algorithm.lower()))
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
    return str(number % 10**rules.digits).zfill(rules.digits)


def without_secrets(auth_data: Mapping[str, Any]) -> dict[str, Any]:
    """A user's sign-in data as anybody but the master key sees it: of the second factor only that there is one."""
    kept = {provider: data for provider, data in auth_data.items() if data is not None}
    factor = kept.get(PROVIDER)
    return {**kept, PROVIDER: _shown(factor)} if isinstance(factor, Mapping) else kept


def _shown(stored: Mapping[str, Any]) -> dict[str, str]:
    return {"status": "enabled" if stored.get("secret") else "disabled"}
