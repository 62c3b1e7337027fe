"""What everybody asks of a file of code, collected in one pass over its tree: a pass costs more than what it finds."""

from __future__ import annotations

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.source import Node, Source

_QUERY = """
(call_expression function: [(identifier) @called (member_expression property: (_) @called)]) @call
(assignment_expression left: (identifier) @assigned)
(variable_declarator name: (identifier) @declared)
(shorthand_property_identifier_pattern) @declared
(pair_pattern value: (identifier) @declared)
(assignment_pattern left: (identifier) @declared)
(array_pattern (identifier) @declared)
(rest_pattern (identifier) @declared)
(function_declaration name: (identifier) @declared)
(generator_function_declaration name: (identifier) @declared)
(class_declaration name: (_) @declared)
(function_expression name: (identifier) @declared)
(arrow_function parameter: (identifier) @declared)
(catch_clause parameter: (identifier) @declared)
(for_in_statement left: (identifier) @declared)
(import_clause (identifier) @declared)
(namespace_import (identifier) @declared)
(import_specifier (identifier) @declared)
"""
_PARAMETERS = {
    "javascript": "(formal_parameters (identifier) @declared)",
    "typescript": "(required_parameter (identifier) @declared) (optional_parameter (identifier) @declared)",
}


class Outline(msgspec.Struct, frozen=True, eq=False):
    """The calls, declarations and assignments of a file, by name, in the order of the text."""

    calls: dict[str, list[Node]]
    """All calls, by the name of the method or function that is called."""
    declared: dict[str, list[Node]]
    """The mentions that may declare the name."""
    assigned: dict[str, list[Node]]
    """The mentions of a plain name that is assigned to."""


def outline(source: Source) -> Outline:
    """The outline of a file."""
    found = Outline({}, {}, {})
    for match in source.matches(_QUERY + _PARAMETERS[source.language]):
        if "call" in match:
            found.calls.setdefault(syntax.text(match["called"][0]), []).append(match["call"][0])
        elif "declared" in match:
            name = match["declared"][0]
            found.declared.setdefault(syntax.text(name), []).append(name)
        else:
            name = match["assigned"][0]
            found.assigned.setdefault(syntax.text(name), []).append(name)
    return found
