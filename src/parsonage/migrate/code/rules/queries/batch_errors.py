"""PC410 batch-errors · Lists that are saved in part

What it finds: `Parse.Object.saveAll` and `destroyAll` with an error callback, or with callbacks among the options, that
run without a transaction and where nothing looks at the errors of the single objects.
Why it matters: a list is sent in batches of 20. When one object fails, others are written already; `destroyAll` rejects
with code 600, `saveAll` with the first error.
Instead: `{ transaction: true }`, or `error.errors` and a second attempt.
The fix: none: a transaction holds for one batch alone.
Known gap: failures that are handled far from the call are not looked at.
Source: reference/migration-rules.md, PC410.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("saveAll", "destroyAll", severity=Severity.RISKY, until=3)
def batch_errors(call: Node, module: Module) -> Iterator[Found]:
    """Find lists whose failure is taken to mean that nothing was written."""
    owner, given = syntax.receiver(call), syntax.arguments(call)
    if owner is None or module.dotted(owner) not in {"Parse.Object", "Parse.User"} or not given:
        return
    options = syntax.properties(module.value_of(given[-1])) if len(given) > 1 else {}
    callbacks = [options[name] for name in ("success", "error") if name in options]
    for link in syntax.links_after(call):
        position = 1 if link.name == "then" else 0
        if link.name in {"then", "catch", "fail"} and len(link.handlers) > position:
            callbacks.append(link.handlers[position])
    looks = any("errors" in syntax.text(callback) or "AGGREGATE" in syntax.text(callback) for callback in callbacks)
    if callbacks and not looks and "transaction" not in options:
        yield Found(call, "when this fails, some of the objects are written already")
