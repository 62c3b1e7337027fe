"""PC613 parse-initialize · `Parse.initialize()` in Cloud Code

What it finds: the call in a file that registers or serves handlers.
Why it matters: the server has initialised its SDK; doing it again with other keys breaks later calls.
Instead: nothing: leave it out.
The fix: takes the call out. Safe.
Source: reference/migration-rules.md, PC613.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("initialize", severity=Severity.RISKY, until=NEWEST, stage=1)
def parse_initialize(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    if module.dotted(syntax.callee(call)) != "Parse.initialize":
        return
    statement = call.parent
    alone = statement is not None and statement.type == "expression_statement"
    fix = Fix.safe(Edit.replace(statement, "")) if alone and statement is not None else None
    yield Found(call, "the server has done this; doing it again may break later calls", fix)
