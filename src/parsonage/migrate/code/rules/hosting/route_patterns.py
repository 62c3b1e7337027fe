"""PC706 route-patterns · Wildcards without a name

What it finds: `*` without a name in `requestPath` of the option `rateLimit`, and in routes of an Express application
unless the project's package.json asks for an Express older than 5.
Why it matters: since Parse Server 9 such a path is refused at the start.
Instead: `/functions/*path`.
The fix: writes a name after the `*`. Safe for paths that end in it.
Source: reference/migration-rules.md, PC706.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.express import is_application
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import wanted_version
from parsonage.migrate.code.rule import on_calls, on_settings
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.settings.model import Setting, Settings, Stated

_UNNAMED = re.compile(r"\*(?![A-Za-z_\"])")
_AT_THE_END = re.compile(r"[^*()]*\*")
_MESSAGE = "a wildcard needs a name: *path"
_METHODS = ("all", "get", "post", "put", "patch", "delete", "use", "options", "head")


@on_calls(*_METHODS, severity=Severity.BREAKS, until=9)
def route_patterns(call: Node, module: Module) -> Iterator[Found]:
    """Find old wildcards in routes."""
    if not is_application(syntax.receiver(call), module):
        return
    path = next(iter(syntax.arguments(call)), None)
    written = syntax.string(path)
    if path is None or written is None or not _UNNAMED.search(written):
        return
    version = re.search(r"\d+", wanted_version("express", module) or "")
    if version is None or int(version.group()) >= 5:
        yield Found(call, _MESSAGE, _fix(path, written))


@on_settings(severity=Severity.BREAKS, until=9)
def limited_paths(settings: Settings) -> Iterator[Stated]:
    """Find old wildcards in the limits of rates."""
    for configuration in settings.configurations:
        limits = configuration.get("rateLimit")
        if limits is not None and limits.node is not None and configuration.module is not None:
            yield from _in_code(limits.node, configuration.module)
        elif limits is not None and any(_UNNAMED.search(path) for path in _paths(limits)):
            yield Stated.at(limits, _MESSAGE)


def _in_code(property_: Node, module: Module) -> Iterator[Stated]:
    value = property_.child_by_field_name("value")
    for node in syntax.walk(module.value_of(value)) if value is not None else ():
        key, path = node.child_by_field_name("key"), node.child_by_field_name("value")
        if node.type != "pair" or key is None or syntax.text(key) != "requestPath":
            continue
        written = syntax.string(path)
        if path is not None and written is not None and _UNNAMED.search(written):
            yield Stated.of(module, path, _MESSAGE, _fix(path, written))


def _paths(limits: Setting) -> list[str]:
    """The paths of a limit, or of a list of them."""
    listed = limits.value if isinstance(limits.value, list) else [limits.value]
    paths = [limit.get("requestPath") for limit in listed if isinstance(limit, dict)]
    return [path for path in paths if isinstance(path, str)]


def _fix(literal: Node, written: str) -> Fix | None:
    if not _AT_THE_END.fullmatch(written):
        return None
    quote = syntax.text(literal)[0]
    return Fix.safe(Edit.replace(literal, f"{quote}{'/' if written == '*' else ''}{written}path{quote}"))
