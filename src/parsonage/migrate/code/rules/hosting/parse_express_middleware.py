"""PC703 parse-express-middleware · Middleware of hosted Parse

What it finds: `parse-express-cookie-session` and `parse-express-https-redirect` where they are required.
Why it matters: they were part of hosted Parse alone; the first also set `Parse.User.current()` for each request.
Instead: a package for sessions in cookies, and middleware that finds the user of a session token.
The fix: none.
Source: reference/migration-rules.md, PC703.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.packages import required
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_PACKAGES = frozenset({"parse-express-cookie-session", "parse-express-https-redirect"})
_QUERY = """
((call_expression function: (identifier) @_called) @it (#eq? @_called "require"))
(import_statement) @it
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=2, legacy=False)
def parse_express_middleware(node: Node, module: Module) -> Iterator[Found]:
    """Find the two packages."""
    name = syntax.string(node.child_by_field_name("source")) if node.type == "import_statement" else required(node)
    if name in _PACKAGES:
        yield Found(node, f"{name} was part of hosted Parse alone")
