"""Which expressions are members or parameters of a handler's request, through variables and patterns."""

from __future__ import annotations

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


def member(node: Node, module: Module) -> str | None:
    """The member of the handler's request that an expression is: ``user`` for ``request.user``; None for another.

    ``user`` alone is one as well where the handler takes it out of its request: ``async ({ user }) => …``.
    """
    handler = module.handler_at(node)
    if handler is None or handler.function is None or handler.wrapped:
        return None
    if node.type == "member_expression":
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        request = module.request_at(node)
        is_one = owner is not None and name is not None and request is not None and syntax.text(owner) == request
        return syntax.text(name) if is_one and name is not None else None
    taken = syntax.text(node)
    declared = module.binding(taken, node)
    if declared is None or declared.value is not None or declared.module is not None or declared.member != taken:
        return None
    functions = (around for around in syntax.ancestors(node) if syntax.is_function(around))
    takes = next((function for function in functions if taken in syntax.taken(function)), None)
    return taken if takes == handler.function else None


def parameter(node: Node, module: Module) -> str | None:
    """The name of the request's parameter that an expression is; None for anything else.

    ``request.params.text`` as it stands, a variable that holds it, and one that a pattern took out of the parameters.
    """
    node = module.value_of(node)
    if node.type in {"identifier", "shorthand_property_identifier"}:
        declared = module.binding(syntax.text(node), node)
        taken = declared is not None and declared.value is not None and declared.member is not None
        is_one = taken and declared is not None and declared.value is not None and _are_all(declared.value, module)
        return declared.member if is_one and declared is not None else None
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
    if node.type == "subscript_expression":
        index = node.child_by_field_name("index")
        return syntax.string(index) or "" if owner is not None and _are_all(owner, module) else None
    if node.type != "member_expression" or owner is None or name is None:
        return None
    return syntax.text(name) if _are_all(owner, module) else None


def _are_all(node: Node, module: Module) -> bool:
    """Whether an expression is all the parameters of a request: ``request.params``."""
    node = module.value_of(node)
    if node.type not in {"member_expression", "identifier"}:
        return False
    if member(node, module) == "params":
        return True
    declared = module.binding(syntax.text(node), node) if node.type == "identifier" else None
    if declared is None or declared.member != "params" or declared.value is None:
        return False
    return syntax.text(declared.value) == module.request_at(node)
