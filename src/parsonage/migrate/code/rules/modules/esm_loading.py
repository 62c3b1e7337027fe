"""PC617 esm-loading · Both styles of modules in one file

What it finds: `require` in a file that has `import` or `export` statements.
Why it matters: a file with `import` is an ES module, and ES modules have no `require`.
Instead: one style.
The fix: none.
Known gap: TypeScript files are left alone: they are compiled first.
Source: reference/migration-rules.md, PC617.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("require", severity=Severity.WARN, until=NEWEST, legacy=False)
def esm_loading(call: Node, module: Module) -> Iterator[Found]:
    """Find the old style among the new one."""
    if module.source.language != "javascript" or syntax.receiver(call) is not None:
        return
    statements = {child.type for child in module.source.root.named_children}
    if statements & {"import_statement", "export_statement"} and module.binding("require", call) is None:
        yield Found(call, "an ES module has no require: import it")
