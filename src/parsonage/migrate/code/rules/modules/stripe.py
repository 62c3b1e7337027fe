"""PC606 stripe · The `stripe` module of hosted Parse

What it finds: `initialize()` and resources with a capital letter (`Stripe.Charges`) on what `require('stripe')` gives.
Why it matters: the package of npm is constructed with the key, and its resources begin with a small letter.
Instead: `new Stripe(key)`, `stripe.charges.create()`; better, payment intents.
The fix: makes a `stripeClient` where the module was initialised, and writes the resources with a small letter on it.
Somebody has to agree: the package must be installed.
Known gap: calls in a file that doesn't initialise the module get no fix.
Source: reference/migration-rules.md, PC606.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import package_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_CLIENT = "stripeClient"
_QUERY = """
((member_expression property: (property_identifier) @_name) @it (#match? @_name "^(initialize|[A-Z][A-Za-z]+s)$"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=2, legacy=False, needs="stripe", brought=frozenset({"stripe"}))
def stripe(member: Node, module: Module) -> Iterator[Found]:
    """Find the old module's members."""
    name = _old_name(member, module)
    if name is None:
        return
    around = member.parent
    if name == "initialize":
        if around is not None and around.type == "call_expression":
            yield Found(around, "the package of npm is constructed with the key: new Stripe(key)", _fix(module))
        return
    call = around.parent if around is not None and around.type == "member_expression" else None
    place = call if call is not None and call.type == "call_expression" else member
    yield Found(place, f"the package of npm has stripe.{_small(name)}")


def _old_name(member: Node, module: Module) -> str | None:
    """The name of an old member of the module: ``initialize``, or a resource with a capital letter."""
    owner, property_ = member.child_by_field_name("object"), member.child_by_field_name("property")
    if owner is None or property_ is None or owner.type not in {"identifier", "call_expression"}:
        return None
    if package_of(owner, module) != "stripe" or _is_client(owner, module):
        return None
    return syntax.text(property_)


def _is_client(owner: Node, module: Module) -> bool:
    """Whether an expression is a client that was made with a key already."""
    value = module.value_of(owner)
    return value.type == "new_expression" or (value.type == "call_expression" and syntax.method(value) != "require")


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _fix(module: Module) -> Fix | None:
    edits = []
    for member in module.source.captures(_QUERY).get("it", []):
        name = _old_name(member, module)
        owner, around = member.child_by_field_name("object"), member.parent
        if name is None or owner is None or around is None:
            continue
        if name == "initialize":
            if around.parent is None or around.parent.type != "expression_statement":
                return None
            listed = around.child_by_field_name("arguments")
            keys = syntax.text(listed) if listed is not None else "()"
            edits.append(Edit.replace(around, f"var {_CLIENT} = new {syntax.text(owner)}{keys}"))
        else:
            edits.append(Edit.replace(member, f"{_CLIENT}.{_small(name)}"))
    return Fix.assisted(*edits)
