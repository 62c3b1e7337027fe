"""PC810 purchases · In-app purchases

What it finds: texts that name `validate_purchase`, `_Product` or `PFPurchase`.
Why it matters: the interface is deprecated in Parse Server 9 and goes away; Parsonage has none.
Instead: check receipts with the store yourself.
The fix: none.
Source: reference/migration-rules.md, PC810.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = r"""
([(string) (template_string)] @it (#match? @it "validate_purchase|^['\"`]_Product['\"`]$|\\bPFPurchase\\b"))
((member_expression) @it (#eq? @it "Parse.Product"))
"""


@on_query(_QUERY, severity=Severity.WARN, until=NEWEST, legacy=False)
def purchases(node: Node, module: Module) -> Iterator[Found]:
    """Find the names of the old interface."""
    yield Found(node, "this interface goes away: check receipts with the store")
