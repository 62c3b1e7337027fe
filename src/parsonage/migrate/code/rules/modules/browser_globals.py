"""PC614 browser-globals · `alert`, `window` and `document` on a server

What it finds: calls of `alert`, and members of `window` and `document`, where the file declares no such name.
Why it matters: Node has none of them: the line throws.
Instead: `console.log`, or nothing.
The fix: writes `console.log` for `alert`. Safe.
Source: reference/migration-rules.md, PC614.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
((call_expression function: (identifier) @name) @it (#eq? @name "alert"))
((member_expression object: (identifier) @name) @it (#any-of? @name "window" "document"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=NEWEST, legacy=False)
def browser_globals(node: Node, module: Module) -> Iterator[Found]:
    """Find names that only browsers have."""
    name = node.child_by_field_name("function" if node.type == "call_expression" else "object")
    wanted = {"alert"} if node.type == "call_expression" else {"window", "document"}
    if name is None or name.type != "identifier" or syntax.text(name) not in wanted:
        return
    if module.binding(syntax.text(name), name) is not None:
        return
    fix = Fix.safe(Edit.replace(name, "console.log")) if node.type == "call_expression" else None
    yield Found(node, f"a server has no {syntax.text(name)}", fix)
