"""Calls of the JavaScript SDK: which methods go to the server, and where each takes its options.

Source: reference/migration-rules.md, PC207, PC301.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit
from parsonage.migrate.code.scope import JOB, Module
from parsonage.migrate.code.source import Node

OPTIONS_AT = {
    "find": 0,
    "first": 0,
    "count": 0,
    "get": 1,
    "each": 1,
    "save": 1,
    "destroy": 0,
    "fetch": 0,
    "saveAll": 1,
    "destroyAll": 1,
    "fetchAll": 1,
    "fetchAllIfNeeded": 1,
    "send": 1,
}
"""Method → the position of its options, counted from 0."""

TAKES_CALLBACKS = frozenset(
    {*OPTIONS_AT, "run", "logIn", "signUp", "requestPasswordReset", "httpRequest", "become", "fetchIfNeeded"}
)
"""Methods that took ``success`` and ``error`` among their options."""

_FOREIGN = frozenset(
    {
        "_",
        "$",
        "jQuery",
        "async",
        "fs",
        "lodash",
        "underscore",
        "cache",
        "app",
        "router",
        "localStorage",
        "exports",
        "module",
    }
)
"""Names whose methods of the same names are no SDK's."""


def is_foreign(call: Node) -> bool:
    """Whether a call is known to be of another library: ``_.each()``, ``$.get()``."""
    owner = syntax.receiver(call)
    return owner is None or syntax.text(owner) in _FOREIGN or owner.type in {"array", "string"}


def takes_options(reference: Node) -> bool:
    """Whether a name stands where an SDK's call takes its options: ``query.find(response)``."""
    call = reference.parent.parent if reference.parent is not None else None
    if call is None or call.type != "call_expression" or reference not in syntax.arguments(call):
        return False
    name = syntax.method(call)
    return name in TAKES_CALLBACKS and syntax.receiver(call) is not None and syntax.arguments(call)[-1] == reference


def asks_a_query(call: Node, module: Module) -> bool:
    """Whether a call's receiver is seen to be a query."""
    return query_made(call, module) is not None


def query_made(call: Node, module: Module) -> Node | None:
    """Where the query that a call asks is made, by ``new Parse.Query`` or ``Parse.Query.or``; None if it isn't seen.

    It is seen through chains, variables, and functions of the same file that return it at their end. A relation makes
    one as well: ``note.relation('tags').query()``.
    """
    return module.once_of(call, _query_made)


def relation_of(query: Node, module: Module) -> Node | None:
    """The call that gives the relation of which an expression is the query; None for any other expression."""
    owner = syntax.receiver(query) if query.type == "call_expression" and syntax.method(query) == "query" else None
    given = module.value_of(owner) if owner is not None else None
    is_relation = given is not None and given.type == "call_expression" and syntax.method(given) in _RELATIONS
    return given if is_relation else None


_RELATIONS = {"relation": None, "getUsers": "_User", "getRoles": "_Role"}
"""Methods that give a relation, with the class that it leads to where that is sure."""


def _query_made(call: Node, module: Module) -> Node | None:
    owner = syntax.receiver(call)
    for _ in range(_LONGEST_ROW):
        if owner is None:
            return None
        owner = module.value_of(owner)
        path = module.dotted(owner)
        if path == "new Parse.Query()" or path.startswith("Parse.Query.") or relation_of(owner, module) is not None:
            return owner
        owner = _before(owner, module)
    return None


_LONGEST_ROW = 40
"""Calls and names between a query's making and its asking. Functions that call each other would have no end."""


def _before(owner: Node, module: Module) -> Node | None:
    """What gives the query that an expression is, one step nearer to its making."""
    if owner.type == "identifier":
        return next((value for value in module.assigned(owner) if value.type in _GIVES_A_QUERY), None)
    if owner.type != "call_expression" or syntax.method(owner) in _ANSWERS:
        return None
    called = syntax.callee(owner)
    if called is None or called.type != "identifier":
        return syntax.receiver(owner)
    helper = module.function_of(called)
    return syntax.returned(helper[1]) if helper is not None and helper[0] is module and not helper[2] else None


_GIVES_A_QUERY = frozenset({"new_expression", "call_expression"})
_ANSWERS = frozenset({*OPTIONS_AT, "findAll", "eachBatch", "aggregate", "distinct", *syntax.LINKS})
"""Methods that ask, or go on with what was answered: what they give is no query any more."""


def queried_class(call: Node, module: Module) -> str | None:
    """The class that a query's call asks, as ``_User`` or ``Note``; None if it can't be seen."""
    return module.once_of(call, _queried_class)


def _queried_class(call: Node, module: Module) -> str | None:
    made = query_made(call, module)
    relation = relation_of(made, module) if made is not None else None
    if relation is not None:
        return _RELATIONS[syntax.method(relation)]
    if made is None or made.type != "new_expression":
        return None
    return class_named(next(iter(syntax.arguments(made)), None), module)


