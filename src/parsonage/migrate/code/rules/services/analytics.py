"""PC807 analytics · `Parse.Analytics`

What it finds: every call on it.
Why it matters: the server accepts events and throws them away unless an adapter for them is set.
Instead: an adapter, or nothing.
The fix: none.
Source: reference/migration-rules.md, PC807.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("track", "trackEvent", "trackAppOpened", severity=Severity.INFO, until=NEWEST)
def analytics(call: Node, module: Module) -> Iterator[Found]:
    """Find events that nobody keeps."""
    if module.dotted(syntax.callee(call)).startswith("Parse.Analytics."):
        yield Found(call, "events are thrown away unless an analytics adapter is set")
