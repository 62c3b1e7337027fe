"""PC409 set-undefined-null · Fields set to undefined or null

What it finds: `set` on an object of Parse with `undefined`, `null`, no value, or a parameter of the request that
nothing in the handler looks at otherwise.
Why it matters: undefined is not sent. On PostgreSQL null reads back as a field that was never set; on MongoDB it is
stored, so that `exists` holds for it.
Instead: `unset(key)`; `if ('key' in request.params)` before the `set`.
The fix: none: which was meant is for a person to say.
Known gap: parameters are seen by the handler's own request, not through helpers.
Source: reference/migration-rules.md, PC409.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import requests, syntax
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
    if syntax.string(next(iter(given), None)) is not None:
        values = [given[1] if len(given) > 1 else None]
    else:
        values = [*syntax.properties(given[0]).values()] if given else []
    wrong = next((value for value in values if value is None or _may_be_nothing(value, module)), call)
    if wrong != call and object_of(syntax.receiver(call), module) is not None:
        value = "this" if wrong is None or _is_nothing(wrong) else syntax.text(wrong)
        yield Found(call, f"{value} may be stored, or not, as a field without a value")


def _may_be_nothing(value: Node, module: Module) -> bool:
    return _is_nothing(value) or _is_unchecked(value, module)


def _is_nothing(value: Node) -> bool:
    return value.type in {"null", "undefined"}


def _is_unchecked(value: Node, module: Module) -> bool:
    """Whether a value is a parameter of the request that is mentioned once in the whole handler."""
    handler, name = module.handler_at(value), requests.parameter(value, module)
    if handler is None or handler.function is None or not name or _validates(handler):
        return False
    mentions = list(module.source.mentions(name, handler.function))
    others = [mention for mention in mentions if not _is_a_key(mention) and not syntax.within(mention, value)]
    return not others if value.type == "member_expression" else not any(_is_looked_at(one) for one in others)


def _is_a_key(mention: Node) -> bool:
    """Whether a name stands as a field's, in ``set('text', …)`` or ``{ text: … }``: that is no look at a value."""
    around = mention.parent
    if around is None or around.type == "pair":
        return True
    call = around.parent.parent if around.type == "string" and around.parent is not None else None
    return call is not None and syntax.method(call) == "set"


def _is_looked_at(mention: Node) -> bool:
    scope = syntax.enclosing_function(mention)
    return scope is not None and syntax.decides(mention, scope)


def _validates(handler: Handler) -> bool:
    """Whether the registration names the fields that a request must have."""
    return len(syntax.arguments(handler.call)) > 2
