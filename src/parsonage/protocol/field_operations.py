"""Field operations: what a write does to one field, instead of giving its new value.

An operation is read from a body, merged with one that came before it, and applied to a value. Engines
that can't express an operation in their own language apply it with ``apply``.

Rules: reference/rest-core.md, section 11. Order and repeats are kept (PB018, PB019), an unknown
operation is 108 (PB014), a relation operation without objects does nothing (PB016).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from parsonage.protocol.encoding import decode, encode, number
from parsonage.protocol.errors import CommandUnavailable, IncorrectType, InvalidJSON
from parsonage.protocol.values import Pointer, Value


class Set(msgspec.Struct, frozen=True):
    """The field gets this value; ``None`` empties it but does not hide it in nested maps."""

    value: Value


class Unset(msgspec.Struct, frozen=True):
    """The field is taken away (``Delete`` on the wire)."""


class Increment(msgspec.Struct, frozen=True):
    """A number is added; a missing field counts as 0."""

    amount: int | float


class Add(msgspec.Struct, frozen=True):
    """Values are appended, repeats and all."""

    objects: Sequence[Value]


class AddUnique(msgspec.Struct, frozen=True):
    """Values are appended that the list does not hold yet."""

    objects: Sequence[Value]


class Remove(msgspec.Struct, frozen=True):
    """Every value equal to one of these is taken out of the list."""

    objects: Sequence[Value]


class RelationChange(msgspec.Struct, frozen=True):
    """Objects are linked and unlinked; both are idempotent."""

    class_name: str | None
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


Operation: TypeAlias = Set | Unset | Increment | Add | AddUnique | Remove | RelationChange

LIST_OPERATIONS = (Add, AddUnique, Remove)
ECHOED = frozenset({Increment, Add, AddUnique, Remove})
"""Operations whose outcome the client can't know: it stands in the answer."""


def read(json: Any) -> Operation:
    """The value of one key in a body → the operation it asks for.

    Raises CommandUnavailable (108) for an unknown ``__op``, InvalidJSON (107) for one with wrong parts,
    and whatever decoding its values raises.
    """
    if type(json) is dict:
        name = json.get("__op")
        if name is not None:
            return _read_operation(name, json)
        if "objects" in json and json.get("__type") == "Relation" and isinstance(json["objects"], list):
            # What JavaScript SDKs of old sent for a relation that they hold in memory.
            return Set(decode({"__type": "Relation", "className": json.get("className")}))
    return Set(decode(json))


def _read_operation(name: Any, json: Mapping[str, Any]) -> Operation:
    match name:
        case "Delete":
            return Unset()
        case "Increment":
            amount = json.get("amount")
            if isinstance(amount, bool) or not isinstance(amount, (int, float)):
                raise InvalidJSON("incrementing must provide a number")
            return Increment(number(amount))
        case "Add":
            return Add(_objects(json))
        case "AddUnique":
            return AddUnique(_objects(json))
        case "Remove":
            return Remove(_objects(json))
        case "AddRelation":
            class_name, ids = _pointers(json)
            return RelationChange(class_name, added=ids)
        case "RemoveRelation":
            class_name, ids = _pointers(json)
            return RelationChange(class_name, removed=ids)
        case "Batch":
            return _read_batch(json)
    raise CommandUnavailable(f"The {name} operator is not supported yet.")


def _read_batch(json: Mapping[str, Any]) -> Operation:
    ops = json.get("ops")
    if not isinstance(ops, list) or not ops:
        raise InvalidJSON("ops must be an array")
    merged: Operation | None = None
    for part in ops:
        operation = read(part)
        if not isinstance(operation, RelationChange):
            raise InvalidJSON("a Batch operation may hold relation operations only")
        merged = operation if merged is None else merge(merged, operation)
    assert merged is not None
    return merged


def _objects(json: Mapping[str, Any]) -> list[Value]:
    objects = json.get("objects")
    if not isinstance(objects, list):
        raise InvalidJSON("objects to add must be an array")
    return [decode(item, nested=True) for item in objects]


def _as_pointers(json: Any) -> Any:
    """A list in which whole objects, as answers hold them, stand for their pointers."""
    if not isinstance(json, list):
        return json
    return [
        {**item, "__type": "Pointer"} if isinstance(item, dict) and item.get("__type") == "Object" else item
        for item in json
    ]


def _pointers(json: Mapping[str, Any]) -> tuple[str | None, frozenset[str]]:
    class_name: str | None = None
    ids: set[str] = set()
    for value in _objects({"objects": _as_pointers(json.get("objects"))}):
        if not isinstance(value, Pointer):
            raise IncorrectType("relation operations need pointers")
        if class_name is None:
            class_name = value.class_name
        elif class_name != value.class_name:
            raise IncorrectType(
                f"a relation holds objects of one class: expected {class_name} but got {value.class_name}"
            )
        ids.add(value.object_id)
    return class_name, frozenset(ids)


def to_json(operation: Operation) -> Any:
    """The operation as it stands in a body; ``read`` takes it back."""
    match operation:
        case Set(value):
            return encode(value)
        case Unset():
            return {"__op": "Delete"}
        case Increment(amount):
            return {"__op": "Increment", "amount": amount}
        case Add(objects):
            return {"__op": "Add", "objects": [encode(item) for item in objects]}
        case AddUnique(objects):
            return {"__op": "AddUnique", "objects": [encode(item) for item in objects]}
        case Remove(objects):
            return {"__op": "Remove", "objects": [encode(item) for item in objects]}
    return _relation_to_json(operation)


