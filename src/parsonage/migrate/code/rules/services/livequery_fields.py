"""PC811 livequery-fields · `fields` of a live query

What it finds: `fields` in the `query` of a message with `op: 'subscribe'` or `'update'` that is written out.
Why it matters: it is called `keys` since Parse Server 7; an SDK older than 5 loses the filter.
Instead: `keys`.
The fix: writes `keys`. Safe.
Legacy mode: does not run it. The code sends the message, and the one who reads it is a server of live queries, which
Parsonage doesn't have; the one of Parse Server 9 refuses `fields`.
Source: reference/migration-rules.md, PC811.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = """
((pair key: [(property_identifier) (string)] @_key) @it (#match? @_key "^['\\"]?fields['\\"]?$"))
"""


@on_query(_QUERY, severity=Severity.WARN, until=7, legacy=False)
def livequery_fields(pair: Node, module: Module) -> Iterator[Found]:
    """Find the old name in messages."""
    query = pair.parent.parent if pair.parent is not None else None
    key = pair.child_by_field_name("key")
    if key is None or query is None or query.type != "pair" or query.parent is None:
        return
    name, message = query.child_by_field_name("key"), syntax.properties(query.parent)
    operation = syntax.string(message.get("op"))
    if name is not None and syntax.text(name).strip("'\"") == "query" and operation in {"subscribe", "update"}:
        quote = syntax.text(key)[0] if key.type == "string" else ""
        yield Found(
            pair, "this is called keys since Parse Server 7", Fix.safe(Edit.replace(key, f"{quote}keys{quote}"))
        )
