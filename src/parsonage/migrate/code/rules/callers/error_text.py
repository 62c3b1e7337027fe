"""PC316 error-text · Comparing the texts of errors

What it finds: an error's `message` compared with a text, searched by a pattern, or used in a `switch`.
Why it matters: Parse Server 9 answers many refusals with `Permission denied` alone, and texts change from version to
version.
Instead: compare `error.code`.
The fix: none: which code was meant is for a person to say.
Known gap: texts that the same file throws are its own, and left alone; so are messages of variables that are not seen
to be errors.
Source: reference/migration-rules.md, PC316.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_NAMES = frozenset({"e", "err", "error", "ex", "exc", "exception", "reason", "failure"})
_SAME = frozenset({"toLowerCase", "toString", "trim"})
_SEARCHES = frozenset({"indexOf", "includes", "match", "search", "startsWith", "endsWith"})


@on_query(
    """((member_expression object: (identifier) property: (property_identifier) @name) @it (#eq? @name "message"))""",
    severity=Severity.WARN,
    until=NEWEST,
    legacy=False,
)
def error_text(message: Node, module: Module) -> Iterator[Found]:
    """Find decisions that hang on an error's text."""
    owner = message.child_by_field_name("object")
    if owner is None or not (syntax.text(owner) in _NAMES or _is_caught(owner, module)):
        return
    decision, text = _decision(message)
    if decision is None or (text is not None and (syntax.string(text) == "" or _throws(module, text))):
        return
    yield Found(decision, "texts of errors change: compare error.code")


def _decision(message: Node) -> tuple[Node | None, Node | None]:
    """The expression or statement in which a message decides, and the text or pattern that it is held against."""
    here, around = message, message.parent
    while around is not None and around.type == "member_expression" and _name(around) in _SAME:
        here = around.parent or around
        around = here.parent
    if around is None:
        return None, None
    match around.type:
        case "binary_expression":
            return _comparison(around, here)
        case "member_expression" if _name(around) in _SEARCHES and around.parent is not None:
            given = syntax.arguments(around.parent)
            return (around.parent, given[0]) if given and given[0].type in {"string", "regex"} else (None, None)
        case "arguments" if around.parent is not None and syntax.method(around.parent) == "test":
            pattern = syntax.receiver(around.parent)
            return (around.parent, pattern) if pattern is not None and pattern.type == "regex" else (None, None)
        case "parenthesized_expression" if around.parent is not None and around.parent.type == "switch_statement":
            return around.parent, None
        case _:
            return None, None


def _name(member: Node) -> str:
    name = member.child_by_field_name("property")
    return syntax.text(name) if name is not None else ""


def _comparison(around: Node, here: Node) -> tuple[Node | None, Node | None]:
    operator = around.child_by_field_name("operator")
    left, right = around.child_by_field_name("left"), around.child_by_field_name("right")
    other = right if left == here else left
    compares = operator is not None and syntax.text(operator) in {"==", "===", "!=", "!=="}
    return (around, other) if compares and syntax.string(other) is not None else (None, None)


def _is_caught(owner: Node, module: Module) -> bool:
    """Whether a variable holds what a ``catch`` caught, or what an error callback is given."""
    name = syntax.text(owner)
    for around in syntax.ancestors(owner):
        caught = around.child_by_field_name("parameter") if around.type == "catch_clause" else None
        if caught is not None and syntax.text(caught) == name:
            return True
    declared = module.binding(name, owner)
    function = declared.parameter_of if declared is not None else None
    arguments = function.parent if function is not None else None
    if function is None or arguments is None:
        return False
    if arguments.type == "pair":
        key = arguments.child_by_field_name("key")
        return key is not None and syntax.text(key) == "error"
    call = arguments.parent if arguments.type == "arguments" else None
    given = syntax.arguments(call) if call is not None else []
    position = given.index(function) if function in given else -1
    return call is not None and (syntax.method(call), position) in {("then", 1), ("catch", 0), ("fail", 0)}


def _throws(module: Module, text: Node) -> bool:
    """Whether the file throws errors of this text itself."""
    if text.type != "string":
        return False
    literals = {syntax.text(text), f"'{syntax.string(text)}'", f'"{syntax.string(text)}"'}
    made = module.source.captures("[(throw_statement) (new_expression)] @it").get("it", [])
    return any(literal in syntax.text(one) for one in made for literal in literals)
