"""PC414 denied-keywords · Keys that the server refuses

What it finds: `constructor`, `__proto__` and `_bsontype` as keys of what is saved: in `set`, `save`, the values of a
new object, and the parameters of `Parse.Cloud.run`.
Why it matters: since Parse Server 5 such a request is refused with code 105.
Instead: another name for the key.
The fix: none: apps read the key by its name.
Source: reference/migration-rules.md, PC414.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = """
((pair key: (property_identifier) @name) @it (#any-of? @name "constructor" "__proto__" "_bsontype"))
((pair key: (string (string_fragment) @name)) @it (#any-of? @name "constructor" "__proto__" "_bsontype"))
((arguments . (string (string_fragment) @name) @it) (#any-of? @name "constructor" "__proto__" "_bsontype"))
"""
_SAVES = frozenset({"set", "save", "run", "add", "addUnique"})


@on_query(_QUERY, severity=Severity.BREAKS, until=5, legacy=False)
def denied_keywords(node: Node, module: Module) -> Iterator[Found]:
    """Find these keys in what goes to the server."""
    call = next(
        (around for around in syntax.ancestors(node) if around.type in {"call_expression", "new_expression"}), None
    )
    function = syntax.enclosing_function(node)
    if call is None or (function is not None and syntax.within(function, call)):
        return
    if node.type != "pair" and (syntax.method(call) != "set" or syntax.arguments(call)[:1] != [node]):
        return
    if call.type == "new_expression":
        saves = object_of(call, module) is not None
    elif syntax.method(call) == "run":
        saves = module.dotted(syntax.callee(call)) == "Parse.Cloud.run"
    else:
        saves = syntax.method(call) in _SAVES and object_of(syntax.receiver(call), module) is not None
    if saves:
        yield Found(node, "the server refuses this key: use another name")
