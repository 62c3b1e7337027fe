"""PC319 case-names · Names and addresses that differ by case alone

What it finds: `username` and `email` of a user set to a value that isn't brought to one case.
Why it matters: since Parse Server 4 `Jane` clashes with `jane`: a sign-up that passed is refused with code 202 or 203.
Instead: `.toLowerCase()`, or the server's option `convertUsernameToLowercase`.
The fix: none: users who exist may have upper case in their names.
Known gap: values that another file brought to one case are told as well.
Source: reference/migration-rules.md, PC319.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_SETTERS = {"setUsername": "username", "setEmail": "email"}
_NAMES = frozenset({"username", "email"})
_LEAVE_CASE = frozenset({"param", "trim"})


@on_calls("set", "setUsername", "setEmail", "signUp", severity=Severity.WARN, until=4, legacy=False)
def case_names(call: Node, module: Module) -> Iterator[Found]:
    """Find names that are set as they come."""
    user = object_of(syntax.receiver(call), module)
    if user is None or user.class_name != "_User":
        return
    for name, value in _given(call).items():
        if name in _NAMES and not _is_of_one_case(module.value_of(value), module):
            yield Found(call, f"{name} clashes with others that differ by case alone: bring it to one case")
            return


def _given(call: Node) -> dict[str, Node]:
    given = syntax.arguments(call)
    if syntax.method(call) in _SETTERS and given:
        return {_SETTERS[syntax.method(call)]: given[0]}
    key = syntax.string(given[0]) if len(given) > 1 else None
    if key is not None:
        return {key: given[1]}
    return syntax.properties(given[0]) if given else {}


def _is_of_one_case(value: Node, module: Module) -> bool:
    literal = syntax.string(value)
    if literal is not None:
        return literal == literal.lower()
    if value.type == "call_expression" and syntax.method(value) in _LEAVE_CASE:
        return "toLowerCase" in syntax.text(value)
    if value.type not in {"identifier", "member_expression", "subscript_expression", "binary_expression"}:
        return True  # made by something that isn't seen
    return "toLowerCase" in syntax.text(value)
