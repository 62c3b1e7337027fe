"""What a file is made of, and what of it can stand in a module of its own.

Each statement at the top of the file is a unit. One that registers a handler goes into a module, with the helpers that
it alone uses; helpers that several use go into modules of their own. Whatever could behave otherwise elsewhere stays:
variables that are assigned again and all that mention them, what speaks of ``module`` or ``exports``, and what would
run in another order.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import JOB, Module
from parsonage.migrate.code.source import Node

_DECLARATIONS = frozenset(
    {
        "variable_declaration",
        "lexical_declaration",
        "function_declaration",
        "generator_function_declaration",
        "class_declaration",
    }
)
_VARIABLE_NAMES = """
(variable_declarator name: (identifier) @name)
(variable_declarator name: [(object_pattern) (array_pattern)] @in)
"""
_VARIABLES = frozenset({"variable_declaration", "lexical_declaration"})
_OF_THE_FILE = ("module", "exports", "__dirname", "__filename", "this")
_NAMES = frozenset({"identifier", "shorthand_property_identifier"})
_PATTERNS = frozenset(
    {
        "array_pattern",
        "object_pattern",
        "pair_pattern",
        "rest_pattern",
        "assignment_pattern",
        "object_assignment_pattern",
    }
)
_ASSIGNING = {
    "assignment_expression": "left",
    "augmented_assignment_expression": "left",
    "update_expression": "argument",
    "for_in_statement": "left",
}
_INERT = frozenset(
    {
        "string",
        "template_string",
        "number",
        "true",
        "false",
        "null",
        "undefined",
        "regex",
        "identifier",
        "member_expression",
        "class",
        *syntax.FUNCTIONS,
    }
)


class Kind(Enum):
    """What becomes of a unit."""

    STAYS = "stays"
    IMPORTS = "imports"
    """It only requires: it stays, and modules that need it require it themselves."""
    HELPS = "helps"
    REGISTERS = "registers"


class Unit(msgspec.Struct, eq=False):
    """A statement at the top of the file, with the comments that belong to it."""

    number: int
    node: Node
    start: int
    end: int
    kind: Kind
    names: frozenset[str]
    """What it declares for the whole file."""
    uses: set[int]
    """The units whose names it mentions."""
    registers: tuple[str, str] | None = None
    """The folder and the name of the module for a handler."""


def units_of(module: Module) -> list[Unit]:
    """The units of a file in their order, each with what is to become of it."""
    units = [_unit(module, number, node, start, end) for number, (node, start, end) in enumerate(_blocks(module))]
    _connect(module, units)
    _keep(module, units)
    return units


def _blocks(module: Module) -> list[tuple[Node, int, int]]:
    """The statements at the top, from where the comments right above begin to where one behind it ends."""
    text = module.source.text
    found: list[tuple[Node, int, int]] = []
    above: int | None = None
    last = 0
    for child in module.source.root.children:
        if child.type in {"comment", "hash_bang_line"}:
            if found and child.type == "comment" and b"\n" not in text[last : child.start_byte]:
                node, start, _ = found[-1]
                found[-1] = node, start, child.end_byte  # on the statement's own line
                above = None
            elif above is None or text[last : child.start_byte].count(b"\n") > 1:
                above = child.start_byte if child.type == "comment" else None
            last = child.end_byte
            continue
        adjacent = above is not None and text[last : child.start_byte].count(b"\n") <= 1
        found.append((child, above if adjacent and above is not None else child.start_byte, child.end_byte))
        above, last = None, child.end_byte
    return found


def _unit(module: Module, number: int, node: Node, start: int, end: int) -> Unit:
    registration = _registration(module, node)
    kind = Kind.STAYS
    if registration is not None:
        kind = Kind.REGISTERS
    elif node.type in _DECLARATIONS:
        kind = Kind.IMPORTS if _only_requires(node) else Kind.HELPS
    return Unit(number, node, start, end, kind, frozenset(_declared(module, node)), set(), registration)


def _registration(module: Module, node: Node) -> tuple[str, str] | None:
    """Where a handler's module stands, if a statement is nothing but its registration."""
    call = syntax.unwrapped(node.named_children[0]) if node.type == "expression_statement" else None
    kinds = [kind for kind, other in module.registrations() if call is not None and other == call]
    if call is None or not kinds:
        return None
    given = syntax.arguments(call)
    name = module.made(kinds[0], call, given[0], given[-1]).name if len(given) > 1 else None
    if kinds[0] == "function":
        return "functions", name or "unnamed"
    if kinds[0] == JOB:
        return "jobs", name or "unnamed"
    return "triggers", f"{name}.{kinds[0]}" if name else kinds[0]


