"""What a password and a mail address must be.

Rules: reference/users-sessions.md, sections 1 to 3 and 11; PB066.
"""

from __future__ import annotations

import re
from functools import lru_cache
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


def fits_pattern(password: str, pattern: str) -> bool:
    """Whether a password has what the operator's expression looks for."""
    return _compiled(pattern).search(password) is not None


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)  # as in JavaScript, a \d is one of ten digits


def contains_username(password: str, username: Any) -> bool:
    """Whether the user's name stands in the password."""
    return isinstance(username, str) and username != "" and username in password


def check_email(address: str) -> None:
    """A mail address: something, an @, something. Raises InvalidEmailAddress (125)."""
    if _EMAIL.match(address) is None:
        raise InvalidEmailAddress
