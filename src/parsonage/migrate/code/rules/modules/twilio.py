"""PC605 twilio · The calls of the old `twilio` module

What it finds: `sendSms()`, `sendSMS()`, `sms.messages.create()` and `initialize()` on what `require('twilio')` gives.
Why it matters: today's package has none of them.
Instead: the package `twilio` of npm: `client.messages.create()`.
The fix: writes `messages.create` for the old names. Somebody has to agree: the package must be installed.
Source: reference/migration-rules.md, PC605.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import package_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("sendSms", "sendSMS", "initialize", "create", "post", severity=Severity.BREAKS, until=2, legacy=False)
def twilio(call: Node, module: Module) -> Iterator[Found]:
    """Find the old calls by the package they come from."""
    called, owner, name = syntax.callee(call), syntax.receiver(call), syntax.method(call)
    if called is None or owner is None or package_of(owner, module) != "twilio":
        return
    if name in {"create", "post"}:
        if syntax.text(owner).endswith((".sms.messages", ".SMS.messages")):
            client = syntax.text(owner)[: -len(".sms.messages")]
            fix = Fix.assisted(Edit.replace(called, f"{client}.messages.create"))
            yield Found(call, "today's package has client.messages.create()", fix)
    elif name == "initialize":
        yield Found(call, "today's package is opened by require('twilio')(sid, token)")
    else:
        fix = Fix.assisted(Edit.replace(called, f"{syntax.text(owner)}.messages.create"))
        yield Found(call, "today's package has client.messages.create()", fix)
