"""PC805 installation-save · Installations saved by the server

What it finds: `save()` without the master key on an installation that is made here, or whose `deviceToken` or
`deviceType` is set in the same function.
Why it matters: a save without `deviceType` is refused with code 135, one that changes what can't be changed with 136;
other installations with the same token are deleted.
Instead: let the device register itself; or save with `{ useMasterKey: true, installationId: id }`.
The fix: none.
Source: reference/migration-rules.md, PC805.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_FIELDS = frozenset({"deviceToken", "deviceType"})


@on_calls("save", severity=Severity.RISKY, until=NEWEST, legacy=False)
def installation_save(call: Node, module: Module) -> Iterator[Found]:
    """Find installations that aren't saved by their device."""
    owner = syntax.receiver(call)
    if owner is None or has_authority(call, module):
        return
    made_here = module.dotted(module.value_of(owner)) in {"new Parse.Installation()", "Parse.Installation()"}
    if made_here or _is_set_as_one(owner, call, module):
        yield Found(
            call, "a device saves its own installation; from here it takes the master key and an installationId"
        )


def _is_set_as_one(owner: Node, call: Node, module: Module) -> bool:
    if owner.type != "identifier":
        return False
    around = syntax.enclosing_function(call) or module.source.root
    return any(
        syntax.text(of) == syntax.text(owner) and syntax.string(next(iter(syntax.arguments(each)), None)) in _FIELDS
        for each in module.calls_between("set", around.start_byte, around.end_byte)
        if (of := syntax.receiver(each)) is not None
    )