def class_named(given: Node | None, module: Module) -> str | None:
    """The class that an expression names, by a text, ``Parse.User`` or ``Parse.Object.extend``; None if unknown."""
    if given is None:
        return None
    given = module.value_of(given)
    literal = syntax.string(given)
    if literal is not None:
        return literal
    path = module.dotted(given)
    if path.startswith("Parse.") and path.count(".") == 1:
        return "_" + path.removeprefix("Parse.")
    if path == "Parse.Object.extend()":
        return syntax.string(next(iter(syntax.arguments(given)), None))
    return None


def has_authority(call: Node, module: Module) -> bool:
    """Whether a call says on whose authority it runs, or hands options over that may say it."""
    return module.once_of(call, _has_authority)


def _has_authority(call: Node, module: Module) -> bool:
    position = OPTIONS_AT.get(syntax.method(call), 0)
    given = syntax.arguments(call)
    if len(given) <= position:
        return False
    options = module.value_of(given[position])
    if options.type != "object":
        return syntax.text(options) not in {"null", "undefined", "{}"}
    keys = syntax.properties(options).keys()
    spread = any(member.type == "spread_element" for member in syntax.meaningful(options))
    return spread or bool(keys & {"useMasterKey", "sessionToken"})


def states_authority(call: Node, module: Module) -> bool:
    """Whether a call hands over options that name the master key or a session: no other library's call does."""
    position, given = OPTIONS_AT.get(syntax.method(call), 0), syntax.arguments(call)
    if len(given) <= position:
        return False
    options = module.value_of(given[position])
    if options.type == "object":
        return bool(syntax.properties(options).keys() & {"useMasterKey", "sessionToken"})
    return has_authority(call, module) and asks_a_query(call, module)


def with_option(call: Node, option: str) -> Edit | None:
    """The edit that adds an option, written ``key: value``, to a call; None where its place can't be told."""
    name = syntax.method(call)
    listed, given = call.child_by_field_name("arguments"), syntax.arguments(call)
    if listed is None or name not in OPTIONS_AT:
        return None
    position = OPTIONS_AT[name]
    if len(given) > position:
        return _into(given[position], option)
    if len(given) == position:
        place = given[-1].end_byte if given else listed.start_byte + 1
        return Edit(place, place, f"{', ' if given else ''}{{ {option} }}")
    if name == "save" and not given:
        return Edit(listed.start_byte + 1, listed.start_byte + 1, f"null, {{ {option} }}")
    return None


def _into(options: Node, option: str) -> Edit | None:
    if options.type in {"null", "undefined"}:
        return Edit.replace(options, f"{{ {option} }}")
    members = syntax.meaningful(options) if options.type == "object" else []
    if options.type != "object":
        return None
    return Edit.before(members[0], f"{option}, ") if members else Edit.replace(options, f"{{ {option} }}")


def is_file(owner: Node | None, module: Module) -> bool:
    """Whether an expression is a file that is made in sight."""
    return owner is not None and module.dotted(module.value_of(owner)) == "new Parse.File()"


def needs_authority(call: Node, module: Module) -> bool:
    """Whether a call goes to the server by all that can be seen, and doesn't say on whose authority."""
    return _goes_to_the_server(call, module) and not is_foreign(call) and not has_authority(call, module)


def _goes_to_the_server(call: Node, module: Module) -> bool:
    name = syntax.method(call)
    if name not in OPTIONS_AT:
        return False
    if name in {"saveAll", "destroyAll", "fetchAll", "fetchAllIfNeeded"}:
        return module.dotted(syntax.receiver(call)) in {"Parse.Object", "Parse.User"}
    if name == "send":
        return module.dotted(syntax.callee(call)) == "Parse.Push.send"
    if name == "save" and is_file(syntax.receiver(call), module):
        return False  # a file takes its options first; PC808 is about it
    if name in {"save", "destroy", "fetch"}:
        given = syntax.arguments(call)
        return not given or not syntax.is_function(given[0])
    return asks_a_query(call, module)


def is_under_master_key(call: Node, module: Module) -> bool:
    """Whether ``Parse.Cloud.useMasterKey()`` was called above a call, in a function around it or for the whole file."""
    starts, furthest = module.once(_under_master_key)
    above = bisect_left(starts, call.start_byte)
    return above > 0 and call.end_byte <= furthest[above - 1]


def _under_master_key(module: Module) -> tuple[list[int], list[int]]:
    """Where calls turn the master key on, and how far it and those before are in force: to their functions' ends."""
    calls = [*module.calls().get("useMasterKey", [])]
    for name in {_function_name(call) for call in calls} - {None}:
        calls += module.calls().get(name or "", [])  # a helper puts it in force for the handler that calls it
    homes = [syntax.enclosing_function(call) or module.source.root for call in calls]
    spans = sorted((call.start_byte, home.end_byte) for call, home in zip(calls, homes, strict=True))
    return [start for start, _ in spans], list(accumulate((end for _, end in spans), max))


def _function_name(call: Node) -> str | None:
    """The name of the function declaration in which a call stands, at any depth of blocks but in no inner function."""
    home = syntax.enclosing_function(call)
    name = home.child_by_field_name("name") if home is not None and home.type == "function_declaration" else None
    return syntax.text(name) if name is not None else None


def is_of_a_job(call: Node, module: Module) -> bool:
    """Whether a call stands in a job: what it lacks is PC506's to tell."""
    handler = module.handler_at(call)
    return handler is not None and handler.kind == JOB
