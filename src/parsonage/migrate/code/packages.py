"""Which package a piece of code uses, and which packages a project asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_KINDS = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
_DEEPEST = 12
_FURTHEST = 12


def required(node: Node) -> str | None:
    """What a call of ``require`` asks for; None for any other expression."""
    if node.type != "call_expression" or syntax.method(node) != "require" or syntax.receiver(node) is not None:
        return None
    return syntax.string(next(iter(syntax.arguments(node)), None))


def package_of(node: Node | None, module: Module) -> str | None:
    """The package from which an expression comes.

    ``stripe`` for ``Stripe.charges`` after ``var Stripe = require('stripe')``, through variables, members, calls and
    instances.
    """
    for _ in range(_DEEPEST):
        if node is None:
            return None
        node = syntax.unwrapped(node)
        specifier = required(node)
        if specifier is not None:
            return specifier
        match node.type:
            case "identifier":
                declared = module.binding(syntax.text(node), node)
                if declared is None or declared.module is not None:
                    return declared.module if declared is not None else None
                node = declared.value
            case "member_expression" | "subscript_expression":
                node = node.child_by_field_name("object")
            case "call_expression" | "new_expression":
                node = syntax.callee(node)
            case _:
                return None
    return None


def uses(name: str, module: Module) -> list[Node]:
    """The places at which a file takes a package in: calls of ``require``, and import statements."""
    calls = [call for call in module.calls().get("require", []) if required(call) == name]
    statements = module.source.captures("(import_statement) @it").get("it", [])
    return [*calls, *(each for each in statements if syntax.string(each.child_by_field_name("source")) == name)]


def is_asked_for(name: str, module: Module) -> bool:
    """Whether the package.json that is nearest to a file names a package."""
    return wanted_version(name, module) is not None


def is_provided(name: str, module: Module) -> bool:
    """Whether any package.json above a file names a package, in whatever way, or the package lies there installed."""
    return any(
        (folder / "node_modules" / name).is_dir() or any(name in listed for listed in _listed(folder, *_KINDS))
        for folder in _folders(module.source.path)
    )


def wanted_version(name: str, module: Module) -> str | None:
    """The version of a package that the nearest package.json asks for, as it is written there."""
    for folder in _folders(module.source.path):
        for listed in _listed(folder, "dependencies"):
            version = listed.get(name)
            return str(version) if version is not None else None
    return None


def _listed(folder: Path, *kinds: str) -> Iterator[dict[str, object]]:
    """What the package.json of a folder asks for, by kind; nothing where there is none that can be read."""
    try:
        content = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return
    for kind in kinds:
        listed = content.get(kind) if isinstance(content, dict) else None
        yield listed if isinstance(listed, dict) else {}


def _folders(path: Path) -> Iterator[Path]:
    return islice(path.resolve().parents, _FURTHEST)
