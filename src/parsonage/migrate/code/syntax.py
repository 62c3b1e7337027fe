"""Questions about the shape of a piece of JavaScript: a call's arguments, a function's parameters, a chain's links.

Pure: nothing here knows what a name means (that is ``scope``) or what is wrong with it (that is ``rules``).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from parsonage.migrate.code.source import Node

FUNCTIONS = frozenset(
    {
        "function_expression",
        "function_declaration",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
"""Kinds of nodes that are functions."""

LOOPS = frozenset({"for_statement", "for_in_statement", "while_statement", "do_statement"})
"""Kinds of nodes that run what is in them more than once."""


def text(node: Node) -> str:
    """The text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def ancestors(node: Node) -> Iterator[Node]:
    """The nodes around a node, from the inside out."""
    around = node.parent
    while around is not None:
        yield around
        around = around.parent


def walk(node: Node) -> Iterator[Node]:
    """A node and all nodes within, in the order of the text. Not recursive: old code nests deeply."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.named_children))


def within(inner: Node, outer: Node) -> bool:
    """Whether a node is another one, or stands in it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def meaningful(node: Node) -> list[Node]:
    """The named children of a node without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def unwrapped(node: Node) -> Node:
    """An expression without parentheses, ``await`` and TypeScript's casts around it."""
    while node.type in {"parenthesized_expression", "await_expression", "as_expression", "non_null_expression"}:
        inside = meaningful(node)
        if not inside:
            return node
        node = inside[0]
    return node


def bare(node: Node) -> Node:
    """An expression without parentheses and TypeScript's casts around it; an ``await`` stays."""
    while node.type in {"parenthesized_expression", "as_expression", "non_null_expression"}:
        inside = meaningful(node)
        if not inside:
            return node
        node = inside[0]
    return node


def bare_parent(node: Node) -> Node | None:
    """What stands around an expression, without parentheses."""
    around = node.parent
    while around is not None and around.type == "parenthesized_expression":
        around = around.parent
    return around


def decides(node: Node, scope: Node) -> bool:
    """Whether an expression stands in a condition or in a logical operation, looking no further than a scope."""
    here = node
    for around in ancestors(node):
        if around == scope:
            return False
        if here == around.child_by_field_name("condition"):
            return True
        operator = around.child_by_field_name("operator") if around.type == "binary_expression" else None
        if operator is not None and text(operator) in {"&&", "||", "??"}:
            return True
        here = around
    return False


def callee(call: Node) -> Node | None:
    """What is called, or constructed with ``new``."""
    return call.child_by_field_name("function") or call.child_by_field_name("constructor")


def arguments(call: Node) -> list[Node]:
    """The arguments of a call, without comments."""
    given = call.child_by_field_name("arguments")
    return meaningful(given) if given is not None and given.type == "arguments" else []


def method(call: Node) -> str:
    """The name of the method that is called (``find`` of ``query.find()``), or of the bare function."""
    called = callee(call)
    if called is None:
        return ""
    if called.type == "identifier":
        return text(called)
    name = called.child_by_field_name("property")
    return text(name) if name is not None else ""


def receiver(call: Node) -> Node | None:
    """On what a method is called (``query`` of ``query.find()``), or None for a bare function."""
    called = callee(call)
    return called.child_by_field_name("object") if called is not None else None


def origin(node: Node) -> Node:
    """Where a row of members and calls begins: ``query`` of ``query.limit(1).find()``."""
    here = bare(node)
    while here.type in {"call_expression", "member_expression", "subscript_expression"}:
        inner = callee(here) if here.type == "call_expression" else here.child_by_field_name("object")
        if inner is None:
            return here
        here = bare(inner)
    return here


def is_optional(member: Node) -> bool:
    """Whether a member is asked for with ``?.``."""
    return any(child.type == "optional_chain" for child in member.children)


def string(node: Node | None) -> str | None:
    """The value of a string literal, or of a template without substitutions; None for anything else."""
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if node.type == "template_string" and any(child.type == "template_substitution" for child in node.children):
        return None
    return text(node)[1:-1]


