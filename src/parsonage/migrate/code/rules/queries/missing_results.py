"""PC407 missing-results · `first` that found nothing

What it finds: the result of `first()` compared with `null` by `===` or `!==`, or used without ever being looked at.
Why it matters: where nothing is found the result is undefined, which is not `null`, and has no members.
Instead: `if (!found)`.
The fix: compares by `==` and `!=`. Safe.
Known gap: a result that is handed to a function first, which may look at it, is left alone.
Source: reference/migration-rules.md, PC407.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import aliases, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import asks_a_query
from parsonage.migrate.code.source import Node

_LOOSE = {"===": "==", "!==": "!="}
_USES = frozenset({"get", "set", "save", "destroy", "fetch", "id", "increment", "unset", "relation", "toJSON", "add"})
_KEEPS = frozenset({"set", "equalTo", "push", "add", "addUnique", "log"})
_QUERY = """
((binary_expression left: (_) @left operator: _ @operator right: (null)) @it (#any-of? @operator "===" "!=="))
(call_expression function: (member_expression property: (property_identifier) @name) (#eq? @name "first")) @it
"""


@on_query(_QUERY, severity=Severity.WARN, until=3)
def missing_results(node: Node, module: Module) -> Iterator[Found]:
    """Find tests for null that never hold, and results that are used blindly."""
    if node.type == "binary_expression":
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        found = object_of(left, module) if left is not None and left.type == "identifier" else None
        is_first = found is not None and found.asked is not None and syntax.method(found.asked) == "first"
        is_first = is_first and not (found is not None and found.path) and not _asks_for_undefined(node)
        if is_first and operator is not None:
            fix = Fix.safe(Edit.replace(operator, _LOOSE[syntax.text(operator)]))
            yield Found(node, "first gives undefined where nothing is found, never null", fix)
    elif asks_a_query(node, module):
        use = _blind_use(node, module)
        if use is not None:
            yield Found(use, "first gives undefined where nothing is found: test it")


def _asks_for_undefined(test: Node) -> bool:
    """Whether a test for null stands beside one for undefined."""
    around = test.parent
    return around is not None and around.type == "binary_expression" and "undefined" in syntax.text(around)


def _blind_use(asked: Node, module: Module) -> Node | None:
    """Where the result of a ``first`` is used, if nothing in its function ever looks whether there is one."""
    name, scope = _result(asked)
    if name is None or scope is None:
        return None
    references = [
        node
        for node in module.source.mentions(syntax.text(name), scope)
        if node.type == "identifier" and node.start_byte > name.start_byte
    ]
    if any(aliases.tests(reference, module) for reference in references) or _is_tried(asked):
        return None
    first = next((reference for reference in references if not _is_handed_on(reference)), None)
    use = _member_of(first) if first is not None else None
    property_ = use.child_by_field_name("property") if use is not None else None
    return use if property_ is not None and syntax.text(property_) in _USES else None


def _is_handed_on(reference: Node) -> bool:
    """Whether a name is an argument of a method that takes undefined without a word."""
    given = reference.parent
    call = given.parent if given is not None and given.type == "arguments" else None
    return call is not None and syntax.method(call) in _KEEPS and syntax.receiver(call) is not None


def _member_of(reference: Node) -> Node | None:
    """The member expression that a name is the object of."""
    around = reference.parent
    is_object = around is not None and around.type == "member_expression"
    return around if is_object and around is not None and around.child_by_field_name("object") == reference else None


def _result(asked: Node) -> tuple[Node | None, Node | None]:
    """The name that the result of a ``first`` is given, and the code in which it holds."""
    around, function = asked.parent, _callback(asked)
    if function is not None:
        listed = syntax.parameters(function)
        alone = listed[0] if listed and syntax.parameter_name(listed[0]) is not None else None
        return alone, syntax.body(function)
    if around is not None and around.type == "await_expression" and around.parent is not None:
        name = around.parent.child_by_field_name("name") if around.parent.type == "variable_declarator" else None
        is_plain = name is not None and name.type == "identifier"
        return (name, syntax.enclosing_function(asked)) if is_plain else (None, None)
    return None, None


def _callback(asked: Node) -> Node | None:
    """The function that is given the result: the first of ``then``, or ``success`` among the options."""
    links, given = syntax.links_after(asked), syntax.arguments(asked)
    takes = links[0].handlers[:1] if links and links[0].name in {"then", "done"} else ()
    options = [syntax.properties(given[-1]).get("success")] if given else []
    functions = [one for one in (*takes, *options) if one is not None and syntax.is_function(one)]
    return next(iter(functions), None)


def _is_tried(asked: Node) -> bool:
    return any(around.type == "try_statement" for around in syntax.ancestors(asked))
