"""Chains of promises that a handler starts as a statement, and neither returns nor awaits."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.source import Node


class Unawaited(msgspec.Struct, frozen=True, eq=False):
    """A chain, and whether its handler does nothing after it."""

    chain: Node
    is_last: bool


def unawaited(handler: Handler) -> list[Unawaited]:
    """The chains that stand alone in a handler's own body, or in the branches of an ``if`` there.

    None for a handler that has a response to answer by, that runs after the fact, or that waits for anything.
    """
    inside = syntax.body(handler.function) if handler.function is not None else None
    if inside is None or inside.type != "statement_block" or len(syntax.parameters(handler.function or inside)) > 1:
        return []
    if handler.kind.startswith("after") or _waits(handler, inside):
        return []
    return list(_within(inside, is_last=True))


def _within(block: Node, *, is_last: bool) -> Iterator[Unawaited]:
    statements = syntax.meaningful(block)
    for statement in statements:
        ends = is_last and statement == statements[-1]
        if statement.type == "if_statement":
            for name in ("consequence", "alternative"):
                branch = statement.child_by_field_name(name)
                if branch is not None and branch.type in {"statement_block", "else_clause"}:
                    yield from _within(branch, is_last=ends)
        elif statement.type == "statement_block":
            yield from _within(statement, is_last=ends)
        elif statement.type == "expression_statement":
            chain = next(iter(syntax.meaningful(statement)), None)
            if chain is not None and chain.type == "call_expression" and syntax.method(chain) in syntax.LINKS:
                yield Unawaited(chain, ends)


def _waits(handler: Handler, inside: Node) -> bool:
    """Whether the handler's own function returns or awaits anything."""
    waiting = handler.home.source.captures("[(return_statement) (await_expression)] @it", inside).get("it", [])
    return any(syntax.enclosing_function(node) == handler.function for node in waiting)
