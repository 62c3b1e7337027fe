"""The files that a large one becomes: their names, their texts, and the file that requires them in the old order."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from parsonage.migrate.code import syntax
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.split.units import Kind, Unit, is_inert, units_of

SHARED = "shared"
"""The folder of helpers that several modules use."""

_UNFIT = re.compile(r"[^\w.-]+")


class Part(msgspec.Struct, frozen=True):
    """A file to be written: its path relative to the folder of all, and its text."""

    path: str
    text: str


class Split(msgspec.Struct, frozen=True):
    """What a file becomes."""

    entry: Part
    parts: tuple[Part, ...]
    stayed: int
    """Registrations that stay in the entry, since they need something that can't be moved."""


class NotToBeSplit(Exception):
    """A file can't be taken apart; the message says why, in one clause."""


def split(module: Module, out: Path) -> Split:
    """Take a file apart. ``out`` is where its parts are to stand. Raises NotToBeSplit."""
    if module.source.root.has_error:
        raise NotToBeSplit("it is no JavaScript that can be parsed")
    if any(child.type in {"import_statement", "export_statement"} for child in module.source.root.children):
        raise NotToBeSplit("it is an ES module; only files that use require are taken apart")
    units = units_of(module)
    if not any(unit.kind is Kind.REGISTERS for unit in units):
        raise NotToBeSplit("no handler in it can stand in a module of its own")
    return _Writer(module, units, out).split()


class _Writer:
    """Groups units into modules, and writes them."""

    def __init__(self, module: Module, units: list[Unit], out: Path) -> None:
        self._module = module
        self._units = units
        self._out = out.resolve()
        self._groups = _grouped(units)
        self._paths = self._named()
        head = units[0].node
        self._strict = head.type == "expression_statement" and syntax.text(head).rstrip(";")[1:-1] == "use strict"

    def split(self) -> Split:
        """The entry and all parts."""
        parts = [Part(path, self._module_text(group)) for group, path in self._paths.items()]
        stayed = sum(unit.kind is Kind.STAYS and unit.registers is not None for unit in self._units)
        name = self._module.source.path.name
        return Split(Part(name, self._entry_text(name)), tuple(sorted(parts, key=lambda part: part.path)), stayed)

    def _named(self) -> dict[int, str]:
        """The path of each group's file. No two are the same, not even where capitals count for nothing."""
        paths: dict[int, str] = {}
        taken: set[str] = set()
        for group, members in self._groups.items():
            registering = next((unit for unit in members if unit.registers is not None), None)
            if registering is not None and registering.registers is not None:
                folder, name = registering.registers
            else:
                folder, name = SHARED, min((name for unit in members for name in unit.names), key=str.lower)
            stem, count = _UNFIT.sub("_", name).strip(".") or "unnamed", 1
            path = f"{folder}/{stem}.js"
            while path.lower() in taken:
                count += 1
                path = f"{folder}/{stem}-{count}.js"
            taken.add(path.lower())
            paths[group] = path
        return paths

    def _group_of(self, unit: Unit) -> int | None:
        return next((group for group, members in self._groups.items() if unit in members), None)

    def _module_text(self, group: int) -> str:
        members, path = self._groups[group], self._paths[group]
        used = {number for unit in members for number in unit.uses}
        head = ["'use strict';", ""] if self._strict else []
        required = [
            self._rewritten(unit.node.start_byte, unit.node.end_byte, path)
            for unit in self._units
            if unit.number in used and unit.kind is Kind.IMPORTS
        ]
        mentioned = {other: self._names_used(members, other) for other in self._groups if other != group}
        required += [self._require(path, self._paths[other], names) for other, names in mentioned.items() if names]
        bodies = [self._rewritten(unit.start, unit.end, path) for unit in members]
        names = sorted(self._exported(group))
        tail = ["", f"module.exports = {{ {', '.join(names)} }};"] if names else []
        return "\n".join([*head, *required, *([""] if required else []), "\n\n".join(bodies), *tail, ""])

    def _names_used(self, members: list[Unit], other: int) -> list[str]:
        """The names of another group that some units mention."""
        wanted = {number for unit in members for number in unit.uses}
        owners = [unit for unit in self._groups[other] if unit.number in wanted]
        mentioned = {
            name for owner in owners for name in owner.names if any(self._mentions(unit, name) for unit in members)
        }
        return sorted(mentioned)

    def _mentions(self, unit: Unit, name: str) -> bool:
        return any(True for _ in self._module.source.mentions(name, unit.node))

    def _exported(self, group: int) -> set[str]:
        """The names of a group that something outside of it mentions."""
        members = self._groups[group]
        outside = [unit for unit in self._units if unit not in members]
        return {
            name
            for owner in members
            for name in owner.names
            if any(owner.number in unit.uses and self._mentions(unit, name) for unit in outside)
        }

    def _require(self, from_path: str, to_path: str, names: list[str]) -> str:
        return f"const {{ {', '.join(names)} }} = require('{_relative(from_path, to_path)}');"

    def _entry_text(self, name: str) -> str:
        """The file itself, with a require wherever something was moved away: the order stays as it was."""
        text, pieces, position = self._module.source.text, [], 0
        told: set[int] = set()
        staying = [unit for unit in self._units if unit.kind is Kind.STAYS]
        for unit in self._units:
            group = self._group_of(unit)
            pieces.append(self._rewritten(position, unit.start, name))
            position = unit.end
            if group is None:
                pieces.append(self._rewritten(unit.start, unit.end, name))
                continue
            registers = any(member.kind is Kind.REGISTERS for member in self._groups[group])
            if group in told or (registers and unit.kind is not Kind.REGISTERS):
                continue  # a helper goes where its handler goes; it does nothing before
            told.add(group)
            path, names = self._paths[group], self._names_used(staying, group)
            pieces.append(self._require(name, path, names) if names else f"require('{_relative(name, path)}');")
        pieces.append(self._rewritten(position, len(text), name))
        return re.sub(r"\n{3,}", "\n\n", "".join(pieces))

    def _rewritten(self, start: int, end: int, path: str) -> str:
        """A piece of the text, with what it requires by a relative path named from where it stands now."""
        source = self._module.source
        pieces, position = [], start
        for literal in self._required_paths(start, end):
            target = os.path.normpath(source.path.parent / syntax.text(literal)[1:-1])
            quote = syntax.text(literal)[0]
            here = (self._out / path).parent
            named = os.path.relpath(target, here).replace(os.sep, "/")
            pieces += [source.text[position : literal.start_byte].decode("utf-8"), quote]
            pieces += [named if named.startswith(".") else f"./{named}", quote]
            position = literal.end_byte
        return "".join([*pieces, source.text[position:end].decode("utf-8")])

    def _required_paths(self, start: int, end: int) -> list[Node]:
        literals = [next(iter(syntax.arguments(call)), None) for call in self._module.calls().get("require", [])]
        return [
            literal
            for literal in literals
            if literal is not None
            and start <= literal.start_byte < end
            and (syntax.string(literal) or "").startswith((".", "/"))
        ]


