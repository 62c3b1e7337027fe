"""PC209 sync-then · A callback that was called at once

What it finds: a variable that a callback on `Parse.Promise.as()` or `Promise.resolve()` sets, read by a statement after
the chain.
Why it matters: the old promises called back at once when they were settled already. Native ones call back later, so the
statement reads the old value.
Instead: `await`, or the statement within the callback.
The fix: none.
Known gap: promises that a function gives are not known to be settled.
Source: reference/migration-rules.md, PC209.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_SETTLED = frozenset({"Parse.Promise.as()", "Promise.resolve()"})


@on_calls("then", "done", "always", severity=Severity.RISKY, until=3)
def sync_then(call: Node, module: Module) -> Iterator[Found]:
    """Find variables that are read before the callback that sets them has run."""
    statement = call.parent
    block = statement.parent if statement is not None else None
    if statement is None or block is None or statement.type != "expression_statement":
        return
    if module.dotted(syntax.chain_start(call)) not in _SETTLED:
        return
    names = _set_within(call)
    for later in syntax.meaningful(block):
        if later.start_byte >= statement.end_byte and names & _read_at_once(later):
            yield Found(call, f"{min(names & _read_at_once(later))} is read below before this callback has run")
            return


def _set_within(call: Node) -> set[str]:
    """The variables that the callbacks of a chain set and don't declare."""
    assigned, declared = set(), set()
    for node in syntax.walk(call):
        left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
        name = node.child_by_field_name("name") if node.type == "variable_declarator" else None
        if left is not None and left.type == "identifier":
            assigned.add(syntax.text(left))
        if name is not None:
            declared.add(syntax.text(name))
    return assigned - declared


def _read_at_once(statement: Node) -> set[str]:
    """The variables that a statement reads itself, not in a function within."""
    return {
        syntax.text(node)
        for node in syntax.walk(statement)
        if node.type == "identifier" and syntax.enclosing_function(node) == syntax.enclosing_function(statement)
    }
