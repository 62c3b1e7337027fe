"""PC314 master-key-ips · The master key sent from other hosts

What it finds: the header `X-Parse-Master-Key` and assignments to `Parse.masterKey`.
Why it matters: since Parse Server 6 the master key is taken from the server's own host alone (`masterKeyIps`), and
since 7 a request with it from elsewhere is refused even where it isn't needed.
Instead: add the hosts that send it to `masterKeyIps`: cron, dashboards, workers.
The fix: none: it is an option of the server.
Source: reference/migration-rules.md, PC314.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_HEADER = """
((string (string_fragment) @text) @it
 (#any-of? @text "X-Parse-Master-Key" "x-parse-master-key" "X-PARSE-MASTER-KEY"))
"""
_ASSIGNED = """
((assignment_expression left: (member_expression property: (property_identifier) @name)) @it (#eq? @name "masterKey"))
"""


@on_query(_HEADER + _ASSIGNED, severity=Severity.BREAKS, until=6, legacy=False, outside=True)
def master_key_ips(node: Node, module: Module) -> Iterator[Found]:
    """Find places that send the master key."""
    if node.type == "string" or module.dotted(node.child_by_field_name("left")) == "Parse.masterKey":
        yield Found(node, "the server takes the master key from its own host alone: see masterKeyIps")
