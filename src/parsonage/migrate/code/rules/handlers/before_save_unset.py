"""PC118 before-save-unset · A field removed in `beforeSave`

What it finds: `unset` and `remove` on the request's object in a `beforeSave`.
Why it matters: the answer to the client tells of the removal as `{"__op": "Delete"}`; the JavaScript SDK understands
it, others may show it as a value.
Instead: set the field to null, or make sure of the clients in use.
The fix: none.
Source: reference/migration-rules.md, PC118.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("unset", "remove", severity=Severity.WARN, until=NEWEST)
def before_save_unset(call: Node, module: Module) -> Iterator[Found]:
    """Find removals on the object that is being saved."""
    handler, owner = module.handler_at(call), syntax.receiver(call)
    if handler is None or handler.kind != "beforeSave" or owner is None:
        return
    if syntax.text(module.value_of(owner)) == f"{handler.request}.object":
        yield Found(call, "clients are told of this as an operation, not as a value")
