"""PC117 object-isnew · `isNew()` and `dirty()` after the save

What it finds: in `afterSave`, `isNew`, `dirty`, `dirtyKeys` and `op` on the request's object, and its `createdAt`
compared with its `updatedAt`.
Why it matters: after the save the object is neither new nor dirty, so these are always false or empty. Old servers
answered in several ways, which the comparison of the two times works around.
`existed()` answers rightly now.
Instead: `!request.original` means that the object was created; compare with `request.original` for changes.
The fix: writes `!request.original` for `isNew()` and for the comparison. Assisted.
Source: reference/migration-rules.md, PC117.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_NEVER = ("isNew", "dirty", "dirtyKeys", "op")
_EQUALITIES = """
((binary_expression operator: _ @sign) @it (#any-of? @sign "==" "===" "!=" "!=="))
"""


@on_handlers(severity=Severity.WARN, until=NEWEST)
def object_isnew(handler: Handler) -> Iterator[Found]:
    """Find questions that are answered with no after every save."""
    function, home, request = handler.function, handler.home, handler.request
    if handler.kind != "afterSave" or function is None or request is None or handler.wrapped:
        return
    for name in _NEVER:
        for call in home.calls_between(name, function.start_byte, function.end_byte):
            owner = syntax.receiver(call)
            if owner is not None and _is_saved(owner, home, request):
                fix = Fix.assisted(Edit.replace(call, f"!{request}.original")) if name == "isNew" else None
                yield Found(call, f"{name} says no after every save: see {request}.original", fix)
    for equality in home.source.captures(_EQUALITIES, within=function).get("it", []):
        sides = [equality.child_by_field_name("left"), equality.child_by_field_name("right")]
        times = {_time(side, home, request) for side in sides if side is not None}
        if times == {"createdAt", "updatedAt"}:
            word = "" if "!" in syntax.text(equality.child_by_field_name("operator") or equality) else "!"
            fix = Fix.assisted(Edit.replace(equality, f"{word}{request}.original"))
            yield Found(equality, f"{request}.original tells whether the object was there before", fix)


def _is_saved(node: Node, module: Module, request: str) -> bool:
    return syntax.text(module.value_of(node)) == f"{request}.object"


def _time(side: Node, module: Module, request: str) -> str | None:
    """Which time of the saved object an expression is, if it is one: read as a member, or by ``get``."""
    node = module.value_of(side)
    if node.type == "call_expression" and syntax.method(node) in {"getTime", "valueOf", "toString", "toISOString"}:
        owner = syntax.receiver(node)
        node = module.value_of(owner) if owner is not None else node
    if node.type == "member_expression":
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        is_one = owner is not None and _is_saved(owner, module, request)
        return syntax.text(name) if is_one and name is not None else None
    owner = syntax.receiver(node) if node.type == "call_expression" and syntax.method(node) == "get" else None
    if owner is None or not _is_saved(owner, module, request):
        return None
    return syntax.string(next(iter(syntax.arguments(node)), None))
