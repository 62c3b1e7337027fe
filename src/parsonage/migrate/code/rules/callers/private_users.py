"""PC309 private-users · Other users read without the master key

What it finds: queries on `_User` that don't say on whose authority they run, where `Parse.Cloud.useMasterKey()` is not
in force.
Why it matters: since Parse Server 6 a new user's ACL names that user alone (`enforcePrivateUsers`), so such a query
does not find others at all; the email address of others was hidden before.
Instead: a public class for profiles; or the master key, with `select` for the fields that may be told.
The fix: none: with the master key, everything of the user can be told by mistake.
Known gap: users that come by `include` are not seen. Queries in jobs are PC506's.
Source: reference/migration-rules.md, PC309.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, is_of_a_job, is_under_master_key, queried_class
from parsonage.migrate.code.source import Node


@on_calls("find", "findAll", "first", "count", "get", "each", severity=Severity.BREAKS, until=6, legacy=False)
def private_users(call: Node, module: Module) -> Iterator[Found]:
    """Find queries on users that nobody answers for."""
    if queried_class(call, module) != "_User" or has_authority(call, module):
        return
    if is_under_master_key(call, module) or is_of_a_job(call, module):
        return
    yield Found(call, "users made since Parse Server 6 are found by themselves alone: this misses them")
