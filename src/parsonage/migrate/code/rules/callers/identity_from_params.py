"""PC320 identity-from-params · Identity taken from parameters

What it finds: `request.user || request.params.…`, and tokens from the parameters given to `become`, `me` or
`sessionToken`.
Why it matters: parameters are written by the client, so any client can be anybody; tokens among them end in logs.
Instead: `request.user` alone; refuse when it is missing (`requireUser`).
The fix: none: clients that send no session must be changed as well.
Known gap: ids of other names than these are not seen.
Source: reference/migration-rules.md, PC320.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import requests, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_QUERY = """
((binary_expression left: (member_expression property: (_) @name)) @it (#eq? @name "user"))
((pair key: (_) @name) @it (#eq? @name "sessionToken"))
((call_expression function: (member_expression property: (_) @name)) @it (#any-of? @name "become" "me"))
"""


@on_query(_QUERY, severity=Severity.SECURITY, until=NEWEST, legacy=False)
def identity_from_params(node: Node, module: Module) -> Iterator[Found]:
    """Find callers that are whoever the client says."""
    claimed = _claimed(node)
    request = module.request_at(node) if claimed is not None else None
    if request is None or claimed is None:
        return
    is_parameter = requests.parameter(claimed, module) is not None
    if is_parameter or f"{request}.params" in syntax.text(module.value_of(claimed)):
        yield Found(node, "whoever writes the parameters chooses who is asking: use request.user alone")


def _claimed(node: Node) -> Node | None:
    """The expression that would say who is asking, if this is a place for one."""
    if node.type == "binary_expression":
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        is_choice = operator is not None and syntax.text(operator) in {"||", "??"}
        is_user = left is not None and syntax.text(left).endswith(".user")
        return node.child_by_field_name("right") if is_choice and is_user else None
    if node.type == "pair":
        key = node.child_by_field_name("key")
        is_token = key is not None and syntax.text(key) == "sessionToken"
        return node.child_by_field_name("value") if is_token else None
    is_token = syntax.method(node) in {"become", "me"} and syntax.text(syntax.receiver(node) or node) == "Parse.User"
    return next(iter(syntax.arguments(node)), None) if is_token else None
