"""PC306 login-in-cloud · `logIn`, `signUp` and `logOut` on a server

What it finds: these calls in Cloud Code.
Why it matters: `logIn` gives a token but sets no current user, a user that signed up in Cloud Code has no session
token, and `logOut` does nothing without a token.
Instead: return the token of `logIn`; `Parse.User.loginAs(id)` with the master key gives a session of any user.
The fix: none.
Source: reference/migration-rules.md, PC306.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("logIn", "signUp", "logOut", severity=Severity.RISKY, until=3)
def login_in_cloud(call: Node, module: Module) -> Iterator[Found]:
    """Find the calls on users."""
    owner = syntax.receiver(call)
    made = module.dotted(module.value_of(owner)) if owner is not None else ""
    user = object_of(owner, module)
    if made in {"Parse.User", "new Parse.User()"} or (user is not None and user.class_name == "_User"):
        yield Found(call, f"{syntax.method(call)} sets no current user on a server, and may give no session token")
