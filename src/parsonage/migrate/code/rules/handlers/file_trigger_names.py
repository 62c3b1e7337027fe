"""PC114 file-trigger-names · Old names of file triggers

What it finds: `Parse.Cloud.beforeSaveFile`, `afterSaveFile`, `beforeDeleteFile` and `afterDeleteFile`.
Why it matters: they were removed in Parse Server 7: the server does not start.
Instead: `Parse.Cloud.beforeSave(Parse.File, …)` and its kin.
The fix: writes the new names. Safe.
Source: reference/migration-rules.md, PC114.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_NAMES = ("beforeSaveFile", "afterSaveFile", "beforeDeleteFile", "afterDeleteFile")


@on_calls(*_NAMES, severity=Severity.BREAKS, until=7)
def file_trigger_names(call: Node, module: Module) -> Iterator[Found]:
    """Find the old registrations."""
    called, given = syntax.callee(call), syntax.arguments(call)
    if called is None or not module.dotted(called).startswith("Parse.Cloud.") or not given:
        return
    member = called.child_by_field_name("property")
    name = syntax.method(call).removesuffix("File")
    edits = [Edit.replace(member, name), Edit.before(given[0], "Parse.File, ")] if member is not None else []
    fix = Fix.safe(*edits) if edits else None
    yield Found(call, f"this name is gone: Parse.Cloud.{name}(Parse.File, …)", fix)
