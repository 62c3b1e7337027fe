"""Edits of options that are written out in code."""

from __future__ import annotations

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit
from parsonage.migrate.code.source import Node, Source


def without(member: Node, source: Source) -> Edit:
    """Take a property out of an object literal, with its comma, and with its line if it stands there alone."""
    text, start, end = source.text, member.start_byte, member.end_byte
    after = member.next_sibling
    before = member.prev_sibling
    if after is not None and after.type == ",":
        end = after.end_byte
    elif before is not None and before.type == ",":
        start = before.start_byte
    line = text.rfind(b"\n", 0, start) + 1
    rest = text[end : text.find(b"\n", end) if b"\n" in text[end:] else len(text)]
    if not text[line:start].strip() and not rest.strip() and b"\n" in text[end:]:
        return Edit(line, end + len(rest) + 1, "")
    return Edit(start, end + (text[end : end + 1] == b" " and after is not None and after.type == ","), "")


def into(literal: Node, member: str) -> Edit:
    """Put a property, written ``key: value``, first into an object literal."""
    members = syntax.meaningful(literal)
    if members:
        return Edit.before(members[0], f"{member}, ")
    return Edit.replace(literal, f"{{ {member} }}")


def literal_of(member: Node | None) -> Node | None:
    """The object literal that is a property's value, if it is one."""
    value = member.child_by_field_name("value") if member is not None else None
    return value if value is not None and value.type == "object" else None
