"""PC312 class-creation · The first save of a class

What it finds: in each file, the first save of a new object of each class of your own that doesn't say on whose
authority it runs, where `Parse.Cloud.useMasterKey()` is not in force.
Why it matters: since Parse Server 7 clients make no classes (`allowClientClassCreation`), and Cloud Code without the
master key counts as a client: where the class isn't there yet, the save fails with code 119.
Instead: make sure that the class is in the database or declared, or save with the master key.
The fix: adds the master key to the save. Assisted: declaring the class is better.
Known gap: the database is not asked, so classes that exist are told as well. Saves in jobs are PC506's.
Source: reference/migration-rules.md, PC312.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, is_of_a_job, is_under_master_key, with_option
from parsonage.migrate.code.source import Node


@on_query("(program) @it", severity=Severity.BREAKS, until=7, legacy=False, outside=True)
def class_creation(program: Node, module: Module) -> Iterator[Found]:
    """Find the first save of each class in a file."""
    seen: set[str] = set()
    for call in module.calls().get("save", []):
        made = object_of(syntax.receiver(call), module)
        name = made.class_name if made is not None and made.made is not None else None
        if name is None or name.startswith("_") or name in seen:
            continue
        if has_authority(call, module) or is_under_master_key(call, module) or is_of_a_job(call, module):
            continue
        seen.add(name)
        edit = with_option(call, "useMasterKey: true")
        fix = Fix.assisted(edit) if edit is not None else None
        yield Found(call, f"this fails where there is no class {name} yet: declare it, or use the master key", fix)
