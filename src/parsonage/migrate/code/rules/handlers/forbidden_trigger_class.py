"""PC111 forbidden-trigger-class · A trigger on an internal class

What it finds: save and delete triggers on `_Session`, and before-triggers on `_PushStatus`.
Why it matters: the registration throws, and the server does not start.
Instead: `beforeLogin`, `afterLogin` and `afterLogout`.
The fix: none.
Source: reference/migration-rules.md, PC111.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls(
    "beforeSave", "afterSave", "beforeDelete", "afterDelete", severity=Severity.BREAKS, until=NEWEST, legacy=False
)
def forbidden_trigger_class(call: Node, module: Module) -> Iterator[Found]:
    """Find registrations that throw."""
    given = syntax.arguments(call)
    if not given or not module.dotted(syntax.callee(call)).startswith("Parse.Cloud."):
        return
    name = syntax.string(given[0]) or module.dotted(given[0]).replace("Parse.Session", "_Session")
    if name == "_Session" or (name == "_PushStatus" and syntax.method(call) != "afterSave"):
        yield Found(call, f"the server does not start with this trigger on {name}")
