"""PC409 set-undefined-null · Fields set to undefined or null

What it finds: `set` on an object of Parse with `undefined`, `null`, or a parameter of the request that nothing in the
handler looks at otherwise.
Why it matters: undefined is not sent. On PostgreSQL null reads back as a field that was never set; on MongoDB it is
stored, so that `exists` holds for it.
Instead: `unset(key)`; `if ('key' in request.params)` before the `set`.
The fix: none: which was meant is for a person to say.
Known gap: parameters are seen by the handler's own request, not through helpers.
Source: reference/migration-rules.md, PC409.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("set", severity=Severity.WARN, until=NEWEST)
def set_undefined_null(call: Node, module: Module) -> Iterator[Found]:
    """Find fields that may be set to nothing."""
    given = syntax.arguments(call)
    if len(given) < 2 or syntax.string(given[0]) is None:
        return
    is_nothing = given[1].type in {"null", "undefined"}
    if not is_nothing and not _is_unchecked(given[1], module):
        return
    if object_of(syntax.receiver(call), module) is not None:
        value = syntax.text(given[1])
        yield Found(call, f"{'this' if is_nothing else value} may be stored, or not, as a field without a value")


def _is_unchecked(value: Node, module: Module) -> bool:
    """Whether a value is a parameter of the request that is mentioned once in the whole handler."""
    owner, request = value.child_by_field_name("object"), module.request_at(value)
    if value.type != "member_expression" or owner is None or request is None:
        return False
    handler = module.handler_at(value)
    if handler is None or handler.function is None or syntax.text(owner) != f"{request}.params":
        return False
    inside = syntax.text(handler.function)
    name = value.child_by_field_name("property")
    validated = name is not None and any(f"{sign}{syntax.text(name)}{sign}" in inside for sign in "'\"")
    return inside.count(syntax.text(value)) == 1 and not (validated and " in " in inside) and not _validates(handler)


def _validates(handler: Handler) -> bool:
    """Whether the registration names the fields that a request must have."""
    return len(syntax.arguments(handler.call)) > 2
