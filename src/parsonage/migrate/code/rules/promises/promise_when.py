"""PC204 promise-when · `Parse.Promise.when()`

What it finds: calls of `Parse.Promise.when()`.
Why it matters: results came as separate arguments, and a rejection waited for all; `Promise.all` gives one array and
rejects at the first.
Instead: `Promise.all([…])`, and take the array apart: `([a, b]) =>`; `Promise.allSettled` to wait for all.
The fix: writes `Promise.all` and takes the results apart. Safe when the next callback names its parameters plainly.
Assisted where nothing follows that could be seen.
Known gap: a rejection no longer waits for the others.
Source: reference/migration-rules.md, PC204.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("when", severity=Severity.BREAKS, until=3, stage=3)
def promise_when(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    if module.dotted(syntax.callee(call)) == "Parse.Promise.when":
        yield Found(call, "Parse.Promise is gone: Promise.all gives its results as one array", _fix(call, module))


def _fix(call: Node, module: Module) -> Fix | None:
    called, given = syntax.callee(call), syntax.arguments(call)
    listed = call.child_by_field_name("arguments")
    if called is None or listed is None or not given:
        return None
    edits = [Edit.replace(called, "Promise.all")]
    if len(given) > 1 or given[0].type == "call_expression":
        edits += [Edit.before(given[0], "["), Edit.after(given[-1], "]")]
    elif not _is_array(given[0], module):
        return None
    links = syntax.links_after(call)
    if not links:
        return Fix.assisted(*edits)
    callback = links[0].handlers[0] if links[0].name == "then" and links[0].handlers else None
    if callback is None or not syntax.is_function(callback) or _uses_arguments(callback, module):
        return None
    parameters = syntax.parameters(callback)
    if any(parameter.type != "identifier" for parameter in parameters):
        return None
    alone = callback.child_by_field_name("parameter") is not None
    if parameters:
        opening, closing = ("([", "])") if alone else ("[", "]")
        edits += [Edit.before(parameters[0], opening), Edit.after(parameters[-1], closing)]
    return Fix.safe(*edits)


def _is_array(given: Node, module: Module) -> bool:
    value = module.value_of(given)
    return value.type == "array" or f"{syntax.text(given)}.push(".encode() in module.source.text


def _uses_arguments(callback: Node, module: Module) -> bool:
    return any(node.type == "identifier" for node in module.source.mentions("arguments", callback))
