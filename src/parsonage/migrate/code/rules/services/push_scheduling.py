"""PC803 push-scheduling · Pushes for later

What it finds: `push_time` and `expiration_interval` in what is given to `Parse.Push.send()`, and `push_time` wherever
it is set.
Why it matters: Parse Server keeps such a push, and sends it only if `scheduledPush` is on and a worker of your own does
the sending; nothing tells when there is none. A push at local times needs one for each zone.
Instead: a job that sends at that time; Parsonage's own scheduler.
The fix: none.
Legacy mode: sends it as it is, times included. Parsonage has no push service yet; it answers as a Parse Server without
one does, code 115 with `Missing push configuration`, so that no push is put off and then lost.
Source: reference/migration-rules.md, PC803.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
((pair key: [(property_identifier) (string)] @_key) @it (#match? @_key "push_time|expiration_interval"))
((assignment_expression left: (member_expression property: (property_identifier) @_key)) @it
  (#match? @_key "^(push_time|expiration_interval)$"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=NEWEST)
def push_scheduling(node: Node, module: Module) -> Iterator[Found]:
    """Find times that a push is to wait for."""
    key = node.child_by_field_name("key")
    if key is None:
        left = node.child_by_field_name("left")
        name = syntax.text(left).rpartition(".")[2] if left is not None else ""
    else:
        name = syntax.string(key) or syntax.text(key)
    if name == "push_time" or (name == "expiration_interval" and _is_of_a_push(node)):
        yield Found(node, "nobody sends this later unless scheduledPush is on and a worker runs")


def _is_of_a_push(node: Node) -> bool:
    """Whether the object around a key is a push: it says to whom, or what."""
    if node.type != "pair":
        return True
    around = node.parent
    keys = syntax.properties(around).keys() if around is not None else set()
    return bool(keys & {"data", "where", "channels", "alert"})
