"""PC808 file-save · A file saved by Cloud Code

What it finds: `save()` on a `Parse.File` that is made here, without options that say on whose authority, or with
options in the second place: a file takes them first.
Why it matters: since Parse Server 5 nobody may upload without a session: the call fails in a function with
`unauthorized` and no code. Since 6.2 files such as `.html` are refused.
Instead: `save({ useMasterKey: true })`, or the caller's session token.
The fix: adds the option, or moves the options. Safe.
Known gap: files that come as parameters are not seen.
Source: reference/migration-rules.md, PC808.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import is_file
from parsonage.migrate.code.source import Node

_OPTION = "useMasterKey: true"


@on_calls("save", severity=Severity.BREAKS, until=5)
def file_save(call: Node, module: Module) -> Iterator[Found]:
    """Find files that nobody may save."""
    owner, listed = syntax.receiver(call), call.child_by_field_name("arguments")
    if listed is None or not is_file(owner, module):
        return
    given = syntax.arguments(call)
    options = module.value_of(given[0]) if given else None
    if options is None:
        start, end, text = listed.start_byte + 1, listed.end_byte - 1, f"{{ {_OPTION} }}"
    elif options.type == "object" and options.parent == listed:
        members = syntax.meaningful(options)
        if syntax.properties(options).keys() & {"useMasterKey", "sessionToken"} or _spreads(members):
            return
        start, end = options.start_byte, options.start_byte + 1
        text = f"{{ {_OPTION}, " if members else f"{{ {_OPTION} "
        if members:
            end = members[0].start_byte
    elif options.type in {"null", "undefined"}:
        # Objects take their options second, files first: what stands second here was meant to be the options.
        meant = given[1] if len(given) > 1 else None
        start, end = given[0].start_byte, (meant or given[0]).end_byte
        text = syntax.text(meant) if meant is not None else f"{{ {_OPTION} }}"
    else:
        return
    yield Found(call, "nobody may upload without a session: say on whose authority", Fix.safe(Edit(start, end, text)))


def _spreads(members: list[Node]) -> bool:
    return any(member.type == "spread_element" for member in members)