def _grouped(units: list[Unit]) -> dict[int, list[Unit]]:
    """The units that go into one module each: by a number, with their members in the order of the file."""
    group = {unit.number: unit.number for unit in units if unit.kind in {Kind.HELPS, Kind.REGISTERS}}
    users: dict[int, set[int]] = {number: set() for number in group}
    for unit in units:
        for number in unit.uses:
            if number in users:
                users[number].add(unit.number)
    _join_circles(units, group)
    changed = True
    while changed:
        changed = False
        for number in {group[number] for number in group}:
            members = [one for one in group if group[one] == number]
            if not all(units[one].kind is Kind.HELPS and is_inert(units[one].node) for one in members):
                continue
            outside = {user for one in members for user in users[one]} - set(members)
            around = {group.get(user, -1) for user in outside}
            if len(around) == 1 and -1 not in around:
                for one in members:
                    group[one] = around.copy().pop()
                changed = True
                break
    found: dict[int, list[Unit]] = {}
    for unit in units:
        if unit.number in group:
            found.setdefault(group[unit.number], []).append(unit)
    return found


def _join_circles(units: list[Unit], group: dict[int, int]) -> None:
    """Put units that need each other into one group."""
    reach = {number: _reached(units, number, group) for number in group}
    for number in group:
        circle = [other for other in group if other in reach[number] and number in reach[other]]
        for other in circle:
            group[other] = min(number, *circle)


def _reached(units: list[Unit], start: int, group: dict[int, int]) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for number in units[waiting.pop()].uses:
            if number in group and number not in found:
                found.add(number)
                waiting.append(number)
    return found


def _relative(from_path: str, to_path: str) -> str:
    named = os.path.relpath(to_path, Path(from_path).parent).replace(os.sep, "/")
    return named if named.startswith(".") else f"./{named}"
