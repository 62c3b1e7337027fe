"""PC211 save-error-args · An error callback with two parameters

What it finds: functions with two parameters, given as the error callback of a `then` or `catch`.
Why it matters: a promise is rejected with one value: the first parameter holds the error, the second is undefined.
Instead: drop the first parameter.
The fix: drops it. Safe where it isn't used.
Source: reference/migration-rules.md, PC211.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    is_foreign,
)
from parsonage.migrate.code.source import Node


@on_calls("then", "catch", "fail", severity=Severity.BREAKS, until=3, stage=4)
def save_error_args(call: Node, module: Module) -> Iterator[Found]:
    """Find error callbacks that expect an object first."""
    given = syntax.arguments(call)
    callback = given[1] if syntax.method(call) == "then" and len(given) == 2 else None
    if syntax.method(call) != "then" and given:
        callback = given[0]
    start = syntax.chain_start(call)
    if (
        callback is None
        or not syntax.is_function(callback)
        or len(syntax.parameters(callback)) != 2
        or is_foreign(start)
    ):
        return
    first, second = syntax.parameters(callback)
    inside = syntax.body(callback)
    used = inside is not None and any(True for _ in module.source.mentions(syntax.text(first), inside))
    fix = None if used else Fix.safe(Edit(first.start_byte, second.start_byte, ""))
    yield Found(callback, "a rejected promise gives one value, the error: the second parameter is undefined", fix)
