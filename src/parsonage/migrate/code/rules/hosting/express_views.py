"""PC702 express-views · Views and their engines

What it finds: `app.set('views', …)` with a path from the root of a hosted project, the engine `jade`, and the engine
`ejs` where no package.json asks for it.
Why it matters: paths start at the folder in which the process was started, and no engine is brought along; `jade` is
called `pug` now.
Instead: a path from `__dirname`; `npm install ejs` or `pug`.
The fix: writes the path from `__dirname`. Safe. Engines are yours to install.
Source: reference/migration-rules.md, PC702.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.express import is_application
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import is_asked_for
from parsonage.migrate.code.project import cloud_root
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("set", severity=Severity.BREAKS, until=2, legacy=False, outside=True)
def express_views(call: Node, module: Module) -> Iterator[Found]:
    """Find the two settings of an application."""
    given = syntax.arguments(call) if is_application(syntax.receiver(call), module) else []
    if len(given) != 2:
        return
    setting, value = syntax.string(given[0]), syntax.string(given[1])
    if setting == "views" and value is not None and value.startswith("cloud/"):
        yield Found(call, "this path starts where the process does: use __dirname", _fix(given[1], value, module))
    elif setting == "view engine" and value == "jade":
        yield Found(call, "jade is called pug now, and must be installed")
    elif setting == "view engine" and value == "ejs" and not is_asked_for("ejs", module):
        yield Found(call, "hosted Parse brought ejs along: have package.json ask for it")


def _fix(literal: Node, value: str, module: Module) -> Fix | None:
    root = cloud_root(module.source.path)
    if root is None:
        return None
    relative = os.path.relpath(root / value, module.source.path.parent).replace(os.sep, "/")
    quote = syntax.text(literal)[0]
    return Fix.safe(Edit.replace(literal, f"__dirname + {quote}/{relative}{quote}"))
