"""PC106 promise-not-returned · A chain of promises that nobody waits for

What it finds: handlers without a response whose body starts a chain of promises as a statement, and that return and
await nothing.
Why it matters: a function answers `{}` at once; a trigger accepts the save before its check has run.
Instead: `return` or `await` the chain.
The fix: puts `return` before the chain. Safe when the chain is the last statement of the handler.
Known gap: chains that start in a helper are not seen.
Source: reference/migration-rules.md, PC106.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_handlers(severity=Severity.BREAKS, until=NEWEST, legacy=False, stage=6)
def promise_not_returned(handler: Handler) -> Iterator[Found]:
    """Find handlers that start a chain as a statement and wait for nothing."""
    inside = syntax.body(handler.function) if handler.function is not None else None
    if inside is None or inside.type != "statement_block" or len(syntax.parameters(handler.function or inside)) > 1:
        return
    if handler.kind.startswith("after") or _waits(handler, inside):
        return
    statements = syntax.meaningful(inside)
    for statement in statements:
        chain = next(iter(syntax.meaningful(statement)), None) if statement.type == "expression_statement" else None
        if chain is None or chain.type != "call_expression" or syntax.method(chain) not in syntax.LINKS:
            continue
        fix = Fix.safe(Edit.before(chain, "return ")) if statement == statements[-1] else None
        yield Found(chain, "the handler ends before this chain has run: return it", fix)


def _waits(handler: Handler, inside: Node) -> bool:
    """Whether the handler's own function returns or awaits anything."""
    waiting = handler.home.source.captures("[(return_statement) (await_expression)] @it", inside).get("it", [])
    return any(syntax.enclosing_function(node) == handler.function for node in waiting)
