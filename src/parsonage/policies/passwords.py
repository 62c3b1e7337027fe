"""What a password and a mail address must be.

Rules: reference/users-sessions.md, sections 1 to 3; PB066.
"""

from __future__ import annotations

import re
from typing import Any

from parsonage.protocol.errors import InvalidEmailAddress, PasswordMissing, UsernameMissing

BCRYPT_BYTES = 72
"""bcrypt looks at no more; Parse Server cuts silently, so must we."""

_EMAIL = re.compile(r".+@.+\Z")


def check_username(given: Any) -> str:
    """A user name: text that is not empty. Raises UsernameMissing (200)."""
    if not (isinstance(given, str) and given):
        raise UsernameMissing
    return given


def check_password(given: Any) -> str:
    """A password: text that is not empty, on sign-up and on every change. Raises PasswordMissing (201)."""
    if not (isinstance(given, str) and given):
        raise PasswordMissing
    return given


def check_email(address: str) -> None:
    """A mail address: something, an @, something. Raises InvalidEmailAddress (125)."""
    if _EMAIL.match(address) is None:
        raise InvalidEmailAddress
