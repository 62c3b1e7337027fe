"""PC615 old-engine · The language of 2012

What it finds: variables that are never declared, `with`, octal numbers such as `0755`, `arguments.callee`, and
`for … in` over an array that is written out.
Why it matters: modules with `import` are strict, and strict code refuses them or throws.
Instead: declare it, `0o755`, a function's own name, `for … of`.
The fix: declares the variable of a loop's head that all of the function's uses belong to. Safe.
Known gap: dates in odd formats are not judged.
Source: reference/migration-rules.md, PC615.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
[(with_statement) (assignment_expression left: (identifier)) (for_in_statement)] @it
((number) @it (#match? @it "^0[0-7]+$"))
((member_expression) @it (#eq? @it "arguments.callee"))
"""
_GLOBALS = frozenset(
    {
        "Parse",
        "module",
        "exports",
        "global",
        "globalThis",
        "process",
        "console",
        "require",
        "window",
        "document",
        "self",
    }
)


@on_query(_QUERY, severity=Severity.WARN, until=NEWEST)
def old_engine(node: Node, module: Module) -> Iterator[Found]:
    """Find what strict code refuses."""
    match node.type:
        case "with_statement":
            yield Found(node, "strict code refuses with")
        case "number":
            yield Found(node, f"strict code refuses octal numbers: 0o{syntax.text(node)[1:]}")
        case "member_expression":
            yield Found(node, "strict code has no arguments.callee: name the function")
        case "for_in_statement":
            yield from _loop(node, module)
        case "assignment_expression":
            name = node.child_by_field_name("left")
            if name is not None and _is_first_undeclared(name, module):
                yield Found(node, _undeclared(name), _fix(node, name, module))


def _loop(loop: Node, module: Module) -> Iterator[Found]:
    name, over = loop.child_by_field_name("left"), loop.child_by_field_name("right")
    of = loop.child_by_field_name("operator")
    if name is None or over is None:
        return
    if loop.child_by_field_name("kind") is None and name.type == "identifier" and _is_first_undeclared(name, module):
        fix = Fix.safe(Edit.before(name, "var ")) if _stays_in_its_loops(name, module) else None
        yield Found(loop, _undeclared(name), fix)
    if of is not None and syntax.text(of) == "in" and module.value_of(over).type == "array":
        yield Found(loop, "for … in gives an array's indexes as texts, and more: for … of")


def _undeclared(name: Node) -> str:
    return f"{syntax.text(name)} is declared nowhere: strict code throws here, and requests share it until then"


def _is_undeclared(name: Node, module: Module) -> bool:
    written = syntax.text(name)
    return written not in _GLOBALS and module.binding(written, name) is None


def _is_first_undeclared(name: Node, module: Module) -> bool:
    """Whether a name that is set is declared nowhere, and is set here for the first time in its function."""
    if not _is_undeclared(name, module):
        return False
    function = _outermost(name) or module.source.root
    return not any(
        earlier.start_byte < name.start_byte and syntax.within(earlier, function) and _is_undeclared(earlier, module)
        for earlier in _set(syntax.text(name), module)
    )


def _set(written: str, module: Module) -> list[Node]:
    """The places at which a bare name is set, in the order of the text."""
    query = "[(assignment_expression left: (identifier) @it) (for_in_statement left: (identifier) @it)]"
    return [name for name in module.source.captures(query).get("it", []) if syntax.text(name) == written]


def _outermost(node: Node) -> Node | None:
    functions = [around for around in syntax.ancestors(node) if syntax.is_function(around)]
    return functions[-1] if functions else None


def _fix(assignment: Node, name: Node, module: Module) -> Fix | None:
    loop = assignment.parent
    while loop is not None and loop.type in {"sequence_expression", "expression_statement"}:
        loop = loop.parent
    initial = loop.child_by_field_name("initializer") if loop is not None and loop.type == "for_statement" else None
    if initial is None or initial.start_byte != assignment.start_byte or not _stays_in_its_loops(name, module):
        return None
    return Fix.safe(Edit.before(assignment, "var "))


def _stays_in_its_loops(name: Node, module: Module) -> bool:
    """Whether every use of a name stands in a function whose own first use of it is the head of a loop."""
    query = f'((identifier) @it (#eq? @it "{syntax.text(name)}"))'
    firsts: dict[int, Node] = {}
    for use in module.source.captures(query).get("it", []):
        function = syntax.enclosing_function(use)
        if function is None:
            return False
        firsts.setdefault(function.id, use)
    return all(_is_in_a_head(first) for first in firsts.values())


def _is_in_a_head(use: Node) -> bool:
    here = use
    for around in syntax.ancestors(use):
        if around.type == "for_statement":
            return around.child_by_field_name("initializer") == here and here.start_byte == use.start_byte
        if around.type == "for_in_statement":
            return around.child_by_field_name("left") == here
        if around.type not in {"assignment_expression", "sequence_expression", "expression_statement"}:
            return False
        here = around
    return False
