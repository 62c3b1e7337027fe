"""PS904 verify-server-url · `ParseServer.verifyServerUrl()` with a callback

What it finds: the call with a function.
Why it matters: since Parse Server 6 it gives a promise, and never calls back.
Instead: `await ParseServer.verifyServerUrl()`.
The fix: writes `.then()`. Safe.
Source: reference/migration-rules.md, PS904.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("verifyServerUrl", severity=Severity.BREAKS, until=6, legacy=False, outside=True)
def verify_server_url(call: Node, module: Module) -> Iterator[Found]:
    """Find the old form."""
    called, given = syntax.callee(call), syntax.arguments(call)
    owner = syntax.receiver(call)
    if called is None or owner is None or not given or not syntax.text(owner).endswith("ParseServer"):
        return
    fix = Fix.safe(Edit.replace(call, f"{syntax.text(called)}().then({syntax.text(given[0])})"))
    yield Found(call, "this gives a promise since Parse Server 6, and calls nobody back", fix)
