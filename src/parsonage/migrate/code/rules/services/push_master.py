"""PC801 push-master · `Parse.Push.send()` without the master key

What it finds: the call without `useMasterKey` among its options.
Why it matters: Parse Server sends for the master key alone, and answers everybody else with 403. The SDK of Parse
Server 2 to 4.4 presents the key where it is told to; since 2.18, in Parse Server since 4.5, it presents the key
unless it is told not to. So such code, which an older Parse Server refused, runs again.
Instead: `Parse.Push.send(what, { useMasterKey: true })`, which is right with every SDK.
The fix: adds the option. Safe.
Legacy mode: sends it with the master key. Parsonage has no push service yet; it answers as a Parse Server without one
does, code 115 with `Missing push configuration`, to the old form and to the new, and says so in the log.
Known gap: options that come in a variable from elsewhere are taken to hold it.
Source: reference/migration-rules.md, PC801.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, with_option
from parsonage.migrate.code.source import Node


@on_calls("send", severity=Severity.INFO, until=5)
def push_master(call: Node, module: Module) -> Iterator[Found]:
    """Find pushes that do not name the master key."""
    if module.dotted(syntax.callee(call)) != "Parse.Push.send" or has_authority(call, module):
        return
    edit = with_option(call, "useMasterKey: true") if syntax.arguments(call) else None
    yield Found(
        call,
        "only the master key may send pushes, and an SDK before 2.18 presents it only if told to",
        Fix.safe(edit) if edit is not None else None,
    )
