"""PC112 floating-rejection · A promise that nobody catches

What it finds: calls of `save`, `destroy`, `saveAll`, `fetch`, `Parse.Push.send`, `Parse.Cloud.run` and of queries, as
statements, with no `await`, no `return` and nothing that catches.
Why it matters: since Parse Server 7 a failure of such a call ends the whole server process.
Instead: `await` it, return it, or `.catch()`.
The fix: adds a `catch` that writes the error to the log. Safe, but in a before-trigger somebody has to agree: there the
failure may be meant to refuse what the client wants.
Known gap: the last chain of a handler that returns nothing is left to PC106, and one that answers to PC101.
Source: reference/migration-rules.md, PC112.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.sdk import (
    OPTIONS_AT,
    has_authority,
    is_foreign,
    needs_authority,
    states_authority,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.unawaited import unawaited
from parsonage.migrate.code.versions import NEWEST

_OF_OBJECTS = frozenset({"save", "destroy", "fetch"})


@on_calls(*sorted(OPTIONS_AT), "run", severity=Severity.CRASH, until=NEWEST, stage=6)
def floating_rejection(call: Node, module: Module) -> Iterator[Found]:
    """Find chains that stand alone and catch nothing."""
    chain = syntax.chain_of(call)
    statement = chain.parent
    if statement is None or statement.type != "expression_statement" or not _goes_out(call, module):
        return
    if any(link.name in {"catch", "fail", "always"} or len(link.handlers) > 1 for link in syntax.links_after(call)):
        return
    handler = module.handler_at(call)
    if handler is not None and _will_be_returned(chain, statement, handler):
        return
    request = module.request_at(call)
    log = f"{request}.log.error(error)" if request is not None else "console.error(error)"
    edit = Edit.after(chain, f".catch(error => {log})")
    refuses = handler is not None and handler.kind.startswith("before")
    fix = Fix.assisted(edit) if refuses else Fix.safe(edit)
    yield Found(chain, "a failure of this call ends the server process: await it, or catch its error", fix)


def _goes_out(call: Node, module: Module) -> bool:
    name, given = syntax.method(call), syntax.arguments(call)
    if given and given[-1].type == "object" and {"success", "error"} & syntax.properties(given[-1]).keys():
        return False  # PC207 gives it a then first
    if name == "run":
        return module.dotted(syntax.callee(call)) == "Parse.Cloud.run"
    if name == "send":
        return module.dotted(syntax.callee(call)) == "Parse.Push.send"
    if is_foreign(call) or any(map(syntax.is_function, given)):
        return needs_authority(call, module)
    of_object = name in _OF_OBJECTS and object_of(syntax.receiver(call), module) is not None
    says = states_authority(call, module) or (of_object and has_authority(call, module))
    return says or needs_authority(call, module)


def _will_be_returned(chain: Node, statement: Node, handler: Handler) -> bool:
    """Whether the chain answers, or another rule has it returned."""
    if handler.response is None or handler.kind.startswith("after"):
        return any(one.chain == chain and one.is_last for one in unawaited(handler))
    if not answers.uses(handler).any:
        return False  # nothing is rewritten in a handler that never answers
    if f"{handler.response}." in syntax.text(chain):
        return True
    inside = syntax.body(handler.function) if handler.function is not None else None
    return inside is not None and syntax.meaningful(inside)[-1:] == [statement] and bool(syntax.method(chain) == "then")
