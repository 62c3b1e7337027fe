"""PC203 promise-deferred · A promise that is settled from outside

What it finds: `new Parse.Promise()`, resolved or rejected later by its methods.
Why it matters: `Parse.Promise` is gone, and a native promise can't be settled from outside.
Instead: `new Promise((resolve, reject) => …)`.
The fix: calls a small helper `deferred()` instead, and adds it at the end of the file. Safe.
Source: reference/migration-rules.md, PC203.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_HELPER = """
function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => { settle = { resolve, reject }; });
  return Object.assign(promise, settle);
}
"""


@on_query("(new_expression constructor: (member_expression)) @it", severity=Severity.BREAKS, until=3, stage=3)
def promise_deferred(made: Node, module: Module) -> Iterator[Found]:
    """Find promises made without a function that settles them."""
    if module.dotted(made) != "new Parse.Promise()" or syntax.arguments(made):
        return
    edits = [Edit.replace(made, "deferred()")]
    if b"function deferred()" not in module.source.text:
        end = module.source.root.end_byte
        edits.append(Edit(end, end, _HELPER))
    yield Found(made, "Parse.Promise is gone, and native promises can't be settled from outside", Fix.safe(*edits))
