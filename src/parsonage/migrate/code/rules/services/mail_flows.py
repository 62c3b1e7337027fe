"""PC809 mail-flows · Mails for passwords and addresses

What it finds: `requestPasswordReset()` and `requestEmailVerification()` in a project whose configuration, as far as it
is there to be read, names no email adapter; and, in a configuration, `verifyUserEmails` without an adapter.
Why it matters: hosted Parse sent these mails; a server needs an adapter and its public address. Since 3.1 a reset
succeeds for unknown addresses, too; since 8 the links hold a token and no user name.
Instead: an email adapter, `publicServerURL`, and new templates.
The fix: none.
Source: reference/migration-rules.md, PC809.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.code.versions import NEWEST
from parsonage.migrate.settings.model import Settings, Stated

_CALLS = ("requestPasswordReset", "requestEmailVerification")


@on_settings(severity=Severity.BREAKS, until=NEWEST, legacy=True)
def mail_flows(settings: Settings) -> Iterator[Stated]:
    """Find mails that nobody sends."""
    if not settings.has("emailAdapter"):
        for module in settings.modules:
            for call in [call for name in _CALLS for call in module.calls().get(name, [])]:
                owner = module.dotted(syntax.receiver(call))
                if owner == "Parse.User" or owner.startswith("Parse.User."):
                    yield Stated.of(module, call, "this needs an email adapter and the option publicServerURL")
    for configuration in settings.configurations:
        wanted = configuration.get("verifyUserEmails")
        if (
            wanted is not None
            and wanted.value is True
            and configuration.whole
            and not configuration.has("emailAdapter")
        ):
            yield Stated.at(wanted, "this needs an email adapter and the option publicServerURL")
