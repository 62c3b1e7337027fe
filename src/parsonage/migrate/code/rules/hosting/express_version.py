"""PC704 express-version · What Express 3 had

What it finds: middleware that was part of Express (`express.bodyParser()`), `app.use(app.router)`, `app.del()`, a
status given to `res.send()` or `res.json()`, `res.sendfile()` and `req.param()`.
Why it matters: Express 4 and 5 took them out; Parse Server 8 and later bring Express 5.
Instead: `express.json()` and `express.urlencoded()`, packages of their own, `res.status()`, `req.params`.
The fix: writes the new names for `bodyParser`, `send`, `json`, `sendfile` and `del`. Somebody has to agree: sizes and
orders of middleware may differ.
Source: reference/migration-rules.md, PC704.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.express import EXPRESS, is_application, serves
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import required
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_LEFT = frozenset(
    {
        "bodyParser",
        "basicAuth",
        "compress",
        "cookieParser",
        "cookieSession",
        "csrf",
        "directory",
        "errorHandler",
        "favicon",
        "limit",
        "logger",
        "methodOverride",
        "multipart",
        "responseTime",
        "session",
        "timeout",
        "vhost",
    }
)
_BODIES = "express.json(), express.urlencoded({ extended: true })"


@on_calls(*_LEFT, "use", "del", "send", "json", "sendfile", "param", severity=Severity.BREAKS, until=8, legacy=False)
def express_version(call: Node, module: Module) -> Iterator[Found]:
    """Find what is gone, on the package, on applications, and on requests and answers."""
    name, owner, given = syntax.method(call), syntax.receiver(call), syntax.arguments(call)
    if owner is None:
        return
    if name in _LEFT:
        if _is_the_package(owner, module):
            alone = name == "bodyParser" and not given and syntax.text(owner) == EXPRESS and _is_argument(call)
            fix = Fix.assisted(Edit.replace(call, _BODIES)) if alone else None
            yield Found(call, f"Express has no {name} since version 4", fix)
    elif name == "use":
        if given and syntax.text(given[-1]) == f"{syntax.text(owner)}.router" and is_application(owner, module):
            yield Found(call, "Express 4 has no app.router: routes work without it")
    elif name == "del":
        if is_application(owner, module):
            yield Found(call, "Express 5 has app.delete()", _renamed(call, "delete"))
    elif owner.type == "identifier" and serves(owner, 0 if name == "param" else 1, module):
        yield from _on_a_request(call, name, owner, given)


def _on_a_request(call: Node, name: str, owner: Node, given: list[Node]) -> Iterator[Found]:
    if name == "param" and given:
        yield Found(call, "Express 5 has no req.param(): say req.params, req.body or req.query")
    elif name == "sendfile":
        yield Found(call, "Express 5 has res.sendFile()", _renamed(call, "sendFile"))
    elif name in {"send", "json"} and given and given[0].type == "number":
        rest = f"{name}({syntax.text(given[1])})" if len(given) > 1 else "end()"
        status = f"{syntax.text(owner)}.status({syntax.text(given[0])}).{rest}"
        yield Found(call, "Express 5 takes the status by res.status()", Fix.assisted(Edit.replace(call, status)))


def _is_the_package(owner: Node, module: Module) -> bool:
    if owner.type != "identifier":
        return required(owner) == EXPRESS
    declared = module.binding(syntax.text(owner), owner)
    if declared is None:
        return False
    return declared.module == EXPRESS or (declared.value is not None and required(declared.value) == EXPRESS)


def _is_argument(call: Node) -> bool:
    return call.parent is not None and call.parent.type == "arguments"


def _renamed(call: Node, name: str) -> Fix | None:
    called = syntax.callee(call)
    old = called.child_by_field_name("property") if called is not None else None
    return Fix.assisted(Edit.replace(old, name)) if old is not None else None
