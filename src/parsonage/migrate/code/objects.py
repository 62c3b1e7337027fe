"""Which expressions give objects of Parse, as far as the code shows it.

A result of a query is seen through ``await``, through the callbacks of a chain, through ``success`` among the options
and through loops; the object and the user of a request are seen by the handler's own parameter. What can't be seen is
taken for something else: a rule that asks here would rather miss than cry wrongly.
"""

from __future__ import annotations

import msgspec

from parsonage.migrate.code import queries, requests, syntax
from parsonage.migrate.code.names import Binding
from parsonage.migrate.code.scope import FUNCTION, JOB, Module
from parsonage.migrate.code.sdk import TAKES_CALLBACKS, asks_a_query, class_named, queried_class
from parsonage.migrate.code.source import Node

_DEEPEST = 8
_THEMSELVES = frozenset({"set", "unset", "increment", "decrement", "add", "addUnique", "remove", "clone"})
_LISTS = frozenset({"filter", "slice", "reverse", "sort", "sortBy", "concat", "reject", "shuffle"})
_ONES = frozenset({"pop", "shift", "at", "first", "last", "sample", "find", "findWhere", "max", "min"})
_BY_ONE = frozenset({"each", "forEach", "map", "filter", "some", "any", "every", "all", "find", "reject", "sortBy"})
_SIGN_INS = frozenset({"logIn", "signUp", "become", "me", "loginAs", "logInWith"})


class Objects(msgspec.Struct, frozen=True, eq=False):
    """An object of Parse, or a list of them.

    ``class_name`` is None where it can't be told. ``asked`` is the call by which a query gave it; ``path`` the keys
    that lead to it from there, dotted, if it was included. ``made`` is the ``new`` that made it.
    """

    class_name: str | None
    many: bool = False
    asked: Node | None = None
    path: str = ""
    made: Node | None = None


def object_of(node: Node | None, module: Module) -> Objects | None:
    """The one object of Parse that an expression gives, or None."""
    found = module.once_of(node, objects_of) if node is not None else None
    return found if found is not None and not found.many else None


def objects_of(node: Node, module: Module, depth: int = 0) -> Objects | None:
    """The object or list of objects that an expression gives, or None if it isn't known to give any."""
    node = syntax.bare(node)
    if depth > _DEEPEST:
        return None
    match node.type:
        case "identifier" | "shorthand_property_identifier":
            return _named(node, module, depth)
        case "await_expression":
            inside = syntax.meaningful(node)
            return settled(inside[0], module, depth + 1) if inside else None
        case "member_expression":
            return _of_request(node, module)
        case "subscript_expression":
            owner = node.child_by_field_name("object")
            return _one_of(objects_of(owner, module, depth + 1)) if owner is not None else None
        case "new_expression":
            return _made(node, module)
        case "call_expression":
            return _called(node, module, depth)
        case _:
            return None


def settled(node: Node, module: Module, depth: int = 0) -> Objects | None:
    """What a promise gives once it is settled, if that is an object of Parse or a list of them."""
    node = syntax.bare(node)
    if depth > _DEEPEST:
        return None
    if node.type == "identifier":
        value = module.value_of(node)
        return settled(value, module, depth + 1) if value != node else None
    if node.type != "call_expression":
        return objects_of(node, module, depth + 1)
    name, owner, given = syntax.method(node), syntax.receiver(node), syntax.arguments(node)
    if name in {"find", "findAll", "first", "get"} and asks_a_query(node, module):
        return Objects(queried_class(node, module), many=name.startswith("find"), asked=node)
    if name in {"save", "fetch", "fetchWithInclude", "destroy"} and owner is not None:
        return objects_of(owner, module, depth + 1)
    if name in {"saveAll", "fetchAll", "fetchAllIfNeeded"} and given:
        return objects_of(given[0], module, depth + 1)
    if name in _SIGN_INS and owner is not None and module.dotted(owner) == "Parse.User":
        return Objects("_User")
    if name in {"then", "done"} and given and syntax.is_function(given[0]):
        given_back = syntax.returned(given[0])
        return settled(given_back, module, depth + 1) if given_back is not None else None
    if name in {"catch", "fail", "finally", "always"} and owner is not None:
        return settled(owner, module, depth + 1)
    return objects_of(node, module, depth + 1)


def _named(name: Node, module: Module, depth: int) -> Objects | None:
    declared = module.binding(syntax.text(name), name)
    if declared is None:
        return _assigned(name, module, depth)
    if declared.each_of is None and declared.member is not None:
        return _of_request(name, module)
    known = module.once(_by_declaration)
    if (declared, depth) not in known:
        known[declared, depth] = _declared(declared, name, module, depth)
    return known[declared, depth]


def _by_declaration(_: Module) -> dict[tuple[Binding, int], Objects | None]:
    """What is known of a file's variables: their mentions are many, their declarations few."""
    return {}


def _declared(declared: Binding, name: Node, module: Module, depth: int) -> Objects | None:
    if declared.each_of is not None:
        return _one_of(objects_of(declared.each_of, module, depth + 1))
    if declared.value is not None:
        return objects_of(declared.value, module, depth + 1)
    if declared.parameter_of is not None:
        return _parameter(name, declared.parameter_of, module, depth)
    return None


