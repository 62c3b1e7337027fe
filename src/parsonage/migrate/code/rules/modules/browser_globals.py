"""PC614 browser-globals · `alert`, `window`, `document` and `$` on a server

What it finds: calls of `alert` and `$`, and members of `window`, `document` and `$`, where the file declares no such
name and the function around doesn't ask by `typeof` whether there is one.
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
((member_expression object: (identifier) @name) @it (#any-of? @name "window" "document" "$"))
((call_expression function: (identifier) @name) @it (#eq? @name "$"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=NEWEST, legacy=False)
def browser_globals(node: Node, module: Module) -> Iterator[Found]:
    """Find names that only browsers have."""
    name = node.child_by_field_name("function" if node.type == "call_expression" else "object")
    wanted = {"alert", "$"} if node.type == "call_expression" else {"window", "document", "$"}
    if name is None or name.type != "identifier" or syntax.text(name) not in wanted:
        return
    if module.binding(syntax.text(name), name) is not None or next(module.assigned(name), None) is not None:
        return
    if _is_looked_for(name, module):
        return
    fix = Fix.safe(Edit.replace(name, "console.log")) if syntax.text(name) == "alert" else None
    yield Found(node, f"a server has no {syntax.text(name)}", fix)


def _is_looked_for(name: Node, module: Module) -> bool:
    """Whether the code around asks first whether there is such a thing: ``typeof window``."""
    function = syntax.enclosing_function(name) or module.source.root
    return next(module.source.places(f"typeof {syntax.text(name)}", function), None) is not None
