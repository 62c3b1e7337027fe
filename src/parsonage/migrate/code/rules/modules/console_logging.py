"""PC616 console-logging · Objects written by `console.log`

What it finds: `console.log` and its kin in a handler, given an object: one that is written out, an SDK's object, the
request or a part of it.
Why it matters: hosted Parse showed such lines in its log; now they go to the standard output alone.
Instead: `request.log.info()`, whose lines reach the server's log and the dashboard.
The fix: writes `request.log` and JSON for a single object, once somebody agrees.
Known gap: what a plain variable holds is known only where it is declared in sight.
Source: reference/migration-rules.md, PC616.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import objects_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_LEVELS = {"log": "info", "info": "info", "warn": "warn", "error": "error", "debug": "debug"}
_OBJECTS_OF_A_REQUEST = frozenset({"object", "original", "user", "params", "query", "headers"})


@on_calls(*_LEVELS, severity=Severity.INFO, until=2)
def console_logging(call: Node, module: Module) -> Iterator[Found]:
    """Find objects among what is logged."""
    owner = syntax.receiver(call)
    if owner is None or syntax.text(owner) != "console" or module.binding("console", owner) is not None:
        return
    given = syntax.arguments(call)
    request = module.request_at(call)
    if module.handler_at(call) is None or not any(_is_object(each, request, module) for each in given):
        return
    fix = None
    if request is not None and len(given) == 1:
        level = _LEVELS[syntax.method(call)]
        fix = Fix.assisted(Edit.replace(call, f"{request}.log.{level}(JSON.stringify({syntax.text(given[0])}))"))
    yield Found(call, "the server's log and the dashboard don't show this: request.log does", fix)


def _is_object(given: Node, request: str | None, module: Module) -> bool:
    given = syntax.unwrapped(given)
    if request is not None and given.type == "identifier" and syntax.text(given) == request:
        return True
    if request is not None and given.type == "member_expression":
        owner, _, field = syntax.text(given).rpartition(".")
        return owner == request and field in _OBJECTS_OF_A_REQUEST
    if module.once_of(given, objects_of) is not None:
        return True
    return module.value_of(given).type in {"object", "array", "new_expression"}
