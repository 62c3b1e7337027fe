"""PC806 config-access · `Parse.Config.current()` on a server

What it finds: the call.
Why it matters: it is empty until this process has asked for the configuration once, and stays as it was then.
Instead: `await Parse.Config.get()`; with `{ useMasterKey: true }` for parameters that the master key alone may read.
The fix: writes `await Parse.Config.get()` in async functions. Safe there.
Source: reference/migration-rules.md, PC806.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("current", severity=Severity.WARN, until=NEWEST)
def config_access(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    called = syntax.callee(call)
    if called is None or module.dotted(called) != "Parse.Config.current":
        return
    function, around = syntax.enclosing_function(call), call.parent
    fix = None
    if function is not None and syntax.is_async(function) and syntax.text(called) == "Parse.Config.current":
        asked = "await Parse.Config.get()"
        is_object = around is not None and around.type in {"member_expression", "subscript_expression"}
        fix = Fix.safe(Edit.replace(call, f"({asked})" if is_object else asked))
    yield Found(call, "this is empty, or old: await Parse.Config.get()", fix)
