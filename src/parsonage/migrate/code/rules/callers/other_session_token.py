"""PC308 other-session-token · Another user's session token

What it finds: `getSessionToken()` and `get('sessionToken')` on a user that a query gave.
Why it matters: with the master key it worked on hosted Parse's old sessions; now it is undefined, always.
Instead: `Parse.User.loginAs(id)` with the master key gives a session of any user.
The fix: none.
Known gap: users that come as parameters are not seen.
Source: reference/migration-rules.md, PC308.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("getSessionToken", "get", severity=Severity.BREAKS, until=2, legacy=False)
def other_session_token(call: Node, module: Module) -> Iterator[Found]:
    """Find tokens that are read from results of queries."""
    if syntax.method(call) == "get" and [syntax.string(key) for key in syntax.arguments(call)] != ["sessionToken"]:
        return
    user = object_of(syntax.receiver(call), module)
    if user is not None and user.asked is not None and user.class_name in {"_User", None}:
        yield Found(call, "the tokens of other users are not handed out: Parse.User.loginAs gives a session")