def _relation_to_json(change: RelationChange) -> Any:
    def half(name: str, ids: frozenset[str]) -> dict[str, Any]:
        pointers = [{"__type": "Pointer", "className": change.class_name, "objectId": i} for i in sorted(ids)]
        return {"__op": name, "objects": pointers}

    if change.added and change.removed:
        return {
            "__op": "Batch",
            "ops": [half("AddRelation", change.added), half("RemoveRelation", change.removed)],
        }
    return half("RemoveRelation", change.removed) if change.removed else half("AddRelation", change.added)


def apply(operation: Operation, value: Value) -> Value:
    """The value that the operation makes of ``value`` (``None``: the field is absent).

    Raises InvalidJSON (107) where the value is not of the operation's kind. A relation's links are not
    values of the object: they are left to the engine.
    """
    match operation:
        case Set(new):
            return copy.deepcopy(new) if isinstance(new, (list, dict)) else new
        case Unset():
            return None
        case Increment(amount):
            if value is None:
                return amount
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise InvalidJSON("incrementing must provide a number")
            return number(value + amount)
        case RelationChange():
            return value
    if value is None:
        value = []
    if not isinstance(value, list):
        raise InvalidJSON("objects to add must be an array")
    match operation:
        case Add(objects):
            return [*value, *objects]
        case AddUnique(objects):
            return _with_missing(value, objects)
    return [item for item in value if not contains(operation.objects, item)]


def _with_missing(value: list[Value], objects: Sequence[Value]) -> list[Value]:
    grown = list(value)
    for item in objects:
        if not contains(grown, item):
            grown.append(item)
    return grown


def contains(values: Sequence[Value], wanted: Value) -> bool:
    """Whether a list holds a value, by Parse's equality: deep, and true is not 1."""
    return any(same(item, wanted) for item in values)


def same(one: Value, other: Value) -> bool:
    """Deep equality of values; booleans equal booleans only, pointers go by class and id."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    return one == other


def merge(first: Operation, second: Operation) -> Operation:
    """One operation that does what ``first`` and then ``second`` do.

    Raises InvalidJSON (107) where the second can't follow the first, as ``apply`` would.
    """
    if isinstance(second, (Set, Unset)):
        return second
    if isinstance(first, Set):
        if isinstance(second, RelationChange):
            return second
        return Set(apply(second, first.value))
    if isinstance(first, Unset):
        return second if isinstance(second, RelationChange) else Set(apply(second, None))
    match first, second:
        case Increment(amount), Increment(more):
            return Increment(number(amount + more))
        case RelationChange(), RelationChange():
            if first.class_name and second.class_name and first.class_name != second.class_name:
                raise IncorrectType(
                    f"a relation holds objects of one class: expected {first.class_name} but got {second.class_name}"
                )
            return RelationChange(
                first.class_name or second.class_name,
                added=(first.added - second.removed) | second.added,
                removed=(first.removed - second.added) | second.removed,
            )
        case Add(objects), Add(more_objects):
            return Add([*objects, *more_objects])
        case AddUnique(objects), AddUnique(more_objects):
            return AddUnique(_with_missing(_with_missing([], objects), more_objects))
        case Remove(objects), Remove(more_objects):
            return Remove(_with_missing(list(objects), more_objects))
    raise InvalidJSON(f"{type(second).__name__} can't follow {type(first).__name__} on one field")


def set_path(root: Value, path: Sequence[str], operation: Operation) -> Value:
    """Apply an operation inside a map or list: ``path`` leads from the field's value to the place.

    Missing maps on the way are made; only the touched path changes (PB028); a number names an element
    of a list, which is set, not inserted (PB026). Raises InvalidJSON (107) where the way is blocked.
    """
    key, *rest = path
    if isinstance(root, list):
        return _set_element(root, key, rest, operation)
    if root is None:
        root = {}
    if not isinstance(root, dict):
        raise InvalidJSON(f"cannot set '{key}' inside a value that is not an object")
    changed = dict(root)
    if rest:
        changed[key] = set_path(changed.get(key), rest, operation)
    elif isinstance(operation, Unset):
        changed.pop(key, None)
    else:
        changed[key] = apply(operation, changed.get(key))
    return changed


def _set_element(items: list[Value], key: str, rest: Sequence[str], operation: Operation) -> Value:
    if not key.isdecimal() or int(key) > len(items) + 1000:
        raise InvalidJSON(f"cannot set '{key}' in an array")
    place = int(key)
    changed = [*items, *([None] * (place + 1 - len(items)))]
    changed[place] = set_path(changed[place], rest, operation) if rest else apply(operation, changed[place])
    return changed


def get_path(root: Value, path: Sequence[str]) -> Value:
    """The value at the end of a path inside a value; ``None`` if the way breaks off."""
    for key in path:
        if isinstance(root, dict):
            root = root.get(key)
        elif isinstance(root, list) and key.isdecimal() and int(key) < len(root):
            root = root[int(key)]
        else:
            return None
    return root
