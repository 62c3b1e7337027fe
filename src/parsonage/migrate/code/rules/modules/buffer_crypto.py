"""PC609 buffer-crypto · `new Buffer()`

What it finds: `new Buffer(…)`.
Why it matters: it is deprecated and prints a warning.
Instead: `Buffer.from()`, `Buffer.alloc()`.
The fix: writes `Buffer.from`, or `Buffer.alloc` for a number. Safe for texts and numbers that are written out, and
where an encoding is given.
Source: reference/migration-rules.md, PC609.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_query("(new_expression constructor: (identifier)) @it", severity=Severity.WARN, until=NEWEST)
def buffer_crypto(made: Node, module: Module) -> Iterator[Found]:
    """Find buffers made by the constructor."""
    called, given = syntax.callee(made), syntax.arguments(made)
    if called is None or syntax.text(called) != "Buffer" or not given:
        return
    word = "Buffer.alloc" if given[0].type == "number" else "Buffer.from"
    sure = len(given) == 2 or given[0].type in {"number", "string", "template_string", "array"}
    fix = Fix.safe(Edit(made.start_byte, called.end_byte, word)) if sure else None
    yield Found(made, f"new Buffer is deprecated: {word}", fix)
