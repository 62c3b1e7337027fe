"""Commands on accounts and sessions. Signing up is creating a ``_User``."""

from __future__ import annotations

from typing import Any

import msgspec


class LogIn(msgspec.Struct, frozen=True):
    """Log in by user name or mail address, and password. The parts are as sent: any JSON."""

    username: Any = None
    email: Any = None
    password: Any = None
    auth_data: Any = None
    """Further factors, and providers to be linked."""


class VerifyPassword(msgspec.Struct, frozen=True):
    """The same check, without a session."""

    username: Any = None
    email: Any = None
    password: Any = None


class Challenge(msgspec.Struct, frozen=True):
    """Ask the providers of sign-in data for what a log-in with them needs first. The parts are as sent: any JSON."""

    username: Any = None
    email: Any = None
    password: Any = None
    auth_data: Any = None
    challenge_data: Any = None


class LogInAs(msgspec.Struct, frozen=True):
    """Become any user; for the master key."""

    user_id: Any = None


class LogOut(msgspec.Struct, frozen=True):
    """End the caller's session."""


class GetMe(msgspec.Struct, frozen=True):
    """Read the user of the session."""


class GetMySession(msgspec.Struct, frozen=True):
    """Read the session of the request."""


class UpgradeSession(msgspec.Struct, frozen=True):
    """Start a new session beside the one of the request."""


class RequestPasswordReset(msgspec.Struct, frozen=True):
    """Ask for a mail with a link to set a new password."""


class RequestEmailVerification(msgspec.Struct, frozen=True):
    """Ask for a mail with a link that verifies the address."""
