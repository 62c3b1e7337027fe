"""PC405 backbone-classes · Classes of Backbone

What it finds: `Parse.Collection`, `Parse.View`, `Parse.Router`, `Parse.Events`, `Parse.history` and
`query.collection()`.
Why it matters: the SDK has none of them since 1.6.
Instead: arrays, or Backbone itself.
The fix: none.
Source: reference/migration-rules.md, PC405.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    asks_a_query,
)
from parsonage.migrate.code.source import Node

_GONE = frozenset({"Parse.Collection", "Parse.View", "Parse.Router", "Parse.Events", "Parse.history"})


_QUERY = """
((member_expression object: (identifier) property: (_) @name) @it
 (#any-of? @name "Collection" "View" "Router" "Events" "history"))
((call_expression function: (member_expression property: (_) @name)) @it (#eq? @name "collection"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=2)
def backbone_classes(node: Node, module: Module) -> Iterator[Found]:
    """Find them by their whole names."""
    if node.type == "member_expression":
        path = module.dotted(node)
        if path in _GONE:
            yield Found(node, f"{path} is gone: use plain arrays and functions")
    elif syntax.method(node) == "collection" and asks_a_query(node, module):
        yield Found(node, "queries make no collections: find gives an array")
