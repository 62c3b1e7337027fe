"""PC117 object-isnew · `isNew()` and `dirty()` after the save

What it finds: in `afterSave`, `isNew`, `dirty`, `dirtyKeys` and `op` on the request's object, and its `createdAt`
compared with its `updatedAt`.
Why it matters: after the save the object is neither new nor dirty, so these are always false or empty. Old servers
answered in several ways, which the comparison of the two times works around.
Instead: `!request.original` means that the object was created; compare with `request.original` for changes.
The fix: writes `!request.original` for `isNew()` and for the comparison. Assisted.
Source: reference/migration-rules.md, PC117.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
((call_expression function: (member_expression property: (property_identifier) @name)) @it
 (#any-of? @name "isNew" "dirty" "dirtyKeys" "op"))
((member_expression property: (property_identifier) @name) @it (#eq? @name "createdAt"))
"""


@on_query(_QUERY, severity=Severity.WARN, until=NEWEST)
def object_isnew(node: Node, module: Module) -> Iterator[Found]:
    """Find questions that are answered with no after every save."""
    handler, request = module.handler_at(node), module.request_at(node)
    owner = syntax.receiver(node) if node.type == "call_expression" else node.child_by_field_name("object")
    if handler is None or handler.kind != "afterSave" or request is None or owner is None:
        return
    if syntax.text(module.value_of(owner)) != f"{request}.object":
        return
    if node.type == "member_expression":
        yield from _comparison(node, syntax.text(owner), request)
        return
    fix = Fix.assisted(Edit.replace(node, f"!{request}.original")) if syntax.method(node) == "isNew" else None
    yield Found(node, f"{syntax.method(node)} says no after every save: see {request}.original", fix)


def _comparison(created: Node, owner: str, request: str) -> Iterator[Found]:
    """The equality in which the time of creation is held against the time of the last change."""
    for around in syntax.ancestors(created):
        operator = around.child_by_field_name("operator") if around.type == "binary_expression" else None
        if operator is not None and syntax.text(operator) in {"==", "===", "!=", "!=="}:
            if f"{owner}.updatedAt" in syntax.text(around):
                sign = "!" if syntax.text(operator).startswith("=") else "!!"
                fix = Fix.assisted(Edit.replace(around, f"{sign}{request}.original"))
                yield Found(around, f"{request}.original tells whether the object was there before", fix)
            return
        if around.type.endswith("_statement") or syntax.is_function(around):
            return
