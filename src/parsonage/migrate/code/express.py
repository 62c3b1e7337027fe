"""What is seen of Express in a file: applications, routers, and the functions that serve requests."""

from __future__ import annotations

from parsonage.migrate.code import syntax
from parsonage.migrate.code.packages import package_of
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

EXPRESS = "express"


def is_application(node: Node | None, module: Module) -> bool:
    """Whether an expression is what ``express()`` or ``express.Router()`` gave."""
    if node is None or not module.once(_mentions_express) or package_of(node, module) != EXPRESS:
        return False
    value = module.value_of(node)
    return value.type in {"call_expression", "new_expression"} and syntax.method(value) != "require"


def _mentions_express(module: Module) -> bool:
    return EXPRESS.encode() in module.source.text


def serves(name: Node, position: int, module: Module) -> bool:
    """Whether a name is the parameter at a position, from 0, of a function that serves web requests.

    Such a function is given to an application's method, or calls its parameters ``req`` and ``res``; a handler of
    Cloud Code never is one.
    """
    declared = module.binding(syntax.text(name), name)
    function = declared.parameter_of if declared is not None else None
    if function is None or module.handler_at(name) is not None:
        return False
    listed = module.parameter_names(function)
    if len(listed) <= position or listed[position] != syntax.text(name):
        return False
    call = function.parent.parent if function.parent is not None else None
    given_to = syntax.receiver(call) if call is not None and call.type == "call_expression" else None
    return listed[:2] == ["req", "res"] or (len(listed) > 1 and is_application(given_to, module))
