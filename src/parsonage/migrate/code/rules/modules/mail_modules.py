"""PC604 mail-modules · `mailgun`, `mandrill` and `sendgrid` of hosted Parse

What it finds: the modules where they are required as hosted Parse had them, and every call on them.
Why it matters: hosted Parse brought them along; the packages of these names on npm are others.
Instead: `Parse.Cloud.sendEmail` with a mail adapter, or the vendor's own package.
The fix: none, or `Parse.Cloud.sendEmail` for a mail of `mailgun` or `sendgrid`, which somebody has to agree to.
Source: reference/migration-rules.md, PC604.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.packages import package_of, required
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_MODULES = frozenset({"mailgun", "mandrill", "sendgrid"})
_CALLS = ("initialize", "sendEmail", "sendTemplate")


@on_calls("require", *_CALLS, severity=Severity.BREAKS, until=2, brought=_MODULES)
def mail_modules(call: Node, module: Module) -> Iterator[Found]:
    """Find the modules and what is called on them."""
    name = required(call)
    if name is not None:
        if name in _MODULES and not _is_of_npm(call):
            yield Found(call, f"hosted Parse brought {name} along; Node finds no such module, or another one")
        return
    owner = syntax.receiver(call)
    package = package_of(owner, module) if syntax.method(call) in _CALLS else None
    if owner is None or package not in _MODULES:
        return
    if syntax.method(call) == "sendEmail":
        fix = _fix(call) if package != "mandrill" else None
        yield Found(call, "send it by Parse.Cloud.sendEmail and a mail adapter", fix)
    else:
        yield Found(call, f"{package} is no module of the server")


def _is_of_npm(call: Node) -> bool:
    """Whether what is required is at once called, constructed or looked into, as the packages on npm are."""
    around = call.parent
    return (
        around is not None
        and around.type in {"call_expression", "new_expression", "member_expression"}
        and not (around.type == "member_expression" and syntax.text(around).rpartition(".")[2] in _CALLS)
    )


def _fix(call: Node) -> Fix | None:
    called, given = syntax.callee(call), syntax.arguments(call)
    if called is None or not given:
        return None
    after = syntax.properties(given[1]) if len(given) > 1 else {}
    chain = ""
    if len(given) > 1:
        functions = [after.get(name) for name in ("success", "error")]
        if any(function is not None and function.type == "method_definition" for function in functions):
            return None
        success, error = (syntax.text(function) if function is not None else None for function in functions)
        chain += f".then({success}, {error})" if success and error else f".then({success})" if success else ""
        chain += f".catch({error})" if error and not success else ""
    return Fix.assisted(Edit.replace(call, f"Parse.Cloud.sendEmail({syntax.text(given[0])}){chain}"))
