"""PC305 request-user-save · The caller saved without a session

What it finds: `save`, `destroy` and `fetch` on `request.user`, or on a variable that holds it, without saying on
whose authority.
Why it matters: it fails with code 206.
Instead: the user's own session token, or the master key.
The fix: adds the user's session token. Safe.
Source: reference/migration-rules.md, PC305.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    has_authority,
    with_option,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("save", "destroy", "fetch", severity=Severity.BREAKS, until=NEWEST)
def request_user_save(call: Node, module: Module) -> Iterator[Found]:
    """Find calls on the caller that don't run as the caller."""
    request, owner = module.request_at(call), syntax.receiver(call)
    if request is None or owner is None or has_authority(call, module):
        return
    user = f"{request}.user"
    if syntax.text(module.value_of(owner)) != user:
        return
    edit = with_option(call, f"sessionToken: {user}.getSessionToken()")
    yield Found(call, "nobody may change a user without a session", Fix.safe(edit) if edit is not None else None)
