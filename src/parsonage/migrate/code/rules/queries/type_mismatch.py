"""PC417 type-mismatch · Values of another type than the field

What it finds: a text for a field of which the same file shows that it holds numbers (by `increment`, or a number set or
compared with), and a parameter of the request compared with such a field as it comes; and the other way round.
Why it matters: a save is refused with code 111. A query finds nothing, and on PostgreSQL is answered by Parse Server
with status 500.
Instead: `Number(…)`, `String(…)`.
The fix: none: which of the two types is the right one is not in the code.
Known gap: the schema is not asked; a field that other files fill is not seen.
Source: reference/migration-rules.md, PC417.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import requests, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import queried_class
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_COMPARE = frozenset({"equalTo", "notEqualTo", "lessThan", "lessThanOrEqualTo", "greaterThan", "greaterThanOrEqualTo"})
_NAMED = {"number": "Number", "string": "String", "true": "Boolean", "false": "Boolean"}


@on_query("(program) @it", severity=Severity.RISKY, until=NEWEST)
def type_mismatch(program: Node, module: Module) -> Iterator[Found]:
    """Find values that don't fit what else the file gives the same field."""
    types: dict[tuple[str, str], str] = {}
    uses = sorted(_uses(module), key=lambda use: use[1].start_byte)
    for method, _, class_name, key, value in uses:
        shown = "Number" if method == "increment" else _NAMED.get(value.type if value is not None else "")
        if shown is not None:
            types.setdefault((class_name, key), shown)
    for method, call, class_name, key, value in uses:
        type_ = types.get((class_name, key))
        if value is None or type_ is None or method == "increment":
            continue
        other = _NAMED.get(value.type)
        if other is not None and other != type_:
            yield Found(call, f"{class_name}.{key} is a {type_} elsewhere in this file, and a {other} here")
        elif type_ == "Number" and method in _COMPARE and requests.parameter(value, module) is not None:
            yield Found(call, f"{class_name}.{key} is a Number, and the parameter may be a text: Number(…)")


def _uses(module: Module) -> Iterator[tuple[str, Node, str, str, Node | None]]:
    """Every call that gives a field a value, or compares it with one: by what method, the class, field and value."""
    for name in (_COMPARE | {"set", "increment"}) & module.calls().keys():
        for call in module.calls()[name]:
            given = syntax.arguments(call)
            key = syntax.string(given[0]) if given else None
            if key is None:
                continue
            if name in _COMPARE:
                class_name = queried_class(call, module)
            else:
                written = object_of(syntax.receiver(call), module)
                class_name = written.class_name if written is not None else None
            if class_name is not None:
                yield name, call, class_name, key, given[1] if len(given) > 1 else None
