"""PC408 undefined-field · Fields that were never set

What it finds: on objects of Parse, `get(key)` whose value is used at once: a member or a method of it, arithmetic with
it, or `=== null`; where nothing around looks whether it is there.
Why it matters: a field that was never set reads as undefined. After a move, old rows lack keys that hosted Parse sent.
Instead: `??` with a default, and a value at creation.
The fix: adds `?? 0` in arithmetic with a number, and compares with `null` loosely. Assisted.
Known gap: values kept in a variable first are not followed, nor a request that is handed to a helper.
Source: reference/migration-rules.md, PC408.
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

_ALWAYS = frozenset({"objectId", "createdAt", "updatedAt", "username", "ACL", "sessionToken"})
_OF_RELATIONS = frozenset({"query", "add", "remove"})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%"})


@on_calls("get", severity=Severity.RISKY, until=NEWEST, legacy=False)
def undefined_field(call: Node, module: Module) -> Iterator[Found]:
    """Find values of fields that are taken to be there."""
    use = syntax.bare_parent(call)
    if use is None or not _relies_on(use, call):
        return
    given, owner = syntax.arguments(call), syntax.receiver(call)
    key = syntax.string(given[0]) if len(given) == 1 else None
    if key is None or key in _ALWAYS or object_of(owner, module) is None:
        return
    if object_of(call, module) is not None or _is_looked_at(call, key, module):
        return
    yield Found(call, f"where {key} was never set this is undefined: give a default", _fix(call, use))


def _relies_on(use: Node, call: Node) -> bool:
    if use.type == "member_expression":
        name, around = use.child_by_field_name("property"), use.parent
        is_method = around is not None and around.type == "call_expression" and syntax.callee(around) == use
        of_relation = is_method and name is not None and syntax.text(name) in _OF_RELATIONS
        return not of_relation and not syntax.is_optional(use)
    if use.type == "subscript_expression":
        return use.child_by_field_name("object") == call and not syntax.is_optional(use)
    return use.type == "binary_expression" and (_number_beside(use, call) is not None or _is_null_test(use, call))


def _number_beside(use: Node, call: Node) -> Node | None:
    operator = use.child_by_field_name("operator")
    sides = [use.child_by_field_name("left"), use.child_by_field_name("right")]
    other = next((side for side in sides if side is not None and not syntax.within(call, side)), None)
    if operator is None or other is None or syntax.text(operator) not in _ARITHMETIC:
        return None
    return other if other.type == "number" or syntax.text(operator) != "+" or not _joins_texts(use) else None


def _joins_texts(sum_: Node) -> bool:
    """Whether a row of ``+`` joins texts, as far as the code shows it."""
    here = sum_
    while (around := syntax.bare_parent(here)) is not None and around.type == "binary_expression":
        here = around
    return any(part.type in {"string", "template_string"} for part in _operands(here))


def _operands(node: Node) -> Iterator[Node]:
    node = syntax.unwrapped(node)
    if node.type != "binary_expression":
        yield node
        return
    for name in ("left", "right"):
        side = node.child_by_field_name(name)
        if side is not None:
            yield from _operands(side)


def _is_null_test(use: Node, call: Node) -> bool:
    operator, right = use.child_by_field_name("operator"), use.child_by_field_name("right")
    strict = operator is not None and syntax.text(operator) in {"===", "!=="}
    return strict and right is not None and right.type == "null" and use.child_by_field_name("left") == call


def _is_looked_at(call: Node, key: str, module: Module) -> bool:
    """Whether a condition around, or before, asks for the same field of the same object."""
    scope = syntax.enclosing_function(call)
    owner = syntax.receiver(call)
    if scope is None or owner is None:
        scope = module.source.root
    name = syntax.text(owner) if owner is not None else ""
    same = {syntax.text(call)} | {f"{name}.{asks}({sign}{key}{sign})" for asks in ("get", "has") for sign in "'\""}
    same |= {f"{name}.set({sign}{key}{sign}" for sign in "'\""}
    return any(
        _decides(place, call, scope) or aliases.is_tested(place, module)
        for text in same
        for place in module.source.places(text, scope)
        if place.start_byte != call.start_byte
    )


def _decides(place: Node, call: Node, scope: Node) -> bool:
    """Whether a text stands in a condition, or gives the field a value before it is read."""
    if syntax.method(place) == "set":
        return place.start_byte < call.start_byte and not syntax.within(call, place)
    return syntax.decides(place, scope)


def _fix(call: Node, use: Node) -> Fix | None:
    operator = use.child_by_field_name("operator")
    if use.type != "binary_expression" or operator is None:
        return None
    if _is_null_test(use, call):
        return Fix.assisted(Edit.replace(operator, syntax.text(operator)[:-1]))
    number = _number_beside(use, call)
    is_sum = number is not None and number.type == "number" and syntax.text(operator) in {"+", "-"}
    return Fix.assisted(Edit.before(call, "("), Edit.after(call, " ?? 0)")) if is_sum else None
