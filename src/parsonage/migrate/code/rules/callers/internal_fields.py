"""PC315 internal-fields · Fields that are the server's own

What it finds: `_hashed_password`, `_perishable_token`, `_email_verify_token`, `_session_token` and their kin as the key
of a query's condition or of a `get`.
Why it matters: since Parse Server 6 nothing but the maintenance key reads them.
Instead: the requests that are meant for it: `Parse.User.verifyPassword`, `requestEmailVerification`,
`requestPasswordReset`.
The fix: none.
Source: reference/migration-rules.md, PC315.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import queries, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_INTERNAL = frozenset(
    {
        "_hashed_password",
        "_perishable_token",
        "_perishable_token_expires_at",
        "_email_verify_token",
        "_email_verify_token_expires_at",
        "_session_token",
        "_account_lockout_expires_at",
        "_failed_login_count",
        "_password_changed_at",
        "_password_history",
    }
)


_QUERY = f"""((arguments . (string) @it) (#match? @it "^.(?:{"|".join(sorted(_INTERNAL))}).$"))"""


@on_query(_QUERY, severity=Severity.BREAKS, until=6, legacy=False)
def internal_fields(key: Node, module: Module) -> Iterator[Found]:
    """Find these names as the first argument of a query's or an object's method."""
    call = key.parent.parent if key.parent is not None else None
    asks = call is not None and syntax.method(call) in queries.CONSTRAINTS | {
        "get",
        "has",
        "set",
        "select",
        "ascending",
    }
    if asks:
        yield Found(key, f"{syntax.string(key)} is read with the maintenance key alone")
