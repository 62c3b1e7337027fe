"""The options that a file of code gives to Parse Server: ``new ParseServer({…})``, ``ParseServer.start({…})``."""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.settings.model import UNSEEN, Configuration, Setting

_STARTS = ("start", "startApp", "app", "ParseServer")
_DEEPEST = 8


def constructions(module: Module) -> list[Node]:
    """The expressions of a file that make a server."""
    if b"ParseServer" not in module.source.text:
        return []
    made = [new for new in module.source.captures("(new_expression) @it").get("it", []) if _is_server(new, module)]
    called = [call for name in _STARTS for call in module.calls().get(name, []) if _starts_one(call, module)]
    return sorted(made + called, key=lambda node: node.start_byte)


def configurations(module: Module) -> Iterator[Configuration]:
    """What each server of a file is configured with."""
    for made in constructions(module):
        settings: list[Setting] = []
        given = syntax.arguments(made)
        whole = bool(given) and _read(module, given[0], "", settings, 0)
        if settings:
            yield Configuration(tuple(settings), module.source, made.start_byte, made.end_byte, whole, module)


def _is_server(made: Node, module: Module) -> bool:
    called = syntax.callee(made)
    return called is not None and syntax.text(called).rpartition(".")[2] in {"ParseServer", module_name(module)}


def module_name(module: Module) -> str:
    """The name under which a file keeps the whole package ``parse-server``; ``ParseServer`` if it doesn't."""
    for call in module.calls().get("require", []):
        declarator = call.parent
        if (
            syntax.string(next(iter(syntax.arguments(call)), None)) == "parse-server"
            and declarator is not None
            and declarator.type == "variable_declarator"
            and (name := declarator.child_by_field_name("name")) is not None
            and name.type == "identifier"
        ):
            return syntax.text(name)
    return "ParseServer"


def _starts_one(call: Node, module: Module) -> bool:
    """Whether a call starts a server with options: ``ParseServer.start(options)``; not ``server.start()``."""
    owner = syntax.receiver(call)
    given = syntax.arguments(call)
    if owner is None:
        called = syntax.callee(call)
        return called is not None and syntax.text(called) == "ParseServer" and bool(given)
    return bool(given) and syntax.text(owner).rpartition(".")[2] == "ParseServer"


def _read(module: Module, node: Node, group: str, settings: list[Setting], depth: int) -> bool:
    """Read the options that an expression gives; whether all of them could be seen."""
    module, node = _meant(module, node)
    if node.type == "call_expression" and module.dotted(syntax.callee(node)) == "Object.assign":
        seen = [_read(module, part, group, settings, depth + 1) for part in syntax.arguments(node)]
        return all(seen)
    if node.type != "object" or depth > _DEEPEST:
        return False
    whole = True
    for member in syntax.meaningful(node):
        if member.type == "spread_element":
            seen = [_read(module, part, group, settings, depth + 1) for part in syntax.meaningful(member)]
            whole = whole and all(seen)
            continue
        name, value = _member(member)
        if name is None:
            whole = False
            continue
        meant = _meant(module, value)[1]
        settings.append(
            Setting(group + name, value_of(module, value), module.source, member.start_byte, member.end_byte, member)
        )
        if meant.type == "object":
            _read(module, value, f"{group}{name}.", settings, depth + 1)
    return whole


def _member(member: Node) -> tuple[str | None, Node]:
    if member.type in {"shorthand_property_identifier", "method_definition"}:
        name = member.child_by_field_name("name") or member
        return syntax.text(name), member
    key, value = member.child_by_field_name("key"), member.child_by_field_name("value")
    if key is None or value is None or key.type == "computed_property_name":
        return None, member
    return syntax.string(key) or syntax.text(key), value


def _meant(module: Module, node: Node) -> tuple[Module, Node]:
    """What an expression stands for, through variables and files of the project."""
    for _ in range(_DEEPEST):
        node = module.value_of(node)
        if node.type == "shorthand_property_identifier":
            declared = module.binding(syntax.text(node), node)
            if declared is None or declared.value is None or declared.member is not None:
                return module, node
            node = declared.value
            continue
        if node.type == "identifier":
            declared = module.binding(syntax.text(node), node)
            other = module.requires.get(declared.module or "") if declared is not None else None
            exported = other.exports().get((declared.member if declared else None) or "default") if other else None
        elif node.type == "call_expression" and syntax.method(node) == "require":
            other = module.requires.get(syntax.string(next(iter(syntax.arguments(node)), None)) or "")
            exported = other.exports().get("default") if other is not None else None
        else:
            return module, node
        if other is None or exported is None:
            return module, node
        module, node = other, exported
    return module, node


def value_of(module: Module, node: Node) -> object:
    """A literal as JSON has it; UNSEEN for whatever is worked out."""
    module, node = _meant(module, node)
    match node.type:
        case "string" | "template_string":
            literal = syntax.string(node)
            return literal if literal is not None else UNSEEN
        case "number":
            try:
                return float(syntax.text(node))
            except ValueError:
                return UNSEEN
        case "true" | "false":
            return node.type == "true"
        case "null" | "undefined":
            return None
        case "array":
            return [value_of(module, item) for item in syntax.meaningful(node)]
        case "object":
            members = [_member(member) for member in syntax.meaningful(node)]
            return {name: value_of(module, value) for name, value in members if name is not None and value is not node}
        case _:
            return UNSEEN
