"""PC413 private-sdk · Private members of the SDK

What it finds: `_serverData`, `_previousAttributes`, `_hashedJSON`, `_dirty`, `_opSetQueue`, and writes to a member of
`attributes`.
Why it matters: they are gone; a write to `attributes` is dropped without a word.
Instead: `get`, `set`, `request.original`, `toJSON`.
The fix: reads of a member of `_serverData` become `get`. Safe.
Known gap: `Parse._` is PC607's. `_toFullJSON` and `Parse._request` are private as well, but still there.
Source: reference/migration-rules.md, PC413.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = """
((member_expression property: (property_identifier) @name) @it
 (#any-of? @name "_serverData" "_previousAttributes" "_hashedJSON" "_dirty" "_opSetQueue" "attributes"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=2, legacy=False)
def private_sdk(member: Node, module: Module) -> Iterator[Found]:
    """Find members that begin with an underscore, and writes to attributes."""
    owner, name = member.child_by_field_name("object"), member.child_by_field_name("property")
    if owner is None or name is None or owner.type == "this":
        return
    called = syntax.text(name)
    if called == "attributes":
        target = _written(member)
        if target is not None and object_of(owner, module) is not None:
            yield Found(target, "writes to attributes are dropped: use set")
    else:
        yield Found(member, f"{called} was private to the SDK, and is gone", _fix(member, owner, called))


def _written(member: Node) -> Node | None:
    target = member.parent
    if target is None or target.type not in {"member_expression", "subscript_expression"}:
        return None
    around = target.parent
    is_target = around is not None and around.type in {"assignment_expression", "augmented_assignment_expression"}
    return target if is_target and around is not None and around.child_by_field_name("left") == target else None


def _fix(member: Node, owner: Node, called: str) -> Fix | None:
    read = member.parent
    if called != "_serverData" or read is None or _written(member) is not None:
        return None
    key = read.child_by_field_name("property") if read.type == "member_expression" else None
    if key is not None:
        return Fix.safe(Edit(owner.end_byte, read.end_byte, f".get('{syntax.text(key)}')"))
    index = read.child_by_field_name("index") if read.type == "subscript_expression" else None
    return Fix.safe(Edit(owner.end_byte, read.end_byte, f".get({syntax.text(index)})")) if index is not None else None
