"""Asking for a mail: a link to set a new password, or one that verifies an address.

No mail is sent yet. Parse Server without a mail adapter answers so before it looks at what was sent.

Rules: reference/users-sessions.md, sections 9 and 10.
"""

from __future__ import annotations

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.commands.users import RequestEmailVerification, RequestPasswordReset
from parsonage.operations.house import House
from parsonage.protocol.errors import InternalError


class NoMail(InternalError):
    """Nothing is there that could send a mail."""

    message = (
        "An appName, publicServerURL, and emailAdapter are required for password reset"
        " and email verification functionality."
    )


async def request_mail(
    house: House, call: Call, caller: Caller, command: RequestPasswordReset | RequestEmailVerification
) -> Plain:
    """Raises NoMail (code 1, 500)."""
    raise NoMail
