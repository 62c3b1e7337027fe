"""PC102 response-escapes · A response that is handed on

What it finds: a response given to another function, stored, or used by its methods alone, as in
`.then(response.success, response.error)`.
Why it matters: a rewrite of the calls that can be seen misses the hidden ones; the outer handler returns undefined
before they come.
Instead: let the helper return a promise, and return that.
The fix: ends a chain before `.then(response.success, response.error)` and returns it. Safe when the chain is the last
thing its handler does. Other escapes are reported.
Source: reference/migration-rules.md, PC102.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.sdk import takes_options
from parsonage.migrate.code.source import Node


@on_handlers(severity=Severity.BREAKS, until=3, stage=5)
def response_escapes(handler: Handler) -> Iterator[Found]:
    """Find responses, or their methods, that are used as values."""
    found = answers.uses(handler)
    for escape in found.escapes:
        if not takes_options(escape):
            yield Found(escape, f"{handler.response} is handed on: what gets it can answer no more")
    links: set[int] = set()
    for detached in found.detached:
        call = detached.parent.parent if detached.parent is not None else None
        if call is None or call.id not in links:
            yield Found(
                detached, f"{syntax.text(detached)} is handed on: return the promise instead", _fix(call, handler)
            )
        links.add(call.id if call is not None else detached.id)


def _fix(call: Node | None, handler: Handler) -> Fix | None:
    if call is None or call.type != "call_expression":
        return None
    try:
        return Fix.safe(*answers.drop_link(call, handler))
    except answers.NotByItself:
        return None
