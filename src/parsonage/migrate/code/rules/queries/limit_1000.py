"""PC402 limit-1000 · 1,000 taken for everything

What it finds: `limit(999)`, `limit(1000)` and `limit(1001)`.
Why it matters: 1,000 was the highest limit; larger ones work now, and exactly 1,000 objects still means that some are
missing.
Instead: `findAll()` or `each()`.
The fix: asks by `findAll`. Assisted, where the query is seen to be asked by one `find` and is neither ordered nor cut
otherwise: `findAll` refuses that.
Source: reference/migration-rules.md, PC402.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.queries import WINDOW, steps
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import OPTIONS_AT, is_foreign
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("limit", severity=Severity.INFO, until=NEWEST)
def limit_1000(call: Node, module: Module) -> Iterator[Found]:
    """Find limits that were the highest ones."""
    given = syntax.arguments(call)
    if not is_foreign(call) and len(given) == 1 and syntax.text(given[0]) in {"999", "1000", "1001"}:
        yield Found(call, "more than 1,000 objects may be asked for now: findAll or each gives all", _fix(call, module))


def _fix(limit: Node, module: Module) -> Fix | None:
    asked, owner = _asked(limit, module), syntax.receiver(limit)
    name = syntax.callee(asked) if asked is not None else None
    find = name.child_by_field_name("property") if name is not None else None
    if asked is None or owner is None or find is None or syntax.method(asked) != "find":
        return None
    if any(syntax.method(step) in WINDOW and step != limit for step in steps(asked, module)):
        return None
    if any(syntax.properties(given).keys() & {"success", "error"} for given in syntax.arguments(asked)):
        return None
    around = limit.parent
    if around is not None and around.type == "expression_statement":
        return Fix.assisted(_without(around, module), Edit.replace(find, "findAll"))
    return Fix.assisted(Edit(owner.end_byte, limit.end_byte, ""), Edit.replace(find, "findAll"))


def _asked(limit: Node, module: Module) -> Node | None:
    """The one call that asks a limited query: the next one of its row, or of the variable that keeps it."""
    owner, around = syntax.receiver(limit), limit.parent
    if around is not None and around.type == "member_expression":
        return around.parent
    if owner is None or owner.type != "identifier" or around is None or around.type != "expression_statement":
        return None
    calls = [_call_on(mention) for mention in module.mentions_of(owner)]
    asking = [call for call in calls if call is not None and syntax.method(call) in OPTIONS_AT]
    return asking[0] if len(asking) == 1 else None


def _call_on(variable: Node) -> Node | None:
    member = variable.parent
    call = member.parent if member is not None and member.type == "member_expression" else None
    return call if call is not None and call.type == "call_expression" and syntax.callee(call) == member else None


def _without(statement: Node, module: Module) -> Edit:
    """The edit that takes a statement away, and its line if nothing else stands there."""
    text, start, end = module.source.text, statement.start_byte, statement.end_byte
    line, after = text.rfind(b"\n", 0, start) + 1, text.find(b"\n", end) + 1
    alone = after and not text[line:start].strip() and not text[end:after].strip()
    return Edit(line, after, "") if alone else Edit(start, end, "")
