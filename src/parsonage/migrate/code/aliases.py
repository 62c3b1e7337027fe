"""Variables that keep what an expression gives, and whether code looks, by these, if there is anything."""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


def kept_in(value: Node) -> Node | None:
    """The variable that is declared with an expression as its value, or assigned it; None for any other use."""
    around = syntax.bare_parent(value)
    if around is None:
        return None
    if around.type == "variable_declarator":
        name = around.child_by_field_name("name")
    elif around.type == "assignment_expression":
        name = around.child_by_field_name("left")
    else:
        return None
    return name if name is not None and name.type == "identifier" else None


def is_tested(value: Node, module: Module) -> bool:
    """Whether a variable that keeps an expression's value stands in a condition."""
    kept = kept_in(value)
    return kept is not None and any(tests(mention, module) for mention in module.mentions_of(kept))


def tests(mention: Node, module: Module) -> bool:
    """Whether a mention of a variable looks whether it holds anything, rather than at a member of it."""
    around = syntax.bare_parent(mention)
    if around is not None and around.type == "member_expression" and around.child_by_field_name("object") == mention:
        return syntax.is_optional(around)
    if around is not None and around.type == "unary_expression":
        return True
    return syntax.decides(mention, syntax.enclosing_function(mention) or module.source.root)


def members_of(variable: Node, module: Module) -> Iterator[Node]:
    """The member expressions that a variable is the object of."""
    for mention in module.mentions_of(variable):
        around = mention.parent
        is_member = around is not None and around.type == "member_expression"
        if around is not None and is_member and around.child_by_field_name("object") == mention:
            yield around
