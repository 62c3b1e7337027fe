"""PC603 cloud-require · `require('cloud/…')`

What it finds: paths that begin with `cloud/`.
Why it matters: hosted Parse resolved them from the project's root; Node finds no such module, and the server does not
start.
Instead: a relative path.
The fix: writes the path from this file to the `cloud` folder. Safe.
Known gap: a file that stands in no `cloud` folder is reported only.
Source: reference/migration-rules.md, PC603.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.project import cloud_root
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("require", severity=Severity.BREAKS, until=2, stage=1)
def cloud_require(call: Node, module: Module) -> Iterator[Found]:
    """Find paths from the root."""
    given = syntax.arguments(call)
    specifier = syntax.string(given[0]) if given else None
    if specifier is None or not specifier.startswith("cloud/") or syntax.receiver(call) is not None:
        return
    path, root = module.source.path, cloud_root(module.source.path)
    fix = None
    if root is not None:
        relative = os.path.relpath(root / specifier, path.parent).replace(os.sep, "/")
        quote = syntax.text(given[0])[0]
        prefix = "" if relative.startswith(".") else "./"
        fix = Fix.safe(Edit.replace(given[0], f"{quote}{prefix}{relative}{quote}"))
    yield Found(call, "Node finds no module by this path: write it relative to this file", fix)
