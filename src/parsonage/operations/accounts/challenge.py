"""Asking a provider for its challenge before a log-in. Neither guests nor one-time codes have one.

Rules: reference/users-sessions.md, section 7; advisory 79.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.commands.users import Challenge, VerifyPassword
from parsonage.operations.accounts.log_in import prove
from parsonage.operations.accounts.sign_in_data import ANONYMOUS, find_owners, identities
from parsonage.operations.house import House
from parsonage.protocol.errors import ErrorCode, ObjectNotFound, ParseError
from parsonage.protocol.javascript import is_truthy


async def challenge(house: House, call: Call, caller: Caller, command: Challenge) -> Plain:
    """What each provider named in ``challenge_data`` asks; one without a challenge is passed over.

    Raises ObjectNotFound (101) for a user that is not known or not proved, and -1 for what is not understood.
    """
    by_name = is_truthy(command.username) or is_truthy(command.email)
    if by_name:
        if not is_truthy(command.password):
            raise _not_understood("You provided username or email, you need to also provide password.")
        await prove(house, caller, VerifyPassword(command.username, command.email, command.password))
    if not is_truthy(command.challenge_data):
        raise _not_understood("Nothing to challenge.")
    if not isinstance(command.challenge_data, (dict, list)):
        raise _not_understood("challengeData should be an object.")
    if is_truthy(command.auth_data):
        if by_name:
            raise _not_understood(
                "You cannot provide username/email and authData, only use one identification method."
                if isinstance(command.auth_data, (dict, list))
                else "authData should be an object."
            )
        await _refuse_strangers(house, _by_provider(command.auth_data))
    return Plain({"challengeData": {}})


def _by_provider(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, (dict, list)):
        raise _not_understood("authData should be an object.")
    by_provider = given if isinstance(given, dict) else {str(index): data for index, data in enumerate(given)}
    for provider, data in by_provider.items():
        if data is not None and not isinstance(data, dict):
            raise _not_understood(f"authData.{provider} should be an object.")
    if sum(data is not None and is_truthy(data.get("id")) for data in by_provider.values()) > 1:
        raise _not_understood("You cannot provide more than one authData provider with an id.")
    return by_provider


async def _refuse_strangers(house: House, given: Mapping[str, Any]) -> None:
    schema = await house.schemas.get("_User")
    owners = await find_owners(house, schema, given) if schema is not None else {}
    if len(owners) != 1 or ANONYMOUS not in identities(house, given):
        raise ObjectNotFound("User not found.")


def _not_understood(text: str) -> ParseError:
    return ParseError(ErrorCode.OTHER_CAUSE, text)
