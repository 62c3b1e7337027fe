"""What a name means, and whose handler a piece of code is in.

Names are resolved within a file by JavaScript's scopes, and across files by ``require`` and ``import``. So a handler
is seen through aliases, named functions, exports and wrappers of the same project, as
reference/migration-rules.md, "Handler scope", asks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.names import Binding, Names
from parsonage.migrate.code.outline import outline
from parsonage.migrate.code.source import Node, Source

T = TypeVar("T")

FUNCTION = "function"
JOB = "job"
TRIGGERS = frozenset(
    {
        "beforeSave",
        "afterSave",
        "beforeDelete",
        "afterDelete",
        "beforeFind",
        "afterFind",
        "beforeLogin",
        "afterLogin",
        "afterLogout",
        "beforePasswordResetRequest",
        "beforeConnect",
        "beforeSubscribe",
        "afterLiveQueryEvent",
        "beforeSaveFile",
        "afterSaveFile",
        "beforeDeleteFile",
        "afterDeleteFile",
    }
)
"""Triggers, old and new, by the names under which they are registered."""

_KINDS = {"define": FUNCTION, "job": JOB, **{name: name for name in TRIGGERS}}
_UNNAMED = frozenset({"beforeLogin", "afterLogin", "afterLogout", "beforePasswordResetRequest", "beforeConnect"})
_PARSE_MODULES = frozenset({"parse", "parse/node", "parse/node.js", "parse-server"})
_NAMED = frozenset({"identifier", "member_expression"})
_DEEPEST_ALIAS = 8

_EXPORTS = """
(assignment_expression left: [(member_expression) (identifier)]) @assigned
(export_statement) @exported
"""


class Handler(msgspec.Struct, frozen=True, eq=False, weakref=True):
    """A function, trigger or job: its registration, and the function that runs."""

    kind: str
    name: str | None  # None: not a literal
    call: Node
    module: Module
    function: Node | None  # None: not found in this project
    home: Module  # the file in which the function stands
    wrapped: bool
    is_frame: bool = False
    """It registers, by whatever name it is given, a function that calls what it is given: no handler of its own."""

    def parameter(self, position: int) -> str | None:
        """The plain name of the function's parameter at a position, from 0."""
        if self.function is None:
            return None
        names = self.home.parameter_names(self.function)
        return names[position] if len(names) > position else None

    @property
    def request(self) -> str | None:
        """The name of the handler's request."""
        return self.parameter(0)

    @property
    def response(self) -> str | None:
        """The name of the second parameter: the response of a function or trigger, the status of a job."""
        return self.parameter(1)


