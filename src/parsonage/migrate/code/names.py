"""What a name was declared as, by JavaScript's scopes within one file.

What may declare anything stands in the file's outline; what a name was declared as, and in which stretch of the file
that holds, is worked out when somebody asks for the name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.source import Node

_HOISTING = frozenset({"program", *syntax.FUNCTIONS})
_BLOCKS = frozenset({"statement_block", "for_statement", "for_in_statement", "catch_clause", *_HOISTING})
_WHOLE_PATTERNS = frozenset({"object_pattern", "array_pattern"})
_PARTS = frozenset({"pair_pattern", "object_assignment_pattern", "assignment_pattern", "rest_pattern"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})


class Binding(msgspec.Struct, frozen=True, eq=False):
    """What a name was declared as.

    ``member`` is the property that destructuring took out of ``value``. ``value`` is None where nothing was given;
    ``module`` is the specifier of an import, ``parameter_of`` the function of which it is a plain parameter,
    ``each_of`` the list whose members a loop gives it one by one.
    """

    value: Node | None
    member: str | None = None
    module: str | None = None
    parameter_of: Node | None = None
    each_of: Node | None = None


class _Declared(msgspec.Struct, frozen=True, eq=False):
    """A declaration, and from where to where it holds."""

    start: int
    end: int
    binding: Binding


class Names:
    """The declarations of one file, by name. Made of the mentions that may declare a name, and of the file's length."""

    __slots__ = ("_known", "_length", "_mentions")

    def __init__(self, declared: Mapping[str, Sequence[Node]], length: int) -> None:
        self._mentions = declared
        self._length = length
        self._known: dict[str, tuple[list[int], list[int], list[_Declared]]] = {}

    def binding(self, name: str, at: Node) -> Binding | None:
        """What a name means at a place, or None if the file doesn't declare it."""
        declared = self._declaration(name, at)
        return declared.binding if declared is not None else None

    def reach(self, name: str, at: Node) -> tuple[int, int]:
        """From where to where a name may mean what it means at a place; the whole file if nothing declares it."""
        declared = self._declaration(name, at)
        return (declared.start, declared.end) if declared is not None else (0, self._length)

    def _declaration(self, name: str, at: Node) -> _Declared | None:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name)
        starts, furthest, declared = known
        place, end = at.start_byte, at.end_byte
        index = bisect_right(starts, place) - 1
        while index >= 0 and furthest[index] >= end:
            if declared[index].end >= end:
                return declared[index]
            index -= 1
        return None

    def _find(self, name: str) -> tuple[list[int], list[int], list[_Declared]]:
        """The declarations sorted so that of those around a place the innermost is the last, and how far they reach."""
        candidates = sorted(self._mentions.get(name, ()), key=lambda node: node.start_byte)
        found = [declared for declared in map(self._declared, candidates) if declared is not None]
        # Of several in one scope the first one counts, and any of them before a parameter of the same name.
        found.sort(key=lambda each: each.binding.parameter_of is not None)
        first = {(each.start, each.end): each for each in reversed(found)}
        ordered = sorted(first.values(), key=lambda each: (each.start, -each.end))
        return [each.start for each in ordered], list(accumulate((each.end for each in ordered), max)), ordered

    def _declared(self, mention: Node) -> _Declared | None:
        """What a mention declares, if it does."""
        around = mention.parent
        if around is None:
            return None
        match around.type:
            case "variable_declarator" | "object_pattern" | "array_pattern" | "rest_pattern" | "pair_pattern":
                return self._in_pattern(mention)
            case "object_assignment_pattern" | "assignment_pattern" if around.child_by_field_name("left") == mention:
                return self._in_pattern(mention)
            case "function_declaration" | "generator_function_declaration" | "class_declaration":
                is_name = around.child_by_field_name("name") == mention
                return self._held(around, _BLOCKS, Binding(around)) if is_name else None
            case "function_expression" if around.child_by_field_name("name") == mention:
                return _Declared(around.start_byte, around.end_byte, Binding(around))
            case "formal_parameters" | "required_parameter" | "optional_parameter":
                return self._in_pattern(mention)
            case "arrow_function" if around.child_by_field_name("parameter") == mention:
                return _Declared(around.start_byte, around.end_byte, Binding(None, parameter_of=around))
            case "catch_clause":
                return _Declared(around.start_byte, around.end_byte, Binding(None))
            case "for_in_statement" if around.child_by_field_name("left") == mention:
                return self._loop_variable(around)
            case "import_clause":
                return self._imported(mention, "default")
            case "namespace_import":
                return self._imported(mention, None)
            case "import_specifier":
                local = around.child_by_field_name("alias") or around.child_by_field_name("name")
                name = around.child_by_field_name("name")
                return self._imported(mention, syntax.text(name or mention)) if local == mention else None
            case _:
                return None

    def _in_pattern(self, mention: Node) -> _Declared | None:
        """A name that is declared as a whole, or within a pattern, by a variable or as a parameter."""
        path: list[str] = []
        here, around = mention, mention.parent
        while around is not None and (around.type in _WHOLE_PATTERNS or around.type in _PARTS):
            if around.type == "pair_pattern":
                key = around.child_by_field_name("key")
                if key == here or key is None:
                    return None
                path.insert(0, syntax.string(key) or syntax.text(key))
            elif around.type in _WHOLE_PATTERNS and here.type not in {"pair_pattern", "rest_pattern"}:
                path.insert(0, syntax.text(mention) if around.type == "object_pattern" else "[]")
            here, around = around, around.parent
        return self._by(mention, here, around, ".".join(path) or None)

    def _by(self, mention: Node, pattern: Node, around: Node | None, member: str | None) -> _Declared | None:
        if around is not None and around.type in _PARAMETERS and around.child_by_field_name("pattern") == pattern:
            pattern, around = around, around.parent
        if around is None:
            return None
        if around.type == "variable_declarator" and around.child_by_field_name("name") == pattern:
            kinds = _HOISTING if around.parent is not None and around.parent.type == "variable_declaration" else _BLOCKS
            return self._held(around, kinds, Binding(around.child_by_field_name("value"), member=member))
        function = around.parent if around.type == "formal_parameters" else None
        if function is None:
            return None
        plain = syntax.parameter_name(pattern) == syntax.text(mention)
        binding = Binding(None, parameter_of=function) if plain else Binding(None, member=member)
        return _Declared(function.start_byte, function.end_byte, binding)

    def _loop_variable(self, loop: Node) -> _Declared | None:
        kind = loop.child_by_field_name("kind")
        if kind is None:
            return None
        operator = loop.child_by_field_name("operator")
        is_each = operator is not None and syntax.text(operator) == "of"
        binding = Binding(None, each_of=loop.child_by_field_name("right") if is_each else None)
        if syntax.text(kind) == "var":
            return self._held(loop, _HOISTING, binding)
        return _Declared(loop.start_byte, loop.end_byte, binding)

    def _imported(self, mention: Node, member: str | None) -> _Declared | None:
        statement = next((around for around in syntax.ancestors(mention) if around.type == "import_statement"), None)
        origin = syntax.string(statement.child_by_field_name("source")) if statement is not None else None
        return self._held(mention, _HOISTING, Binding(None, member=member, module=origin or ""))

    def _held(self, at: Node, kinds: frozenset[str], binding: Binding) -> _Declared | None:
        scope = next((around for around in syntax.ancestors(at) if around.type in kinds), None)
        if scope is None or scope.parent is None:
            return _Declared(0, self._length, binding)
        return _Declared(scope.start_byte, scope.end_byte, binding)
