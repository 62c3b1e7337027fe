"""PC110 user-trigger-string · A built-in class named without its underscore in a trigger

What it finds: triggers registered for `'User'`, `'Installation'`, `'Role'`, `'Session'` or `'Product'`.
Why it matters: they register without a word and never run: a check at sign-up that is lost is a hole.
Instead: `Parse.User`, `Parse.Installation`, `Parse.Role`, `'_Session'`.
The fix: writes the built-in class. Safe unless the project has a class of its own by that name, which it then makes
with `Parse.Object.extend`: such a name is left alone.
Source: reference/migration-rules.md, PC110.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_BUILT_IN = {
    "User": "Parse.User",
    "Installation": "Parse.Installation",
    "Role": "Parse.Role",
    "Session": "'_Session'",
    "Product": "'_Product'",
}
_TRIGGERS = ("beforeSave", "afterSave", "beforeDelete", "afterDelete", "beforeFind", "afterFind")


@on_calls(*_TRIGGERS, severity=Severity.BREAKS, until=NEWEST)
def user_trigger_string(call: Node, module: Module) -> Iterator[Found]:
    """Find triggers for classes that nobody has."""
    given = syntax.arguments(call)
    name = syntax.string(given[0]) if given else None
    if name not in _BUILT_IN or not module.dotted(syntax.callee(call)).startswith("Parse.Cloud."):
        return
    own = (f"extend('{name}'", f'extend("{name}"')
    if not any(made.encode() in module.source.text for made in own):
        fix = Fix.safe(Edit.replace(given[0], _BUILT_IN[name]))
        yield Found(call, f"this trigger never runs: the built-in class is {_BUILT_IN[name]}", fix)
