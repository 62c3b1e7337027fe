"""PC701 express-listen · `app.listen()` without a port

What it finds: `listen()` without a port on an Express application.
Why it matters: hosted Parse attached the application to the app's own address; elsewhere the line opens any free port.
Instead: export the application, and mount it where the server is started.
The fix: writes `module.exports = app` in its place. Somebody has to agree: it must be mounted elsewhere.
Source: reference/migration-rules.md, PC701.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.express import is_application
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("listen", severity=Severity.BREAKS, until=2, legacy=False, outside=True)
def express_listen(call: Node, module: Module) -> Iterator[Found]:
    """Find applications that wait for hosted Parse to attach them."""
    owner, given = syntax.receiver(call), syntax.arguments(call)
    if owner is None or any(not syntax.is_function(each) for each in given) or not is_application(owner, module):
        return
    alone = call.parent is not None and call.parent.type == "expression_statement"
    fix = Fix.assisted(Edit.replace(call, f"module.exports = {syntax.text(owner)}")) if alone and not given else None
    yield Found(call, "nobody attaches this application: export it, and mount it beside the server", fix)
