"""PC611 hardcoded-api-host · Addresses of hosted Parse

What it finds: `api.parse.com`, `*.parseapp.com` and `files.parsetfss.com` in texts.
Why it matters: these hosts are gone since January 2017.
Instead: `Parse.serverURL`.
The fix: writes `Parse.serverURL` for `https://api.parse.com/1` at the start of a text. Safe.
Source: reference/migration-rules.md, PC611.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = r"""
([(string) (template_string)] @it (#match? @it "api\\.parse\\.com|\\.parseapp\\.com|files\\.parsetfss\\.com"))
"""
_PREFIX = "https://api.parse.com/1"


@on_query(_QUERY, severity=Severity.BREAKS, until=2, legacy=False)
def hardcoded_api_host(literal: Node, module: Module) -> Iterator[Found]:
    """Find the hosts in literals."""
    written = syntax.text(literal)
    fix = None
    if literal.type == "string" and written[1:].startswith(f"{_PREFIX}/"):
        rest = written[1 + len(_PREFIX) :]
        fix = Fix.safe(Edit.replace(literal, f"Parse.serverURL + {written[0]}{rest}"))
    yield Found(literal, "this host is gone since 2017", fix)
