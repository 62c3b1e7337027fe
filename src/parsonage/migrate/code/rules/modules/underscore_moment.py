"""PC607 underscore-moment · `underscore`, `moment` and `Parse._`

What it finds: `Parse._`, and `underscore` and `moment` required where no package.json asks for them.
Why it matters: hosted Parse brought both along; Node does not find them, and the server does not start.
Instead: `npm install underscore moment`, and `require('underscore')` for `Parse._`.
The fix: writes `_` for `Parse._` and requires `underscore` at the top of the file. Safe. The package.json is yours to
change.
Source: reference/migration-rules.md, PC607.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import is_asked_for, package_of, required
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = """
((call_expression function: (identifier) @_called) @it (#eq? @_called "require"))
(import_statement) @it
((member_expression) @it (#eq? @it "Parse._"))
"""
_PACKAGES = frozenset({"underscore", "moment"})


@on_query(_QUERY, severity=Severity.BREAKS, until=2, stage=1, brought=_PACKAGES)
def underscore_moment(node: Node, module: Module) -> Iterator[Found]:
    """Find what hosted Parse brought along."""
    if node.type == "member_expression":
        if module.binding("Parse", node) is None:
            yield Found(node, "the SDK has no underscore: require it", _fix(node, module))
        return
    name = syntax.string(node.child_by_field_name("source")) if node.type == "import_statement" else required(node)
    if name in _PACKAGES and not is_asked_for(name, module):
        yield Found(node, f"hosted Parse brought {name} along: have package.json ask for it", lasts=True)


def _fix(member: Node, module: Module) -> Fix | None:
    declared = module.binding("_", member)
    if declared is not None:
        known = declared.value is not None and package_of(declared.value, module) in {"underscore", "lodash"}
        return Fix.safe(Edit.replace(member, "_")) if known else None
    if module.source.captures('((identifier) @it (#eq? @it "_"))'):
        return None  # the file means something else by it
    top = _after_head(module)
    return Fix.safe(Edit.replace(member, "_"), Edit(top, top, "var _ = require('underscore');\n"))


def _after_head(module: Module) -> int:
    """Where the code of a file begins: after directives such as ``'use strict'``, comments and a ``#!`` line."""
    top = 0
    for child in module.source.root.named_children:
        directive = child.type == "expression_statement" and child.named_children[:1]
        is_head = child.type in {"comment", "hash_bang_line"} or (directive and directive[0].type == "string")
        if not is_head:
            return child.start_byte
        top = child.end_byte
    return top
