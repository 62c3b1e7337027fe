"""PC610 cloud-json-files · Files of the old project read by the code

What it finds: JSON files under `cloud/` that are required by their path from the root, `config/global.json`, and `fs`
on paths that begin with `cloud/` or `config/`.
Why it matters: hosted Parse read paths from the project's root and deployed these files; keys stood in them.
Instead: variables of the environment, or a path from `__dirname`.
The fix: none.
Source: reference/migration-rules.md, PC610.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.packages import package_of, required
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_READS = ("readFile", "readFileSync", "createReadStream", "existsSync", "exists", "readdirSync", "readdir", "open")
_FOLDERS = ("cloud/", "./cloud/", "config/", "./config/")
_GLOBAL = "config/global.json"


@on_calls("require", *_READS, severity=Severity.BREAKS, until=2)
def cloud_json_files(call: Node, module: Module) -> Iterator[Found]:
    """Find files of the project that the code reads."""
    name = required(call)
    if name is not None:
        if name.endswith(_GLOBAL) or (name.startswith("cloud/") and name.endswith(".json")):
            yield Found(call, "this file is found from the root of a hosted project only: use the environment")
        return
    if syntax.method(call) not in _READS or package_of(syntax.callee(call), module) not in {"fs", "node:fs"}:
        return
    path = syntax.string(next(iter(syntax.arguments(call)), None))
    if path is not None and path.startswith(_FOLDERS):
        yield Found(call, "paths no longer start at the project's root: use __dirname, or the environment")
