"""PC116 bad-function-name · A name that the router refuses

What it finds: functions and jobs whose name has a dot, a space, a slash or a quote.
Why it matters: the registration succeeds, and every call is answered with `Invalid function`.
Instead: another name.
The fix: none: apps that are out call the old one.
Known gap: names that are put together at run time are not seen.
Source: reference/migration-rules.md, PC116.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("define", "job", severity=Severity.BREAKS, until=NEWEST)
def bad_function_name(call: Node, module: Module) -> Iterator[Found]:
    """Find names that no request can hold."""
    given = syntax.arguments(call)
    name = syntax.string(module.value_of(given[0])) if given else None
    registers = module.dotted(syntax.callee(call)) in {"Parse.Cloud.define", "Parse.Cloud.job"}
    if registers and name is not None and any(sign in name for sign in ". /'\""):
        yield Found(call, "calls of this name are refused: letters, digits, - and _ make one")
