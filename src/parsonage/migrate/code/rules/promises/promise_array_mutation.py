"""PC212 promise-array-mutation · A chain built in a loop

What it finds: `promise = promise.then(…)` in a loop, or in the callback of `each` or `forEach`, on a variable that
began as `Parse.Promise.as()` or `Promise.resolve()`.
Why it matters: it works, but keeps one link for each row, and closes over `var i` where the loop counts by it.
Instead: `for … of` with `await`.
The fix: writes the loop, as one link of the chain. Assisted, where the callback does nothing else.
Source: reference/migration-rules.md, PC212.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_SETTLED = frozenset({"Parse.Promise.as()", "Promise.resolve()"})
_EACH = frozenset({"each", "forEach"})


@on_calls("then", severity=Severity.INFO, until=3)
def promise_array_mutation(call: Node, module: Module) -> Iterator[Found]:
    """Find variables that are given a longer chain once more in each round."""
    assignment, variable = syntax.chain_of(call).parent, syntax.origin(call)
    if assignment is None or assignment.type != "assignment_expression" or variable.type != "identifier":
        return
    left = assignment.child_by_field_name("left")
    if left is None or syntax.text(left) != syntax.text(variable) or syntax.receiver(call) != variable:
        return
    round_ = _round(assignment)
    if round_ is not None and module.dotted(module.value_of(variable)) in _SETTLED:
        yield Found(assignment, "a loop with await does this without a link for each row", _fix(call, round_))


def _round(assignment: Node) -> Node | None:
    """The loop, or the call that goes through a list, in which a statement stands."""
    for around in syntax.ancestors(assignment):
        if around.type in syntax.LOOPS:
            return around
        if syntax.is_function(around):
            given = around.parent
            by = given.parent if given is not None and given.type == "arguments" else None
            return by if by is not None and syntax.method(by) in _EACH else None
    return None


def _fix(call: Node, round_: Node) -> Fix | None:
    """``_.each(list, function (o) { p = p.then(function () { return E; }); })`` as a link with a loop in it."""
    given, statement = syntax.arguments(round_), round_.parent
    if round_.type != "call_expression" or statement is None or statement.type != "expression_statement":
        return None
    function, link = given[-1], next(iter(syntax.arguments(call)), None)
    listed = given[0] if len(given) == 2 else syntax.receiver(round_)
    inside, names = syntax.body(function), [syntax.parameter_name(each) for each in syntax.parameters(function)]
    if link is None or not syntax.is_function(link) or listed is None or inside is None or len(names) != 1:
        return None
    value, is_all = syntax.returned(link), len(syntax.meaningful(inside)) == 1
    block = syntax.body(link)
    alone = block is not None and (block.type != "statement_block" or len(syntax.meaningful(block)) == 1)
    if value is None or not is_all or not alone or syntax.parameters(link) or syntax.links_after(call):
        return None
    promise = syntax.text(syntax.origin(call))
    opening = f"{promise} = {promise}.then(async () => {{ for (const {names[0]} of {syntax.text(listed)}) await "
    return Fix.assisted(
        Edit(round_.start_byte, value.start_byte, opening), Edit(value.end_byte, round_.end_byte, "; })")
    )