class Module:
    """One file with the meaning of its names. Made once; everything is worked out when first asked for."""

    __slots__ = (
        "_dotted",
        "_exports",
        "_facts",
        "_facts_of",
        "_handlers",
        "_in_order",
        "_made",
        "_names",
        "_outline",
        "_registrations",
        "_spans",
        "requires",
        "source",
        "targets",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.requires: dict[str, Module] = {}  # by specifier
        self.targets: dict[str, Path] | None = None  # the files of these; None until they are looked for
        self._outline = outline(source)
        self._names = Names(self._outline.declared, len(source.text))
        self._handlers: dict[int, Handler] = {}  # by the id of the function's node
        self._spans: tuple[list[int], list[int], list[Handler]] | None = None
        self._made: dict[tuple[int, str, Module, int], Handler] = {}
        self._exports: dict[str, Node] | None = None
        self._in_order: dict[str, tuple[list[int], list[Node]]] = {}  # calls by name, with where they start
        self._dotted: dict[int, str] = {}  # by the id of the node
        self._facts: dict[object, Any] = {}
        self._facts_of: defaultdict[object, dict[int, Any]] = defaultdict(dict)  # by the id of the node
        self._registrations: list[tuple[str, Node]] | None = None

    def calls(self) -> dict[str, list[Node]]:
        """All calls of the file by the name of the method or function that is called."""
        return self._outline.calls

    def calls_between(self, name: str, start: int, end: int) -> Iterator[Node]:
        """The calls of a method or function that stand between two places of the text, in the order of the text."""
        if name not in self._in_order:
            calls = sorted(self.calls().get(name, ()), key=lambda call: call.start_byte)
            self._in_order[name] = [call.start_byte for call in calls], calls
        starts, calls = self._in_order[name]
        for call in calls[bisect_left(starts, start) : bisect_left(starts, end)]:
            if call.end_byte <= end:
                yield call

    def binding(self, name: str, at: Node) -> Binding | None:
        """What a name means at a place, or None if the file doesn't declare it."""
        return self._names.binding(name, at)

    def once(self, fact: Callable[[Module], T]) -> T:
        """What a function says of this file; it is asked only once."""
        if fact not in self._facts:
            self._facts[fact] = fact(self)
        said: T = self._facts[fact]
        return said

    def once_of(self, node: Node, fact: Callable[[Node, Module], T]) -> T:
        """What a function says of a node of this file; it is asked only once about each."""
        known, id_ = self._facts_of[fact], node.id
        if id_ not in known:
            known[id_] = fact(node, self)
        said: T = known[id_]
        return said

    def parameter_names(self, function: Node) -> list[str | None]:
        """The plain names of a function's parameters, in their order; None for a pattern."""
        return self.once_of(function, _parameter_names)

    def dotted(self, node: Node | None, depth: int = 0) -> str:
        """An expression as a dotted name, with aliases followed.

        ``define`` is ``Parse.Cloud.define`` after ``var define = Parse.Cloud.define``. Calls end in ``()``; what has
        no name is an empty text.
        """
        if node is None or depth > _DEEPEST_ALIAS:
            return ""
        known = self._dotted.get(node.id)
        if known is None:
            known = self._dotted[node.id] = self._spelled(syntax.unwrapped(node), depth)
        return known

    def _spelled(self, node: Node, depth: int) -> str:
        match node.type:
            case "identifier" | "shorthand_property_identifier":
                return self._dotted_identifier(node, depth)
            case "member_expression":
                property_ = node.child_by_field_name("property")
                of = self.dotted(node.child_by_field_name("object"), depth)
                return f"{of}.{syntax.text(property_)}" if of and property_ is not None else ""
            case "subscript_expression":
                key = syntax.string(node.child_by_field_name("index"))
                of = self.dotted(node.child_by_field_name("object"), depth)
                return f"{of}.{key}" if of and key is not None else ""
            case "call_expression":
                called = self.dotted(syntax.callee(node), depth)
                if called == "require" and syntax.string(next(iter(syntax.arguments(node)), None)) in _PARSE_MODULES:
                    return "Parse"
                return f"{called}()" if called else ""
            case "new_expression":
                called = self.dotted(syntax.callee(node), depth)
                return f"new {called}()" if called else ""
            case "this":
                return "this"
            case _:
                return ""

    def _dotted_identifier(self, node: Node, depth: int) -> str:
        name = syntax.text(node)
        declared = self.binding(name, node)
        if declared is None:
            return name
        if declared.module in _PARSE_MODULES:
            return "Parse"
        value = declared.value
        if value is None or syntax.unwrapped(value).type not in {"identifier", "member_expression", "call_expression"}:
            return name
        meant = self.dotted(value, depth + 1)
        if not meant.startswith("Parse") or (meant.endswith("()") and not meant.startswith("Parse.Object.extend")):
            return name
        return f"{meant}.{declared.member}" if declared.member else meant

    def value_of(self, node: Node) -> Node:
        """What a variable was declared with, followed through variables; any other expression as it is."""
        for _ in range(_DEEPEST_ALIAS):
            node = syntax.unwrapped(node)
            if node.type != "identifier":
                break
            declared = self.binding(syntax.text(node), node)
            if declared is None or declared.value is None or declared.member is not None:
                break
            node = declared.value
        return node

    def assigned(self, variable: Node) -> Iterator[Node]:
        """The values that a variable is assigned anywhere but in its declaration, in the order of the text."""
        name = syntax.text(variable)
        places = self._outline.assigned.get(name, ())
        meant = self.binding(name, variable) if places else None
        for left in places:
            right = left.parent.child_by_field_name("right") if left.parent is not None else None
            if right is not None and self.binding(name, left) is meant:
                yield right

    def mentions_of(self, variable: Node) -> Iterator[Node]:
        """The other identifiers of the file that mean the same variable, in the order of the text."""
        name = syntax.text(variable)
        meant = self.binding(name, variable)
        for mention in self.source.mentions_between(name, *self._names.reach(name, variable)):
            if mention.type == "identifier" and mention != variable and self.binding(name, mention) is meant:
                yield mention

    def is_same_variable(self, one: Node, other: Node) -> bool:
        """Whether two identifiers mean the same variable."""
        if syntax.text(one) != syntax.text(other):
            return False
        first, second = self.binding(syntax.text(one), one), self.binding(syntax.text(other), other)
        return first is second

    def handler_at(self, node: Node) -> Handler | None:
        """The handler in which a piece of code stands, through all functions within it."""
        starts, furthest, handlers = self._handler_spans()
        index = bisect_right(starts, node.start_byte) - 1
        while index >= 0 and furthest[index] >= node.end_byte:
            function = handlers[index].function
            if function is not None and node.end_byte <= function.end_byte and function != node:
                return handlers[index]
            index -= 1
        return None

    def _handler_spans(self) -> tuple[list[int], list[int], list[Handler]]:
        """The handlers by where their functions start, with those starts and with how far the ones so far reach."""
        if self._spans is None:
            spans = [
                (each.function.start_byte, each.function.end_byte, each)
                for each in self._handlers.values()
                if each.function
            ]
            spans.sort(key=lambda span: span[0])
            self._spans = (
                [start for start, _, _ in spans],
                list(accumulate((end for _, end, _ in spans), max)),
                [handler for _, _, handler in spans],
            )
        return self._spans

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """The handlers whose functions stand in this file."""
        return tuple(self._handlers.values())

    def adopt(self, handlers: list[Handler]) -> None:
        """Tell the file which handlers' functions stand in it. Of two for one function the first counts."""
        self._handlers = {}
        self._spans = None
        for handler in handlers:
            if handler.function is not None:
                self._handlers.setdefault(handler.function.id, handler)

    def registrations(self) -> list[tuple[str, Node]]:
        """The calls that register something, with what they register, in the order of the text."""
        if self._registrations is None:
            self._registrations = _registrations(self)
        return self._registrations

    def made(
        self, kind: str, call: Node, name: Node | None, function: Node, *, wrapped: bool = False, is_frame: bool = False
    ) -> Handler:
        """The handler that a registration in this file makes; the same one as long as no file of it changes."""
        home, literal, around = self.function_of(function) or (self, None, False)
        key = call.id, kind, home, literal.id if literal is not None else 0
        if key not in self._made:
            self._made[key] = Handler(kind, _label(self, name), call, self, literal, home, around or wrapped, is_frame)
        return self._made[key]

    def request_at(self, node: Node) -> str | None:
        """The name by which a piece of code reaches its handler's request, or None if it doesn't."""
        handler = self.handler_at(node)
        if handler is None or handler.request is None or handler.wrapped:
            return None
        declared = self.binding(handler.request, node)
        return handler.request if declared is not None and declared.parameter_of == handler.function else None

    def exports(self) -> dict[str, Node]:
        """What other files get of this one, by name; ``default`` for the whole of ``module.exports``."""
        if self._exports is None:
            self._exports = self._find_exports()
        return self._exports

    def function_of(self, node: Node, depth: int = 0) -> tuple[Module, Node, bool] | None:
        """The function that an expression gives: its file, the function, and whether something is wrapped around it."""
        node = syntax.unwrapped(node)
        if depth > _DEEPEST_ALIAS:
            return None
        if syntax.is_function(node):
            return self, node, False
        if node.type in {"identifier", "shorthand_property_identifier"}:
            return self._function_named(node, depth)
        if node.type == "member_expression":
            return self._function_member(node, depth)
        if node.type == "call_expression":
            if (required := self._required(node)) is not None:
                return required.exported_function("default", depth + 1)
            given = [receiver] if (receiver := syntax.receiver(node)) is not None else []
            for argument in (*syntax.arguments(node), *given):
                inner = self.function_of(argument, depth + 1)
                if inner is not None:
                    return inner[0], inner[1], True
        return None

    def exported_function(self, name: str, depth: int = 0) -> tuple[Module, Node, bool] | None:
        """The function that the file exports under a name."""
        value = self.exports().get(name)
        return self.function_of(value, depth + 1) if value is not None else None

    def _function_named(self, node: Node, depth: int) -> tuple[Module, Node, bool] | None:
        declared = self.binding(syntax.text(node), node)
        if declared is None:
            return None
        if declared.module is not None:
            module = self.requires.get(declared.module)
            return module.exported_function(declared.member or "default", depth + 1) if module is not None else None
        if declared.value is None:
            return None
        if declared.member is not None:
            required = self._required(declared.value)
            return required.exported_function(declared.member, depth + 1) if required is not None else None
        return self.function_of(declared.value, depth + 1)

    def _function_member(self, node: Node, depth: int) -> tuple[Module, Node, bool] | None:
        name = node.child_by_field_name("property")
        owner = node.child_by_field_name("object")
        if name is None or owner is None:
            return None
        if syntax.text(owner) in {"exports", "module.exports"}:
            return self.exported_function(syntax.text(name), depth + 1)
        required = self._required(self.value_of(owner))
        if required is None and owner.type == "identifier":
            declared = self.binding(syntax.text(owner), owner)
            required = self.requires.get(declared.module or "") if declared is not None else None
        if required is not None:
            return required.exported_function(syntax.text(name), depth + 1)
        value = syntax.properties(self.value_of(owner)).get(syntax.text(name))
        return self.function_of(value, depth + 1) if value is not None else None

    def _required(self, node: Node) -> Module | None:
        node = syntax.unwrapped(node)
        if node.type != "call_expression" or syntax.method(node) != "require":
            return None
        specifier = syntax.string(next(iter(syntax.arguments(node)), None))
        return self.requires.get(specifier) if specifier is not None else None

    def _find_exports(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        captured = self.source.captures(_EXPORTS)
        for assigned in captured.get("assigned", []):
            left, right = assigned.child_by_field_name("left"), assigned.child_by_field_name("right")
            if left is None or right is None:
                continue
            path = syntax.text(left)
            if path == "module.exports":
                found["default"] = right
                found.update(syntax.properties(self.value_of(right)))
            elif path.startswith(("module.exports.", "exports.")):
                found[path.rpartition("exports.")[2]] = right
        for statement in captured.get("exported", []):
            found.update(_exported(statement))
        return found


def _parameter_names(function: Node, _: Module) -> list[str | None]:
    return [syntax.parameter_name(parameter) for parameter in syntax.parameters(function)]


def _exported(statement: Node) -> dict[str, Node]:
    declaration = statement.child_by_field_name("declaration")
    value = statement.child_by_field_name("value")
    if any(child.type == "default" for child in statement.children):
        given = value or declaration
        return {"default": given} if given is not None else {}
    found: dict[str, Node] = {}
    for part in syntax.meaningful(declaration) if declaration is not None else []:
        name, given = part.child_by_field_name("name"), part.child_by_field_name("value")
        if part.type == "variable_declarator" and name is not None and given is not None:
            found[syntax.text(name)] = given
    if declaration is not None and (name := declaration.child_by_field_name("name")) is not None:
        found[syntax.text(name)] = declaration
    for clause in syntax.meaningful(statement):
        for part in syntax.meaningful(clause) if clause.type == "export_clause" else []:
            name = part.child_by_field_name("name")
            alias = part.child_by_field_name("alias") or name
            if name is not None and alias is not None:
                found[syntax.text(alias)] = name
    return found


def connect_handlers(modules: list[Module]) -> list[Handler]:
    """Find every registration in a project, and tell each module which of its functions are handlers.

    Wrappers of the project (``function on(name, f) { Parse.Cloud.define(name, f); }``) count as registrations where
    they are called. A function registered twice belongs to its first registration.
    """
    handlers: list[Handler] = []
    wrappers: dict[tuple[Module, int], Wrapper] = {}
    for module in modules:
        for kind, call in module.registrations():
            handler = _handler(module, kind, call, wrappers)
            if handler is not None:
                handlers.append(handler)
    if wrappers:
        handlers.extend(_through_wrappers(modules, wrappers))
    handlers.sort(key=lambda handler: (handler.module.source.name, handler.call.start_byte))
    at_home: dict[Module, list[Handler]] = {module: [] for module in modules}
    for handler in handlers:
        at_home[handler.home].append(handler)
    for module, own in at_home.items():
        module.adopt(own)
    return handlers


class Wrapper(msgspec.Struct, frozen=True):
    """A function of the project that registers what it is given."""

    kind: str
    name_at: int | None
    """The position of the parameter that is the handler's name."""
    function_at: int
    """The position of the parameter that is the handler."""
    frames: bool = False
    """It calls the handler in a function of its own."""


def _registrations(module: Module) -> list[tuple[str, Node]]:
    if b"Cloud" not in module.source.text:
        return []
    found = []
    for name, calls in module.calls().items():
        for call in calls:
            called = syntax.callee(call)
            if called is None or (name not in _KINDS and called.type != "identifier"):
                continue
            path = module.dotted(called)
            if path.startswith("Parse.Cloud.") and path[len("Parse.Cloud.") :] in _KINDS:
                found.append((_KINDS[path[len("Parse.Cloud.") :]], call))
    return sorted(found, key=lambda pair: pair[1].start_byte)


def _handler(module: Module, kind: str, call: Node, wrappers: dict[tuple[Module, int], Wrapper]) -> Handler | None:
    given = syntax.arguments(call)
    if not given:
        return None
    named = given[1:] and kind not in _UNNAMED and not kind.endswith("File")
    function, name = (given[1], given[0]) if named else (given[0], None)
    if function.type == "identifier":
        declared = module.binding(syntax.text(function), function)
        around = declared.parameter_of if declared is not None else None
        if around is not None and name is not None:
            listed = module.parameter_names(around)
            label = listed.index(syntax.text(name)) if syntax.text(name) in listed else None
            wrappers[module, around.id] = Wrapper(kind, label, listed.index(syntax.text(function)))
            return None
    frame = _frame(module, kind, name, function) if syntax.is_function(function) else None
    if frame is not None:
        wrappers[frame[0]] = frame[1]
    return module.made(kind, call, name, function, is_frame=frame is not None)


def _frame(module: Module, kind: str, name: Node | None, literal: Node) -> tuple[tuple[Module, int], Wrapper] | None:
    """The wrapper that registers a function literal which hands its request to a parameter of the wrapper."""
    declared = module.binding(syntax.text(name), name) if name is not None and name.type == "identifier" else None
    around = declared.parameter_of if declared is not None else None
    first = next(iter(module.parameter_names(literal)), None)
    if around is None or name is None or first is None:
        return None
    listed = module.parameter_names(around)
    for parameter in filter(None, listed):
        for call in module.calls().get(parameter, []):
            given, called = syntax.arguments(call), syntax.callee(call)
            if called is None or called.type != "identifier" or not syntax.within(call, literal):
                continue
            meant = module.binding(parameter, called)
            if meant is not None and meant.parameter_of == around and given and syntax.text(given[0]) == first:
                names = listed.index(syntax.text(name))
                return (module, around.id), Wrapper(kind, names, listed.index(parameter), frames=True)
    return None


def _label(module: Module, name: Node | None) -> str | None:
    if name is None:
        return None
    given = module.value_of(name)
    literal = syntax.string(given)
    if literal is not None:
        return literal
    path = module.dotted(name)
    if path == "Parse.Object.extend()":
        return syntax.string(next(iter(syntax.arguments(given)), None)) or path
    return "_" + path.removeprefix("Parse.") if path.startswith("Parse.") and path.count(".") == 1 else path or None


def _through_wrappers(modules: list[Module], wrappers: dict[tuple[Module, int], Wrapper]) -> list[Handler]:
    found = []
    fewest = 1 + min(wrapper.function_at for wrapper in wrappers.values())
    for module in modules:
        for name, calls in module.calls().items():
            for call in calls if name not in syntax.LINKS else ():
                given = syntax.arguments(call)
                called = syntax.callee(call) if len(given) >= fewest else None
                resolved = module.function_of(called) if called is not None and called.type in _NAMED else None
                wrapper = wrappers.get((resolved[0], resolved[1].id)) if resolved is not None else None
                if wrapper is not None and len(given) > wrapper.function_at:
                    at = wrapper.name_at
                    label = given[at] if at is not None and len(given) > at else None
                    handler = given[wrapper.function_at]
                    found.append(module.made(wrapper.kind, call, label, handler, wrapped=wrapper.frames))
    return found
