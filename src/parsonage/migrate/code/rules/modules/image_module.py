"""PC608 image-module · `parse-image`

What it finds: `parse-image` where it is required, and every image made of it.
Why it matters: it was part of hosted Parse alone.
Instead: a package such as `sharp`.
The fix: none: packages for images work in other steps.
Source: reference/migration-rules.md, PC608.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.packages import package_of, required
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_PACKAGE = "parse-image"
_QUERY = """
((call_expression function: (identifier) @_called) @it (#eq? @_called "require"))
[(import_statement) (new_expression)] @it
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=2, legacy=False, brought=frozenset({_PACKAGE}))
def image_module(node: Node, module: Module) -> Iterator[Found]:
    """Find the module and what is made of it."""
    if node.type == "new_expression":
        if package_of(syntax.callee(node), module) == _PACKAGE:
            yield Found(node, "images of hosted Parse are gone: use a package such as sharp")
        return
    name = syntax.string(node.child_by_field_name("source")) if node.type == "import_statement" else required(node)
    if name == _PACKAGE:
        yield Found(node, "this module was part of hosted Parse alone: use a package such as sharp")
