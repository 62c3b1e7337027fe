"""Whether every path through a piece of code comes to an answer.

An answer may come later: a statement that hands the response to a callback has done its part, and the callback is
looked at by itself. A ``return`` with a value and a ``throw`` are ends that somebody hears of.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.source import Node

Touches = Callable[[Node], bool]
"""Whether a piece of code uses the response, in callbacks within as well."""


class Outcome(msgspec.Struct, frozen=True, eq=False):
    """What becomes of the paths through a statement."""

    falls: bool
    """Some path goes on to the next statement without an answer."""
    silent: Node | None = None
    """Where a path ends without an answer."""


_ANSWERED = Outcome(falls=False)
_PASSES = Outcome(falls=True)


def silent_end(body: Node, touches: Touches) -> Node | None:
    """Where a path through a function's body ends without an answer; None if there is no such path.

    For a path that runs off the end this is the last statement that answers on some of its paths alone, or the body.
    """
    if body.type != "statement_block":
        return None if touches(body) or body.type != "call_expression" else body
    outcome = _outcome(body, touches)
    if outcome.silent is not None or not outcome.falls:
        return outcome.silent
    return next((each for each in reversed(syntax.meaningful(body)) if touches(each)), body)


def _outcome(node: Node, touches: Touches) -> Outcome:
    match node.type:
        case "statement_block" | "else_clause":
            return _in_turn(syntax.meaningful(node), touches)
        case "if_statement":
            condition = node.child_by_field_name("condition")
            if condition is not None and touches(condition):
                return _PASSES  # what it was handed to may have answered
            return _either([node.child_by_field_name("consequence"), node.child_by_field_name("alternative")], touches)
        case "try_statement":
            finally_ = node.child_by_field_name("finalizer")
            if finally_ is not None and touches(finally_):
                return _ANSWERED
            caught = node.child_by_field_name("handler")
            handled = caught.child_by_field_name("body") if caught is not None else None
            ways = [node.child_by_field_name("body"), *([handled] if handled is not None else [])]
            return _either(ways, touches)
        case "return_statement":
            return _ANSWERED if syntax.meaningful(node) else Outcome(falls=False, silent=node)
        case "throw_statement":
            return _ANSWERED
        case "function_declaration":
            return _PASSES
        case "switch_statement":
            has_default = any(part.type == "switch_default" for part in syntax.walk(node))
            return _ANSWERED if touches(node) and has_default else _PASSES
        case _:
            return _ANSWERED if touches(node) else _PASSES


def _in_turn(statements: list[Node], touches: Touches) -> Outcome:
    silent = None
    for statement in statements:
        outcome = _outcome(statement, touches)
        silent = silent or outcome.silent
        if not outcome.falls:
            return Outcome(falls=False, silent=silent)
    return Outcome(falls=True, silent=silent)


def _either(ways: list[Node | None], touches: Touches) -> Outcome:
    outcomes = [_outcome(way, touches) if way is not None else _PASSES for way in ways]
    silent = next((outcome.silent for outcome in outcomes if outcome.silent is not None), None)
    return Outcome(any(outcome.falls for outcome in outcomes), silent)
