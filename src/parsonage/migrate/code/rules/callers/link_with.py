"""PC317 link-with · Private helpers of sign-in

What it finds: `_linkWith`, `_logInWith` and `Parse.FacebookUtils`.
Why it matters: they were renamed; Facebook's helpers are for browsers.
Instead: `linkWith`, `logInWith`.
The fix: renames the two. Safe.
Source: reference/migration-rules.md, PC317.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_NAMES = {"_linkWith": "linkWith", "_logInWith": "logInWith"}


_QUERY = """
((member_expression property: (_) @name) @it (#any-of? @name "_linkWith" "_logInWith" "FacebookUtils"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=3)
def link_with(member: Node, module: Module) -> Iterator[Found]:
    """Find the old names."""
    name = member.child_by_field_name("property")
    if name is not None and syntax.text(name) in _NAMES:
        fix = Fix.safe(Edit.replace(name, _NAMES[syntax.text(name)]))
        yield Found(member, f"{syntax.text(name)} is called {_NAMES[syntax.text(name)]} now", fix)
    elif name is not None and syntax.text(name) == "FacebookUtils" and module.dotted(member) == "Parse.FacebookUtils":
        yield Found(member, "Parse.FacebookUtils is for browsers")
