"""PC206 promise-statics · Other statics of `Parse.Promise`

What it finds: `Parse.Promise.is`, `_continueWhile`, `enableAPlusCompliant`, `_isPromisesAPlusCompliant`.
Why it matters: `Parse.Promise` is gone.
Instead: `typeof value.then === 'function'`; a loop with `await`.
The fix: writes the question for `is` out, and takes `enableAPlusCompliant()` out. Safe for these two.
Source: reference/migration-rules.md, PC206.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_GONE = ("is", "_continueWhile", "enableAPlusCompliant", "disableAPlusCompliant", "_isPromisesAPlusCompliant")


@on_calls(*_GONE, severity=Severity.BREAKS, until=3, stage=3)
def promise_statics(call: Node, module: Module) -> Iterator[Found]:
    """Find the calls by their whole names."""
    name = syntax.method(call)
    if module.dotted(syntax.callee(call)) == f"Parse.Promise.{name}":
        yield Found(call, "Parse.Promise is gone", _fix(call, name))


def _fix(call: Node, name: str) -> Fix | None:
    given = syntax.arguments(call)
    statement = call.parent
    if name == "is" and len(given) == 1 and given[0].type == "identifier":
        value = syntax.text(given[0])
        asked = f"{value} && typeof {value}.then === 'function'"
        is_alone = statement is not None and statement.type == "parenthesized_expression"
        return Fix.safe(Edit.replace(call, asked if is_alone else f"({asked})"))
    if name == "enableAPlusCompliant" and statement is not None and statement.type == "expression_statement":
        return Fix.safe(Edit.replace(statement, ""))
    return None
