"""PC802 push-result · What `Parse.Push.send()` resolves with

What it finds: a `success` callback, the next `then()` or a variable that uses what the call resolves with, for anything
but `getPushStatus()`.
Why it matters: it was `{ result: true }`; since version 3.1 of the SDK it is the id of the push's status. The push is
sent later: success means that it was accepted.
Instead: `Parse.Push.getPushStatus(id)`.
The fix: none.
Legacy mode: resolves with `result`, which is true, and with `objectId`, the id of the push's status; where a text is
wanted, it is that id. Parsonage has no push service yet; until then every push is refused as by a Parse Server without
one, with code 115 and `Missing push configuration`.
Source: reference/migration-rules.md, PC802.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("send", severity=Severity.WARN, until=5)
def push_result(call: Node, module: Module) -> Iterator[Found]:
    """Find uses of the old result."""
    if module.dotted(syntax.callee(call)) != "Parse.Push.send":
        return
    if any(_is_old_use(use) for use in _uses(call, module)):
        yield Found(call, "this resolves with the id of the push's status, before anything is sent")


def _uses(call: Node, module: Module) -> Iterator[Node]:
    """Every place at which what the call resolves with is used."""
    functions = [
        handler for link in syntax.links_after(call)[:1] if link.name == "then" for handler in link.handlers[:1]
    ]
    for options in syntax.arguments(call)[1:2]:
        functions += [value for name, value in syntax.properties(options).items() if name == "success"]
    for function in functions:
        listed = syntax.parameters(function) if syntax.is_function(function) else []
        name, inside = syntax.parameter_name(listed[0]) if listed else None, syntax.body(function)
        if name is not None and inside is not None:
            yield from _named(inside, name)
    declarator = call.parent.parent if call.parent is not None and call.parent.type == "await_expression" else None
    variable = declarator.child_by_field_name("name") if declarator is not None else None
    around = syntax.enclosing_function(call)
    if variable is not None and variable.type == "identifier" and around is not None:
        yield from (use for use in _named(around, syntax.text(variable)) if use.id != variable.id)


def _named(where: Node, name: str) -> Iterator[Node]:
    return (node for node in syntax.walk(where) if node.type == "identifier" and syntax.text(node) == name)


def _is_old_use(use: Node) -> bool:
    call = use.parent.parent if use.parent is not None and use.parent.type == "arguments" else None
    return call is None or syntax.method(call) not in {"getPushStatus", "log", "info"}
