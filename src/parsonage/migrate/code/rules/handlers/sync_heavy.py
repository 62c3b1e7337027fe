"""PC119 sync-heavy · One request for each row

What it finds: in functions and triggers, a query, a save, a deletion or a fetch within a loop, or within the callback
of `each`, `forEach` or `map` over a list.
Why it matters: the limits of hosted Parse, three seconds for a trigger and fifteen for a function, protect nobody any
more: slow code holds up everybody.
Instead: one `saveAll` or `destroyAll`, one query with `containedIn`; long work in a job.
The fix: none.
Known gap: calls in helpers that the loop calls are not seen, nor saves of what the code doesn't show to be an object of
Parse, such as a parameter's members. Jobs may take their time, so they are left alone.
Source: reference/migration-rules.md, PC119.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import JOB, Handler, Module
from parsonage.migrate.code.sdk import asks_a_query
from parsonage.migrate.code.source import Node

_EACH = frozenset({"each", "forEach", "map"})
_QUERIES = frozenset({"find", "findAll", "first", "count", "get"})


@on_calls(*sorted(_QUERIES), "save", "destroy", "fetch", severity=Severity.INFO, until=2, legacy=False)
def sync_heavy(call: Node, module: Module) -> Iterator[Found]:
    """Find calls of the SDK that are made once for each row."""
    handler = module.handler_at(call)
    if handler is None or handler.kind == JOB:
        return
    if syntax.method(call) in _QUERIES:
        goes_out = asks_a_query(call, module)
    else:
        goes_out = object_of(syntax.receiver(call), module) is not None
    if goes_out and _repeats(call, handler, module):
        yield Found(call, "this is a request of its own for each row: one for all of them is faster")


def _repeats(call: Node, handler: Handler, module: Module) -> bool:
    """Whether a call stands in a loop, or in the callback of a method that goes through a list."""
    here = call
    for around in syntax.ancestors(call):
        if around == handler.function:
            return False
        if around.type in syntax.LOOPS and around.child_by_field_name("body") == here:
            return True
        if syntax.is_function(around):
            given = around.parent
            by = given.parent if given is not None and given.type == "arguments" else None
            if by is not None and syntax.method(by) in _EACH and not asks_a_query(by, module):
                return True
        here = around
    return False
