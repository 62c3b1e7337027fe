"""PC418 deleted-pointer · An included object that is gone

What it finds: a member or a method of a field that the query included, where nothing around looks whether it is there.
Why it matters: when the object that a pointer names was deleted, or its ACL hides it, the field is left out of the
answer and reads as undefined: the next call throws.
Instead: `?.`
The fix: writes `?.`. Assisted.
Known gap: objects whose query is not seen belong to PC408; a list of pointers stays a list, so it is left alone.
Source: reference/migration-rules.md, PC418.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_OF_LISTS = frozenset({"length", "map", "forEach", "filter", "push", "indexOf", "reduce", "some", "every", "slice"})


@on_calls("get", severity=Severity.RISKY, until=NEWEST, legacy=False)
def deleted_pointer(call: Node, module: Module) -> Iterator[Found]:
    """Find included objects that are taken to be there."""
    use = call.parent
    if use is None or use.type != "member_expression" or use.child_by_field_name("object") != call:
        return
    name = use.child_by_field_name("property")
    if name is None or syntax.text(name) in _OF_LISTS:
        return
    pointed = object_of(call, module) if not syntax.is_optional(use) else None
    if pointed is None or not pointed.path or _is_looked_at(call, module):
        return
    dot = next((child for child in use.children if child.type == "."), None)
    fix = Fix.assisted(Edit.replace(dot, "?.")) if dot is not None and not _is_target(use) else None
    yield Found(call, "where the object is gone this is undefined", fix)


def _is_target(use: Node) -> bool:
    around = use.parent
    return around is not None and around.type == "assignment_expression"


def _is_looked_at(call: Node, module: Module) -> bool:
    scope = syntax.enclosing_function(call) or module.source.root
    owner, given = syntax.receiver(call), syntax.arguments(call)
    name = syntax.text(owner) if owner is not None else ""
    asked = {syntax.text(call), f"{name}.has({syntax.text(given[0])})"}
    places = [place for text in asked for place in module.source.places(text, scope)]
    return any(syntax.decides(place, scope) for place in places if place.start_byte != call.start_byte)
