"""PC602 http-response-shape · What `Parse.Cloud.httpRequest()` took and gave

What it finds: calls of `Parse.Cloud.httpRequest` with `params`, `followRedirects` or an object as `body`, and those
whose answer is asked for `text`, `data`, `buffer`, `status`, `headers` or `cookies`.
Why it matters: `fetch` takes and gives other names, sends no object as a form, and does not reject an answer of 400 or
500: after a plain change of the function's name the code goes on with the wrong values.
Instead: `URLSearchParams` for forms, `await answer.json()` and `await answer.text()`, and a look at `answer.ok`.
The fix: none of its own: that of PC601 keeps what is taken and given.
Known gap: an answer that is handed on to a function elsewhere is not followed.
Source: reference/migration-rules.md, PC602.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_FIELDS = frozenset({"text", "data", "buffer", "status", "headers", "cookies"})


@on_calls("httpRequest", severity=Severity.BREAKS, until=6)
def http_response_shape(call: Node, module: Module) -> Iterator[Found]:
    """Find what the old function took and gave, one finding for each call."""
    if module.dotted(syntax.callee(call)) != "Parse.Cloud.httpRequest":
        return
    options = next((module.value_of(given) for given in syntax.arguments(call)), None)
    stated = syntax.properties(options) if options is not None else {}
    taken = [f"`{name}`" for name in ("params", "followRedirects") if name in stated]
    if "body" in stated and module.value_of(stated["body"]).type == "object":
        taken.append("object as `body`")
    given = sorted({f"`{field}`" for field in _asked(call, stated)})
    said = [f"it takes no {' and no '.join(taken)}"] if taken else []
    said += [f"its answer has no {', '.join(given)} of this kind"] if given else []
    if said:
        yield Found(call, f"fetch is not the same: {'; '.join(said)}")


def _asked(call: Node, options: dict[str, Node]) -> Iterator[str]:
    """The fields of the answer that the code near a call asks for."""
    for link in syntax.links_after(call)[:1]:
        for function in link.handlers:
            yield from _fields_of_parameter(function)
    for callback in ("success", "error"):
        if callback in options:
            yield from _fields_of_parameter(options[callback])
    waited = call.parent
    declarator = waited.parent if waited is not None and waited.type == "await_expression" else None
    name = declarator.child_by_field_name("name") if declarator is not None else None
    around = syntax.enclosing_function(call)
    if name is not None and name.type == "identifier" and around is not None:
        yield from _fields(around, syntax.text(name))


def _fields_of_parameter(function: Node) -> Iterator[str]:
    listed = syntax.parameters(function) if syntax.is_function(function) else []
    name = syntax.parameter_name(listed[0]) if listed else None
    inside = syntax.body(function)
    if name is not None and inside is not None:
        yield from _fields(inside, name)


def _fields(where: Node, name: str) -> Iterator[str]:
    for node in syntax.walk(where):
        if node.type == "member_expression":
            owner, field = node.child_by_field_name("object"), node.child_by_field_name("property")
            if owner is not None and field is not None and syntax.text(owner) == name and syntax.text(field) in _FIELDS:
                yield syntax.text(field)