def _only_requires(node: Node) -> bool:
    if node.type not in _VARIABLES:
        return False
    values = [part.child_by_field_name("value") for part in syntax.meaningful(node)]
    return all(value is not None and _is_required(value) for value in values)


def _is_required(value: Node) -> bool:
    here = value
    while here.type == "member_expression" and (owner := here.child_by_field_name("object")) is not None:
        here = owner
    given = syntax.arguments(here) if here.type == "call_expression" else []
    return (
        here.type == "call_expression"
        and syntax.text(syntax.callee(here) or here) == "require"
        and (len(given) == 1 and syntax.string(given[0]) is not None)
    )


def _declared(module: Module, node: Node) -> list[str]:
    """The names that a statement declares for the whole file; of a loop or a condition its variables, too."""
    if node.type in _DECLARATIONS - _VARIABLES:
        name = node.child_by_field_name("name")
        return [syntax.text(name)] if name is not None else []
    found = module.source.captures(_VARIABLE_NAMES, node)
    names = [name for name in found.get("name", []) if syntax.enclosing_function(name) is None]
    for pattern in found.get("in", []):
        if syntax.enclosing_function(pattern) is None:
            inside = module.source.captures("[(identifier) (shorthand_property_identifier_pattern)] @name", pattern)
            names += inside.get("name", [])
    return [syntax.text(name) for name in names]


def _connect(module: Module, units: list[Unit]) -> None:
    """Find out which unit mentions which one's names."""
    owners: dict[str, list[Unit]] = {}
    for unit in units:
        for name in unit.names:
            owners.setdefault(name, []).append(unit)
    for name, owning in owners.items():
        declared = module.binding(name, module.source.root)
        for mention in module.source.mentions(name):
            if mention.type not in _NAMES and mention.type != "shorthand_property_identifier_pattern":
                continue
            if module.binding(name, mention) is not declared:
                continue
            at = _unit_at(units, mention)
            if len(owning) > 1 or _is_assigned(mention, owning[0]):
                for owner in owning:
                    owner.kind = Kind.STAYS
            if at is not None:
                at.uses.update(owner.number for owner in owning if owner is not at)


def _unit_at(units: list[Unit], node: Node) -> Unit | None:
    return next((unit for unit in units if syntax.within(node, unit.node)), None)


def _is_assigned(mention: Node, owner: Unit) -> bool:
    """Whether a mention gives its variable a new value; the declaration itself doesn't."""
    around = mention.parent
    if around is None:
        return False
    field = _ASSIGNING.get(around.type)
    if field is not None:
        return around.child_by_field_name(field) == mention
    if around.type not in _PATTERNS:
        return False
    return not syntax.within(mention, owner.node) or any(
        one.type == "assignment_expression" for one in syntax.ancestors(mention)
    )


def _keep(module: Module, units: list[Unit]) -> None:
    """Let stay what can't go, and whatever needs something that stays."""
    for unit in units:
        if unit.kind in {Kind.HELPS, Kind.REGISTERS} and _is_of_the_file(module, unit.node):
            unit.kind = Kind.STAYS
    changed = True
    while changed:
        changed = False
        for unit in units:
            needed = [units[number] for number in unit.uses]
            late = any(other.number > unit.number and not is_inert(other.node) for other in needed)
            if unit.kind in {Kind.HELPS, Kind.REGISTERS} and (late or any(one.kind is Kind.STAYS for one in needed)):
                unit.kind, changed = Kind.STAYS, True


def _is_of_the_file(module: Module, node: Node) -> bool:
    """Whether a statement speaks of the file that it stands in, or requires what is worked out when it runs."""
    for name in _OF_THE_FILE:
        for mention in module.source.mentions(name, node):
            own = mention.type == "this" and syntax.enclosing_function(mention) is None
            if own or (mention.type == "identifier" and module.binding(name, mention) is None):
                return True
    requires = module.source.mentions("require", node)
    return any(mention.type == "identifier" and not _is_required(mention.parent or mention) for mention in requires)


def is_inert(node: Node) -> bool:
    """Whether a declaration does nothing when it runs but name a value."""
    if node.type not in _VARIABLES:
        return True
    values = [part.child_by_field_name("value") for part in syntax.meaningful(node)]
    return all(value is None or _is_value(value) for value in values)


def _is_value(value: Node) -> bool:
    if value.type in {"object", "array"}:
        parts = [part.child_by_field_name("value") or part for part in syntax.meaningful(value)]
        return all(
            _is_value(part) or part.type in {"shorthand_property_identifier", "method_definition"} for part in parts
        )
    return value.type in _INERT or _is_required(value) or _is_class(value)


def _is_class(value: Node) -> bool:
    called = syntax.callee(value) if value.type == "call_expression" else None
    return called is not None and syntax.text(called) == "Parse.Object.extend"
