"""PC612 secrets-in-code · A key or password written out

What it finds: texts that are keys or passwords: handed to `initialize()` of a service, given to something with a name
such as `masterKey`, `apiKey`, `secret`, `password` or `token`, written into an address, or of the shape that a known
service gives its keys.
Why it matters: the code moves into a repository, and whoever reads that may act for you.
Instead: a variable of the environment, and a new key: the old one has been read.
The fix: none.
Known gap: texts that look like placeholders (`your-key`, `changeme`), short ones and plain words are left alone.
Source: reference/migration-rules.md, PC612.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import secrets
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_query("(program) @it", severity=Severity.SECURITY, until=NEWEST, legacy=False)
def secrets_in_code(program: Node, module: Module) -> Iterator[Found]:
    """Find literals that are secrets."""
    for literal in secrets.literals(module.source):
        yield Found(literal, "this looks like a secret: take it from the environment, and have a new one made")
