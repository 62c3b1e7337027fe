"""What is known of a query from the code: the calls that shaped it, and what it includes."""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

CONSTRAINTS = frozenset(
    {
        "equalTo",
        "notEqualTo",
        "lessThan",
        "lessThanOrEqualTo",
        "greaterThan",
        "greaterThanOrEqualTo",
        "containedIn",
        "notContainedIn",
        "containedBy",
        "containsAll",
        "containsAllStartingWith",
        "exists",
        "doesNotExist",
        "matches",
        "contains",
        "startsWith",
        "endsWith",
        "fullText",
        "near",
        "withinRadians",
        "withinMiles",
        "withinKilometers",
        "withinGeoBox",
        "withinPolygon",
        "polygonContains",
        "matchesQuery",
        "doesNotMatchQuery",
        "matchesKeyInQuery",
        "doesNotMatchKeyInQuery",
        "relatedTo",
    }
)
"""Methods of a query that narrow what it gives."""

WINDOW = frozenset(
    {"limit", "skip", "ascending", "descending", "addAscending", "addDescending", "sortByTextScore", "withCount"}
)
"""Methods of a query that order and cut what it gives."""

_SHAPING = CONSTRAINTS | WINDOW | {"include", "includeAll", "select", "exclude"}


def steps(asked: Node, module: Module) -> Iterator[Node]:
    """The calls that shaped a query: those it is chained from, and those on its variable in the same file.

    ``asked`` is the call that asks the query, or the query itself.
    """
    asks = asked.type == "call_expression" and syntax.method(asked) not in _SHAPING
    query = syntax.receiver(asked) if asks else asked
    if query is None:
        return
    yield from _chained(query)
    variable = syntax.origin(query)
    if variable.type != "identifier":
        return
    declared = module.binding(syntax.text(variable), variable)
    if declared is not None and declared.value is not None:
        yield from _chained(declared.value)
    for value in module.assigned(variable):
        yield from _chained(value)
    for mention in module.mentions_of(variable):
        yield from _calls_on(mention)


def _calls_on(variable: Node) -> Iterator[Node]:
    """The calls that shape a query in a row that begins with its variable: ``query.limit(1).skip(2)``."""
    here = variable
    while (member := here.parent) is not None and member.type == "member_expression":
        call = member.parent
        if call is None or call.type != "call_expression" or syntax.callee(call) != member:
            return
        if syntax.method(call) in _SHAPING:
            yield call
        here = call


def _chained(query: Node) -> Iterator[Node]:
    here: Node | None = syntax.bare(query)
    while here is not None and here.type == "call_expression":
        yield here
        inner = syntax.receiver(here)
        here = syntax.bare(inner) if inner is not None else None


def included(asked: Node, module: Module) -> set[str]:
    """The keys, dotted, that a query includes, each with those on the way to it."""
    return module.once_of(asked, _included)


def _included(asked: Node, module: Module) -> set[str]:
    found: set[str] = set()
    for step in steps(asked, module):
        if syntax.method(step) != "include":
            continue
        for argument in syntax.arguments(step):
            given = syntax.meaningful(argument) if argument.type == "array" else [argument]
            for key in filter(None, map(syntax.string, given)):
                parts = key.split(".")
                found.update(".".join(parts[: count + 1]) for count in range(len(parts)))
    return found
