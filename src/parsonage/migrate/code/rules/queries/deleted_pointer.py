"""PC418 deleted-pointer · An included object that is gone

What it finds: a member or a method of a field that the query included, at once or through a variable that keeps it,
where nothing around looks whether it is there.
Why it matters: when the object that a pointer names was deleted, or its ACL hides it, the field is left out of the
answer and reads as undefined: the next call throws.
Instead: `?.`
The fix: writes `?.`. Assisted.
Known gap: objects whose query is not seen belong to PC408; a list of pointers stays a list, so it is left alone.
Source: reference/migration-rules.md, PC418.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import aliases, syntax
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
    pointed = object_of(call, module) if "include" in module.calls() else None
    use = _use(call, module) if pointed is not None and pointed.path else None
    name = use.child_by_field_name("property") if use is not None else None
    if use is None or name is None or syntax.text(name) in _OF_LISTS:
        return
    if syntax.is_optional(use) or _is_looked_at(call, use, module):
        return
    dot = next((child for child in use.children if child.type == "."), None)
    fix = Fix.assisted(Edit.replace(dot, "?.")) if dot is not None and not _is_target(use) else None
    yield Found(call if syntax.within(call, use) else use, "where the object is gone this is undefined", fix)


def _use(call: Node, module: Module) -> Node | None:
    """The member of a field's value that code asks for: at once, or the first one of the variable that keeps it."""
    around, kept = syntax.bare_parent(call), aliases.kept_in(call)
    if around is not None and around.type == "member_expression":
        return around
    return next(aliases.members_of(kept, module), None) if kept is not None else None


def _is_target(use: Node) -> bool:
    around = use.parent
    return around is not None and around.type == "assignment_expression"


def _is_looked_at(call: Node, use: Node, module: Module) -> bool:
    """Whether code before a use looks whether the field, or the variable that keeps it, holds anything."""
    scope = syntax.enclosing_function(call) or module.source.root
    owner, given = syntax.receiver(call), syntax.arguments(call)
    name = syntax.text(owner) if owner is not None else ""
    asked = {syntax.text(call), f"{name}.has({syntax.text(given[0])})"}
    if _is_tested_before(call, use, module):
        return True
    places = [place for text in asked for place in module.source.places(text, scope)]
    others = [place for place in places if place.start_byte < call.start_byte or use.end_byte <= place.start_byte]
    return any(
        (syntax.decides(place, scope) and place.start_byte < use.start_byte) or _is_tested_before(place, use, module)
        for place in others
    )


def _is_tested_before(value: Node, use: Node, module: Module) -> bool:
    kept = aliases.kept_in(value)
    return kept is not None and any(
        aliases.tests(mention, module) for mention in module.mentions_of(kept) if mention.start_byte < use.end_byte
    )
