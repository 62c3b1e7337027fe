"""PC312 class-creation · The first save of a class

What it finds: in each file, the first save of a new object of each class of your own that doesn't say on whose
authority it runs, where `Parse.Cloud.useMasterKey()` is not in force.
Why it matters: since Parse Server 7 clients make no classes (`allowClientClassCreation`), and Cloud Code without the
master key counts as a client: where the class isn't there yet, the save fails with code 119.
Instead: make sure that the class is in the database or declared, or save with the master key.
The fix: adds the master key to the save. Assisted: declaring the class is better.
Known gap: the database is not asked, so classes that exist are told as well. Saves in jobs are PC506's; objects that
only `saveAll` saves are not looked at.
Source: reference/migration-rules.md, PC312.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, is_of_a_job, is_under_master_key, with_option
from parsonage.migrate.code.source import Node


@on_query("(program) @it", severity=Severity.BREAKS, until=7, legacy=False, outside=True)
def class_creation(program: Node, module: Module) -> Iterator[Found]:
    """Find the first save of each class in a file."""
    seen: set[str] = set()
    for call in module.calls().get("save", []):
        name = _class_of_new(call, module)
        if name is None or name.startswith("_") or name in seen:
            continue
        if has_authority(call, module) or is_under_master_key(call, module) or is_of_a_job(call, module):
            continue
        seen.add(name)
        edit = with_option(call, "useMasterKey: true")
        fix = Fix.assisted(edit) if edit is not None else None
        yield Found(call, f"this fails where there is no class {name} yet: declare it, or use the master key", fix)


def _class_of_new(call: Node, module: Module) -> str | None:
    """The class of what a call saves, where it may be a new object without an id; None for anything else."""
    owner = syntax.receiver(call)
    values = list(_last_values(owner, call, module)) if owner is not None and owner.type == "identifier" else [owner]
    ways = [way for value in values if value is not None for way in _ways(value)]
    made = (object_of(way, module) for way in ways)
    name = next((one.class_name for one in made if one is not None and one.made is not None), None)
    return None if owner is not None and name is not None and _has_id(owner, call, module) else name


def _last_values(variable: Node, call: Node, module: Module) -> Iterator[Node]:
    """What a variable may hold at a call: its values before, back to the last one that it is given in any case."""
    declared = (mention.parent for mention in (*module.mentions_of(variable), variable))
    given = [
        around.child_by_field_name("value")
        for around in declared
        if around is not None and around.type == "variable_declarator"
    ]
    values = [value for value in (*given, *module.assigned(variable)) if value is not None]
    before = sorted((one for one in values if one.start_byte < call.start_byte), key=lambda one: -one.start_byte)
    if not before:
        yield variable
    for value in before:
        if not _is_on_another_path(value, call):
            yield value
        if _is_certain(value, call):
            return


def _ways(value: Node) -> list[Node]:
    """What an expression may give: ``found || new Note()`` either side, ``a ? b : c`` either end."""
    if value.type == "binary_expression":
        names = ["left", "right"]
    else:
        names = ["consequence", "alternative"] if value.type == "ternary_expression" else []
    parts = [value.child_by_field_name(name) for name in names]
    return [part for part in parts if part is not None] or [value]


def _is_on_another_path(node: Node, call: Node) -> bool:
    """Whether a node stands in one branch of an ``if`` and the call in the other."""
    nearest = next((around for around in syntax.ancestors(node) if syntax.within(call, around)), None)
    return nearest is not None and nearest.type == "if_statement"


def _is_certain(node: Node, call: Node) -> bool:
    """Whether a node's statement runs whenever the call's does: it stands in a block around the call."""
    statement = syntax.statement_of(node)
    return statement is not None and statement.parent is not None and syntax.within(call, statement.parent)


def _has_id(owner: Node, call: Node, module: Module) -> bool:
    """Whether the object is given an id in any case before it is saved: then it is known to be there."""
    if owner.type != "identifier":
        return False
    members = [mention.parent for mention in module.mentions_of(owner) if mention.start_byte < call.start_byte]
    return any(member is not None and _gives_id(member) and _is_certain(member, call) for member in members)


def _gives_id(member: Node) -> bool:
    name, around = member.child_by_field_name("property"), member.parent
    if member.type != "member_expression" or name is None or around is None:
        return False
    if around.type == "assignment_expression":
        return around.child_by_field_name("left") == member and syntax.text(name) == "id"
    given = syntax.arguments(around) if around.type == "call_expression" and syntax.text(name) == "set" else []
    return bool(given) and syntax.string(given[0]) in {"id", "objectId"}
