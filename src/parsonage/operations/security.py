"""``/security``: how safely the server is configured, for the master key and for the log.

Rules: reference/options.md, on ``security``; reference/dashboard-requests.md, on the Security page.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Plain
from parsonage.commands.settings import GetSecurityReport
from parsonage.handlers.named import call_named
from parsonage.operations.house import House
from parsonage.policies.security import Check, CheckGroup, configuration, database_password, is_strong
from parsonage.protocol.errors import NeedsMasterKey, ScriptFailed, SecurityCheckOff

log = logging.getLogger("parsonage.security")

REPORT_VERSION = "1.0.0"
"""Which shape the report has, as the dashboard knows it."""

_FOR_OTHERS = 0o007
"""What the mode of a file lets everybody do."""


async def get_security_report(house: House, call: Call, caller: Caller, command: GetSecurityReport) -> Plain:
    """Carry out every check. Raises SecurityCheckOff (409) where the option does not ask for it.

    Raises ScriptFailed (141) where the operator's own checks can't be carried out.
    """
    if not caller.is_master:
        raise NeedsMasterKey
    if not house.options.security.check:
        raise SecurityCheckOff
    return Plain(_report(await _checked(house)))


async def log_security_report(house: House) -> None:
    """Tell what is weak, if the options ask for it."""
    if not (house.options.security.check and house.options.security.log):
        return
    try:
        groups = await _checked(house)
    except ScriptFailed as failure:
        log.error("%s", failure)
        return
    for group in groups:
        for check in group.checks:
            if not check.passed:
                log.warning("%s: %s fails. %s %s", group.name, check.title, check.warning, check.solution)
    checks = [check for group in groups for check in group.checks]
    log.info("%d of %d security checks passed", sum(check.passed for check in checks), len(checks))


async def _checked(house: House) -> list[CheckGroup]:
    return [
        await asyncio.to_thread(_database, house),
        configuration(house.options),
        *await _own_groups(house),
    ]


def _database(house: House) -> CheckGroup:
    database = house.options.database
    if database.is_postgresql:
        check = Check(
            "Secure database password",
            is_strong(database_password(database.location)),
            "The password of the database can be guessed, or there is none.",
            "Choose one of 14 characters or more: small and capital letters, digits and others.",
        )
    else:
        check = Check(
            "Database file is private",
            not Path(database.location).stat().st_mode & _FOR_OTHERS,
            "Every user of this machine can read the database.",
            f"chmod o-rwx {database.location}",
        )
    return CheckGroup("Database", (check,))


async def _own_groups(house: House) -> list[CheckGroup]:
    if house.own_checks is None:
        return []
    try:
        return msgspec.convert(await call_named(house.own_checks), list[CheckGroup])
    except Exception as error:  # it is the operator's code, behind a door of its own
        log.exception("security.checkGroups failed")
        raise ScriptFailed(f"security.checkGroups: {error}") from error


def _report(groups: list[CheckGroup]) -> dict[str, Any]:
    told = [
        {"name": group.name, "state": _state(group), "checks": [_told(check) for check in group.checks]}
        for group in groups
    ]
    return {"report": {"version": REPORT_VERSION, "state": _state(*groups), "groups": told}}


def _state(*groups: CheckGroup) -> str:
    return "success" if all(check.passed for group in groups for check in group.checks) else "fail"


def _told(check: Check) -> dict[str, str]:
    if check.passed:
        return {"title": check.title, "state": "success"}
    return {"title": check.title, "state": "fail", "warning": check.warning, "solution": check.solution}
