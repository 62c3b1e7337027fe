"""PC416 cloud-run-inside · `Parse.Cloud.run()` inside Cloud Code

What it finds: the call in a handler, without options.
Why it matters: it runs as a client that nobody knows: `request.user` is not set in the function called.
Instead: call the JavaScript function itself, or pass `{ sessionToken }`.
The fix: none.
Source: reference/migration-rules.md, PC416.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("run", severity=Severity.RISKY, until=NEWEST)
def cloud_run_inside(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    is_run = module.dotted(syntax.callee(call)) == "Parse.Cloud.run"
    given = syntax.arguments(call)
    says_who = len(given) > 2 and {"useMasterKey", "sessionToken"} & syntax.properties(module.value_of(given[2])).keys()
    if is_run and not says_who and module.handler_at(call) is not None:
        yield Found(call, "the function called doesn't know who is asking: call it directly, or pass the session")