def is_function(node: Node) -> bool:
    """Whether a node is a function literal or declaration."""
    return node.type in FUNCTIONS


def is_async(function: Node) -> bool:
    """Whether a function is declared ``async``."""
    return any(child.type == "async" for child in function.children)


def parameters(function: Node) -> list[Node]:
    """The parameters of a function."""
    alone = function.child_by_field_name("parameter")
    if alone is not None:
        return [alone]
    listed = function.child_by_field_name("parameters")
    return meaningful(listed) if listed is not None else []


def parameter_name(parameter: Node) -> str | None:
    """The plain name of a parameter; None for a pattern."""
    inner = parameter.child_by_field_name("pattern") or parameter.child_by_field_name("left") or parameter
    return text(inner) if inner.type == "identifier" else None


def taken(function: Node) -> set[str]:
    """The names that a pattern takes out of a function's first parameter: ``async ({ object, user }) => …``."""
    listed = parameters(function)
    pattern = (listed[0].child_by_field_name("pattern") or listed[0]) if listed else None
    is_pattern = pattern is not None and pattern.type == "object_pattern"
    return {text(part) for part in meaningful(pattern)} if pattern is not None and is_pattern else set()


def body(function: Node) -> Node | None:
    """The body of a function: a block, or an arrow function's expression."""
    return function.child_by_field_name("body")


def returned(function: Node) -> Node | None:
    """What a function returns at its end, or as an arrow function's expression; None where that can't be told."""
    inside = body(function)
    if inside is None or inside.type != "statement_block":
        return inside
    last = next(iter(meaningful(inside)[-1:]), None)
    return next(iter(meaningful(last)), None) if last is not None and last.type == "return_statement" else None


def enclosing_function(node: Node) -> Node | None:
    """The function in which a node stands."""
    around = node.parent
    while around is not None and around.type not in FUNCTIONS:
        around = around.parent
    return around


def statement_of(node: Node) -> Node | None:
    """The statement in which an expression stands, looking no further than its function."""
    here: Node | None = node
    while here is not None and (kind := here.type) not in FUNCTIONS:
        if kind.endswith(("_statement", "_declaration")):
            return here
        here = here.parent
    return None


def properties(literal: Node) -> dict[str, Node]:
    """The values of an object literal by their keys; a method stands for itself."""
    found: dict[str, Node] = {}
    for member in meaningful(literal) if literal.type == "object" else []:
        key = member.child_by_field_name("key") or member.child_by_field_name("name")
        value = member.child_by_field_name("value")
        if member.type == "method_definition" and key is not None:
            found[text(key)] = member
        elif member.type == "shorthand_property_identifier":
            found[text(member)] = member
        elif key is not None and value is not None:
            found[string(key) or text(key)] = value
    return found


class Link(msgspec.Struct, frozen=True, eq=False):
    """One link of a promise chain: ``.then(…)``, ``.catch(…)`` and their kin."""

    call: Node
    name: str
    handlers: tuple[Node, ...]


LINKS = frozenset({"then", "catch", "finally", "fail", "done", "always", "continueWith"})
"""Methods that take a promise and give one."""


def links_after(node: Node) -> list[Link]:
    """The links that follow an expression in its chain: ``then``, ``catch`` for ``a()`` of ``a().then(f).catch(g)``."""
    links: list[Link] = []
    while (call := _next_link(node)) is not None:
        links.append(Link(call, method(call), tuple(arguments(call))))
        node = call
    return links


def _next_link(node: Node) -> Node | None:
    member = node.parent
    call = member.parent if member is not None and member.type == "member_expression" else None
    if call is None or call.type != "call_expression" or method(call) not in LINKS or receiver(call) != node:
        return None
    return call


def chain_start(node: Node) -> Node:
    """The expression at which a chain of promises starts: ``a()`` of ``a().then(f).catch(g)``."""
    here = unwrapped(node)
    while here.type == "call_expression" and method(here) in LINKS and (inner := receiver(here)) is not None:
        here = unwrapped(inner)
    return here


def chain_of(start: Node) -> Node:
    """The whole chain that starts with an expression."""
    while (call := _next_link(start)) is not None:
        start = call
    return start