def _assigned(name: Node, module: Module, depth: int) -> Objects | None:
    """What a global that nobody declared holds: what the file assigns to it, as long as it is always the same class."""
    given = [objects_of(value, module, depth + 1) for value in module.assigned(name)]
    first = given[0] if given else None
    return first if first is not None and all(each is not None and _alike(each, first) for each in given) else None


def _alike(one: Objects, other: Objects) -> bool:
    return (one.class_name, one.many, one.path) == (other.class_name, other.many, other.path)


def _one_of(found: Objects | None) -> Objects | None:
    return Objects(found.class_name, asked=found.asked, path=found.path) if found is not None and found.many else None


def _of_request(node: Node, module: Module) -> Objects | None:
    """The object, the original or the user of a request; by a member, or by a name that a parameter's pattern takes."""
    handler, member = module.handler_at(node), requests.member(node, module)
    if handler is None or member is None:
        return None
    if member == "user":
        return Objects("_User")
    if handler.kind in {FUNCTION, JOB, "beforeFind"}:
        return None
    if member == "objects":
        return Objects(handler.name, many=True)
    return Objects(handler.name) if member in {"object", "original"} else None


def _made(made: Node, module: Module) -> Objects | None:
    constructor = syntax.callee(made)
    name = class_of(constructor, module) if constructor is not None else None
    if name is None:
        return None
    if name == "":
        name = syntax.string(next(iter(syntax.arguments(made)), None))
    return Objects(name, made=made)


def class_of(constructor: Node, module: Module) -> str | None:
    """The class of the objects that a constructor makes.

    An empty text for ``Parse.Object`` itself; None for a constructor that isn't seen to be one of Parse's.
    """
    constructor = syntax.bare(constructor)
    if module.dotted(constructor) == "Parse.Object":
        return ""
    named = class_named(constructor, module)
    if named is not None and constructor.type not in {"string", "template_string"}:
        return named if named in _OBJECT_CLASSES or not named.startswith("_") else None
    value = module.value_of(constructor)
    heritage = next((part for part in value.children if part.type == "class_heritage"), None)
    if value.type not in {"class_declaration", "class"} or heritage is None:
        return None
    above = next((part for part in syntax.walk(heritage) if part.type in {"member_expression", "identifier"}), None)
    if above is None or module.dotted(above) not in {"Parse.Object", "Parse.User"}:
        return None
    if module.dotted(above) == "Parse.User":
        return "_User"
    calls = (node for node in syntax.walk(value) if node.type == "call_expression")
    made = next((call for call in calls if syntax.text(call).startswith("super(")), None)
    return syntax.string(next(iter(syntax.arguments(made)), None)) if made is not None else None


_OBJECT_CLASSES = frozenset({"_User", "_Role", "_Installation", "_Session", "_Product"})


def _called(call: Node, module: Module, depth: int) -> Objects | None:
    name, owner, given = syntax.method(call), syntax.receiver(call), syntax.arguments(call)
    if owner is None:
        return None
    if name == "current" and module.dotted(call) == "Parse.User.current()":
        return Objects("_User")
    if name == "createWithoutData":
        class_name = class_of(owner, module)
        return Objects(class_name or None) if class_name is not None else None
    if name in _THEMSELVES:
        return objects_of(owner, module, depth + 1)
    if name == "get" and len(given) == 1:
        return _included(owner, given[0], module, depth)
    if name in _LISTS | _ONES:
        listed = given[0] if given and syntax.text(owner) == "_" else owner
        found = objects_of(listed, module, depth + 1)
        return found if name in _LISTS and found is not None and found.many else _one_of(found)
    return None


def _included(owner: Node, key: Node, module: Module, depth: int) -> Objects | None:
    name = syntax.string(key) if "include" in module.calls() else None
    found = objects_of(owner, module, depth + 1) if name is not None else None
    if found is None or found.many or found.asked is None:
        return None
    path = f"{found.path}.{name}" if found.path else name
    return Objects(None, asked=found.asked, path=path) if path in queries.included(found.asked, module) else None


def _parameter(name: Node, function: Node, module: Module, depth: int) -> Objects | None:
    """What a callback is given for a parameter."""
    is_first = module.parameter_names(function)[0] == syntax.text(name)
    call = _called_with(function) if is_first else None
    if call is None:
        return None
    given, owner, method = syntax.arguments(call), syntax.receiver(call), syntax.method(call)
    if given and given[-1].type == "object":
        is_answer = method in TAKES_CALLBACKS and syntax.properties(given[-1]).get("success") == function
        return settled(call, module, depth + 1) if is_answer else None
    if owner is None:
        return None
    if method in {"then", "done"} and given[:1] == [function]:
        return settled(owner, module, depth + 1)
    if method == "each" and given[:1] == [function] and asks_a_query(call, module):
        return Objects(queried_class(call, module), asked=call)
    if method in _BY_ONE and function in given[:2]:
        listed = given[0] if given.index(function) == 1 and syntax.text(owner) == "_" else owner
        return _one_of(objects_of(listed, module, depth + 1))
    return None


def _called_with(function: Node) -> Node | None:
    """The call that is given a function as an argument, or among its options."""
    around = function.parent
    if around is not None and around.type == "pair":
        around = around.parent
    if around is not None and around.type == "object":
        around = around.parent
    call = around.parent if around is not None and around.type == "arguments" else None
    return call if call is not None and call.type == "call_expression" else None
