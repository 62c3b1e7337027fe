"""PC415 param-decoding · Objects and dates among the parameters

What it finds: `objectId`, `className`, `__type` and `iso` read from a parameter of the request.
Why it matters: pointers came as plain JSON in Parse Server 2 to 7, and are objects of Parse since 8: those have `id`,
and no `objectId`. Dates are dates, and have no `iso`.
Instead: `pointer.id || pointer.objectId`, at the top of the function.
The fix: none.
Known gap: parameters that are handed to helpers are not followed.
Source: reference/migration-rules.md, PC415.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import requests, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
((member_expression property: (property_identifier) @name) @it
 (#any-of? @name "objectId" "className" "__type" "iso"))
"""


@on_query(_QUERY, severity=Severity.RISKY, until=NEWEST)
def param_decoding(member: Node, module: Module) -> Iterator[Found]:
    """Find members that the plain form of a value has."""
    owner = member.child_by_field_name("object")
    if owner is None or requests.parameter(owner, module) is None or _knows_both(member):
        return
    yield Found(member, "a pointer is an object with an id here, and a date is a date")


def _knows_both(member: Node) -> bool:
    """Whether the other form is asked for beside this one: ``post.id || post.objectId``."""
    around = member.parent
    operator = around.child_by_field_name("operator") if around is not None else None
    return operator is not None and syntax.text(operator) in {"||", "??"}
