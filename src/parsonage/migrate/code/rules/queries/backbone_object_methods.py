"""PC406 backbone-object-methods · Methods that objects had from Backbone

What it finds: `previous`, `hasChanged`, `changedAttributes`, `previousAttributes` and `change` on objects of Parse.
Why it matters: the SDK has none of them since 1.6: the call throws.
Instead: `request.original.get(key)`, `dirty(key)`, `dirtyKeys()`.
The fix: writes `dirty` for `hasChanged`, and asks `request.original` for `previous` on a trigger's object. Assisted.
Known gap: objects that come as parameters are not seen.
Source: reference/migration-rules.md, PC406.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls(
    "previous",
    "hasChanged",
    "changedAttributes",
    "previousAttributes",
    "change",
    severity=Severity.BREAKS,
    until=2,
)
def backbone_object_methods(call: Node, module: Module) -> Iterator[Found]:
    """Find these methods on objects."""
    if object_of(syntax.receiver(call), module) is not None:
        name = syntax.method(call)
        yield Found(call, f"objects have no {name}: see request.original and dirty()", _fix(call, name, module))


def _fix(call: Node, name: str, module: Module) -> Fix | None:
    called, owner, given = syntax.callee(call), syntax.receiver(call), syntax.arguments(call)
    member = called.child_by_field_name("property") if called is not None else None
    if member is None or owner is None or len(given) != 1:
        return None
    if name == "hasChanged":
        return Fix.assisted(Edit.replace(member, "dirty"))
    request = module.request_at(call)
    if name != "previous" or request is None or syntax.text(module.value_of(owner)) != f"{request}.object":
        return None
    original = f"{request}.original"
    return Fix.assisted(Edit.replace(call, f"({original} && {original}.get({syntax.text(given[0])}))"))
