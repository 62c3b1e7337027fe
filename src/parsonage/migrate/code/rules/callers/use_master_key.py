"""PC301 use-master-key · `Parse.Cloud.useMasterKey()`

What it finds: the call, in a handler or for a whole file.
Why it matters: it does nothing since Parse Server 2.3 but write a warning: queries then find nothing, and saves fail
with 101 or 119, and no error names the cause.
Instead: `{ useMasterKey: true }` on each call that needs it.
The fix: takes the call out and adds the option to every call of the SDK below it in the same function. Safe there;
helpers that the function calls are not touched.
Source: reference/migration-rules.md, PC301.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    OPTIONS_AT,
    needs_authority,
    with_option,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_OPTION = "useMasterKey: true"


@on_calls("useMasterKey", severity=Severity.BREAKS, until=NEWEST, stage=2)
def use_master_key(call: Node, module: Module) -> Iterator[Found]:
    """Find the call, and the calls that relied on it."""
    if module.dotted(syntax.callee(call)) != "Parse.Cloud.useMasterKey":
        return
    message = "this does nothing: give { useMasterKey: true } to each call that needs it"
    yield Found(call, message, _fix(call, module))


def _fix(call: Node, module: Module) -> Fix | None:
    statement = call.parent
    if statement is None or statement.type != "expression_statement":
        return None
    scope = syntax.enclosing_function(call) or module.source.root
    options = [
        with_option(below, _OPTION)
        for name in OPTIONS_AT
        for below in module.calls_between(name, call.end_byte, scope.end_byte)
        if needs_authority(below, module)
    ]
    return Fix.safe(_without(statement, module), *filter(None, options))


def _without(statement: Node, module: Module) -> Edit:
    """The edit that takes a statement out, with its line if it stands there alone."""
    text = module.source.text
    begin = text.rfind(b"\n", 0, statement.start_byte) + 1
    end = text.find(b"\n", statement.end_byte)
    end = end + 1 if end >= 0 else len(text)
    if text[begin : statement.start_byte].strip() or text[statement.end_byte : end].strip():
        after = statement.end_byte + (text[statement.end_byte : statement.end_byte + 1] == b" ")
        return Edit(statement.start_byte, after, "")
    return Edit(begin, end, "")
