"""PC313 add-field · A field that the class doesn't have

What it finds: `set` of a field that a class doesn't have by its declaration in the same project (`new
Parse.Schema('X')` with its fields, or an object with `className` and `fields`), on an object that is not saved with the
master key.
Why it matters: a new field needs the class's permission `addField`, which is often closed in production: the save fails
with code 119.
Instead: declare the field.
The fix: none: which type the field is to have is for you to say.
Known gap: classes that are declared nowhere in the code are not looked at.
Source: reference/migration-rules.md, PC313.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, is_under_master_key
from parsonage.migrate.code.source import Node

_OF_EVERY_CLASS = frozenset({"objectId", "createdAt", "updatedAt", "ACL"})
_ADDERS = frozenset(
    {
        "addField",
        "addString",
        "addNumber",
        "addBoolean",
        "addDate",
        "addFile",
        "addGeoPoint",
        "addPolygon",
        "addArray",
        "addObject",
        "addPointer",
        "addRelation",
        "addBytes",
    }
)


@on_query("(program) @it", severity=Severity.RISKY, until=6, legacy=False)
def add_field(program: Node, module: Module) -> Iterator[Found]:
    """Find fields that no declaration names."""
    declared = _declared(module)
    for call in module.calls().get("set", []) if declared else []:
        name = syntax.string(next(iter(syntax.arguments(call)), None))
        written = object_of(syntax.receiver(call), module)
        class_name = written.class_name if written is not None else None
        if name is None or class_name not in declared or class_name.startswith("_"):
            continue
        if name in _OF_EVERY_CLASS | declared[class_name] or _is_saved_with_authority(call, module):
            continue
        yield Found(call, f"class {class_name} is declared without {name}: clients may not be allowed to add it")


def _is_saved_with_authority(call: Node, module: Module) -> bool:
    variable = syntax.origin(call)
    saves = [
        save
        for save in module.calls().get("save", [])
        if syntax.text(syntax.origin(save)) == syntax.text(variable) and has_authority(save, module)
    ]
    return bool(saves) or is_under_master_key(call, module)


def _declared(module: Module) -> dict[str, set[str]]:
    """The fields of every class that a file, or one that it requires, declares."""
    found: dict[str, set[str]] = {}
    waiting, seen = [module], {id(module)}
    while waiting:
        here = waiting.pop()
        if b"className" in here.source.text or b"Schema" in here.source.text:
            _declarations_of(here, found)
        for required in here.requires.values():
            if id(required) not in seen:
                seen.add(id(required))
                waiting.append(required)
    return found


def _declarations_of(module: Module, found: dict[str, set[str]]) -> None:
    for literal in module.source.captures("(object) @it").get("it", []):
        members = syntax.properties(literal)
        name = syntax.string(members.get("className"))
        if name is not None and "fields" in members and members["fields"].type == "object":
            found.setdefault(name, set()).update(syntax.properties(members["fields"]))
    for adder in _ADDERS & module.calls().keys():
        for call in module.calls()[adder]:
            made = module.value_of(syntax.origin(call))
            field = syntax.string(next(iter(syntax.arguments(call)), None))
            if made.type == "call_expression":
                made = syntax.origin(made)
            if made.type != "new_expression" or module.dotted(made) != "new Parse.Schema()" or field is None:
                continue
            name = syntax.string(next(iter(syntax.arguments(made)), None))
            if name is not None:
                found.setdefault(name, set()).add(field)
