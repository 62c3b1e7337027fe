"""PC502 job-standalone · Work that begins when a file is loaded

What it finds: queries, saves, deletions and `Parse.Cloud.run` outside of every function, or in a function that is
called where it stands.
Why it matters: it was a script of its own. Required by the main file it runs at every start of the server, in each
process; run alone it lacks `Parse`, which exists in the server alone.
Instead: a job; `parsonage job run NAME` runs it alone, from cron or a container.
The fix: none: only you know when it is to run.
Source: reference/migration-rules.md, PC502.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import asks_a_query
from parsonage.migrate.code.source import Node

_CALLS = ("find", "findAll", "first", "count", "get", "each", "save", "destroy", "fetch")


@on_calls(*_CALLS, "saveAll", "destroyAll", "run", severity=Severity.BREAKS, until=2, legacy=False, outside=True)
def job_standalone(call: Node, module: Module) -> Iterator[Found]:
    """Find calls of the SDK that loading the file makes."""
    owner, name = syntax.receiver(call), syntax.method(call)
    if owner is None or module.handler_at(call) is not None:
        return
    if name == "run":
        goes_out = module.dotted(owner) == "Parse.Cloud"
    elif name in {"saveAll", "destroyAll"}:
        goes_out = module.dotted(owner) == "Parse.Object"
    else:
        goes_out = asks_a_query(call, module) or (
            name in {"save", "destroy", "fetch"} and object_of(owner, module) is not None
        )
    if goes_out and _runs_at_load(call):
        yield Found(call, "this runs whenever the file is loaded: make it a job")


def _runs_at_load(node: Node) -> bool:
    """Whether every function around is called where it stands."""
    here = syntax.enclosing_function(node)
    while here is not None:
        around = here.parent
        while around is not None and around.type == "parenthesized_expression":
            here, around = around, around.parent
        if around is None or around.type != "call_expression" or syntax.callee(around) != here:
            return False
        here = syntax.enclosing_function(around)
    return True
