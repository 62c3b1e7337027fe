"""ParseObject: one object as Cloud Code and the SDK hand it around.

It knows what is stored and, apart from that, what was changed since: changes are field operations, so
that an ``increment`` stays one on its way to the database.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import decode_typed, encode, number, wire_object
from parsonage.protocol.errors import IncorrectType, ScriptFailed
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import (
    File,
    GeoPoint,
    Pointer,
    Polygon,
    Relation,
    Value,
    format_date,
    parse_date,
)

_OWN_KEYS = frozenset({"objectId", "createdAt", "updatedAt", "ACL", "__type", "className"})


class ParseObject:
    """An object of a class: ``note["text"]`` reads a field, ``note["text"] = "hi"`` changes it.

    A list or map that was read and changed in place counts as changed. Nothing is stored until the
    object is saved.
    """

    def __init__(self, class_name: str, object_id: str | None = None, /, **fields: Any) -> None:
        self.class_name = class_name
        self.id = object_id
        self.created_at: datetime | None = None
        self.updated_at: datetime | None = None
        self._stored: dict[str, Any] = {}
        self._stored_acl: ACL | None = None
        self._operations: dict[str, Operation] = {}
        self._acl_change: ACL | None = None
        self._handed_out: dict[str, Any] = {}
        for key, value in fields.items():
            self[key] = value

    @classmethod
    def from_json(cls, class_name: str, json: Mapping[str, Any]) -> ParseObject:
        """An object out of an answer: fields, ``objectId``, dates and ``ACL``. Nothing counts as changed."""
        made = cls(class_name, json.get("objectId"))
        made.take(json)
        return made

    def take(self, json: Mapping[str, Any]) -> None:
        """Lay what an answer says over what is stored; pending changes stay pending."""
        object_id = json.get("objectId")
        if isinstance(object_id, str):
            self.id = object_id
        self.created_at = _moment(json.get("createdAt")) or self.created_at
        self.updated_at = _moment(json.get("updatedAt")) or self.updated_at
        if self.updated_at is None:
            self.updated_at = self.created_at
        if isinstance(json.get("ACL"), dict):
            self._stored_acl = ACL.from_json(json["ACL"])
        for key, value in json.items():
            if key in _OWN_KEYS:
                continue
            self._handed_out.pop(key, None)
            if type(value) is dict and value.get("__op") == "Delete":
                self._stored.pop(key, None)
            else:
                self._stored[key] = decode_answer(value, self.included)

    def included(self, class_name: str, json: Mapping[str, Any]) -> ParseObject:
        """An object that stands whole in the place of a pointer to it; subclasses make their own kind."""
        return ParseObject.from_json(class_name, json)

    @property
    def is_new(self) -> bool:
        """Whether the object was never saved."""
        return self.created_at is None

    @property
    def acl(self) -> ACL | None:
        """Who may read and write it; ``None`` means everyone."""
        return self._acl_change if self._acl_change is not None else self._stored_acl

    @acl.setter
    def acl(self, acl: ACL) -> None:
        self._acl_change = acl

    def __getitem__(self, key: str) -> Any:
        value = self._value(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """The field's value, or ``default`` where the object has none."""
        value = self._value(key)
        return default if value is None else value

    def _value(self, key: str) -> Any:
        root, *path = key.split(".")
        if root in self._handed_out and not any(name.startswith(root + ".") for name in self._operations):
            value = self._handed_out[root][1]
        else:
            value = self._current(root)
            if isinstance(value, (list, dict)):
                value = copy.deepcopy(value)
                self._handed_out[root] = (copy.deepcopy(value), value)
        return op.get_path(value, path) if path else value

    def _current(self, root: str) -> Any:
        return changed_value(self._stored.get(root), root, self._operations)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "ACL":
            self._acl_change = value if isinstance(value, ACL) else ACL.from_json(value)
            return
        self._change(key, op.Set(to_value(value)))

    def set(self, key: str, value: Any) -> None:
        """Give the field a value; a dotted key sets a place inside an Object field."""
        self[key] = value

    def __delitem__(self, key: str) -> None:
        self.unset(key)

    def unset(self, key: str) -> None:
        """Take the field away."""
        self._change(key, op.Unset())

    def increment(self, key: str, amount: float = 1) -> None:
        """Add to a number; a missing field counts as 0."""
        self._change(key, op.Increment(number(amount)))

    def add(self, key: str, *values: Any) -> None:
        """Append to a list field."""
        self._change(key, op.Add([to_value(value) for value in values]))

    def add_unique(self, key: str, *values: Any) -> None:
        """Append what the list does not hold yet."""
        self._change(key, op.AddUnique([to_value(value) for value in values]))

    def remove(self, key: str, *values: Any) -> None:
        """Take every equal value out of a list field."""
        self._change(key, op.Remove([to_value(value) for value in values]))

    def link(self, key: str, *objects: ParseObject | Pointer) -> None:
        """Put objects into a relation."""
        class_name, ids = _targets(objects)
        self._change(key, op.RelationChange(class_name, added=ids))

    def unlink(self, key: str, *objects: ParseObject | Pointer) -> None:
        """Take objects out of a relation."""
        class_name, ids = _targets(objects)
        self._change(key, op.RelationChange(class_name, removed=ids))

    def _change(self, key: str, operation: Operation) -> None:
        self._note_changes_in_place(key.split(".", 1)[0])
        before = self._operations.pop(key, None)
        self._operations[key] = operation if before is None else op.merge(before, operation)

    def _note_changes_in_place(self, root: str) -> None:
        handed_out = self._handed_out.pop(root, None)
        if handed_out is not None and not op.same(*handed_out):
            for key in [key for key in self._operations if key == root or key.startswith(root + ".")]:
                del self._operations[key]
            self._operations[root] = op.Set(to_value(handed_out[1]))

    def revert(self, key: str | None = None) -> None:
        """Forget the pending changes of one field, or of all."""
        if key is None:
            self._operations.clear()
            self._handed_out.clear()
            self._acl_change = None
        elif key == "ACL":
            self._acl_change = None
        else:
            self._operations.pop(key, None)
            self._handed_out.pop(key.split(".", 1)[0], None)

    def operations(self) -> dict[str, Operation]:
        """What was changed, field by field, in order; the ACL apart (``acl_change``)."""
        for root in list(self._handed_out):
            self._note_changes_in_place(root)
        return dict(self._operations)

    @property
    def acl_change(self) -> ACL | None:
        """The ACL given to it since it was stored."""
        return self._acl_change

    def change_with(self, operations: Mapping[str, Operation], acl: ACL | None = None) -> None:
        """Lay operations, such as a client sent, over the object as pending changes."""
        for key, operation in operations.items():
            self._change(key, operation)
        if acl is not None:
            self._acl_change = acl

    @property
    def dirty_keys(self) -> list[str]:
        """The fields with pending changes."""
        keys = list(self.operations())
        return [*keys, "ACL"] if self._acl_change is not None else keys

    def is_dirty(self, key: str | None = None) -> bool:
        """Whether anything, or this field, has a pending change."""
        return bool(self.dirty_keys) if key is None else key in self.dirty_keys

    def keys(self) -> Iterator[str]:
        """The names of the fields that have a value now."""
        roots = dict.fromkeys([*self._stored, *(key.split(".", 1)[0] for key in self._operations)])
        return (root for root in roots if self._value(root) is not None)

    def __iter__(self) -> Iterator[str]:
        return self.keys()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._value(key) is not None

    def fields(self) -> dict[str, Any]:
        """All fields with their present values."""
        return {key: self._value(key) for key in self.keys()}

    def pointer(self) -> Pointer:
        """A pointer to it. Raises ScriptFailed (141) while it has no id."""
        if self.id is None:
            raise ScriptFailed("Cannot create a pointer to an unsaved ParseObject")
        return Pointer(self.class_name, self.id)

    def to_json(self) -> dict[str, Any]:
        """Its present state as an answer carries it."""
        json: dict[str, Any] = {key: encode_answer(value) for key, value in self.fields().items()}
        if self.id is not None:
            json["objectId"] = self.id
        if self.created_at is not None:
            json["createdAt"] = format_date(self.created_at)
        if self.updated_at is not None:
            json["updatedAt"] = format_date(self.updated_at)
        if self.acl is not None:
            json["ACL"] = self.acl.to_json()
        return json

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ParseObject):
            return NotImplemented
        if self.id is None or other.id is None:
            return self is other
        return (self.class_name, self.id) == (other.class_name, other.id)

    def __hash__(self) -> int:
        return hash((self.class_name, self.id)) if self.id is not None else id(self)

    def __repr__(self) -> str:
        return f"<{self.class_name} {self.id or 'unsaved'}>"


def changed_value(value: Any, root: str, operations: Mapping[str, Operation]) -> Any:
    """The value of the field ``root`` after operations on the field itself and on places inside it."""
    for key, operation in operations.items():
        if key == root:
            value = op.apply(operation, value)
        elif key.startswith(root + "."):
            value = op.set_path(value, key.split(".")[1:], operation)
    return value


def _moment(json: Any) -> datetime | None:
    if isinstance(json, dict):
        json = json.get("iso")
    return parse_date(json) if isinstance(json, str) else None


def _targets(objects: Iterable[ParseObject | Pointer]) -> tuple[str | None, frozenset[str]]:
    pointers = [item.pointer() if isinstance(item, ParseObject) else item for item in objects]
    class_names = {pointer.class_name for pointer in pointers}
    if len(class_names) > 1:
        raise IncorrectType(f"a relation holds objects of one class, not of {sorted(class_names)}")
    return next(iter(class_names), None), frozenset(pointer.object_id for pointer in pointers)


def to_value(given: Any) -> Value:
    """What Python code sets on a field → a value: objects become pointers, tuples lists, naive dates UTC.

    Raises IncorrectType (111) for what no field can hold.
    """
    if given is None or isinstance(given, (str, bool, bytes, Pointer, Relation, File, GeoPoint, Polygon)):
        return given
    if isinstance(given, (int, float)):
        return number(given)
    if isinstance(given, ParseObject):
        return given.pointer()
    if isinstance(given, datetime):
        moment = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    if isinstance(given, Mapping):
        return {str(key): to_value(item) for key, item in given.items()}
    if isinstance(given, (list, tuple)):
        return [to_value(item) for item in given]
    if isinstance(given, ACL):
        return {name: dict(rights) for name, rights in given.to_json().items()}
    raise IncorrectType(f"a field can't hold a {type(given).__name__}")


def decode_answer(json: Any, included: Callable[[str, Mapping[str, Any]], ParseObject] = ParseObject.from_json) -> Any:
    """A value out of an answer → the value; ``included`` makes the objects that stand whole inside it."""
    if type(json) is dict:
        kind = json.get("__type")
        if kind == "Object" and isinstance(json.get("className"), str):
            return included(json["className"], json)
        if kind is not None:
            return decode_typed(kind, json)
        return {key: decode_answer(item, included) for key, item in json.items()}
    if type(json) is list:
        return [decode_answer(item, included) for item in json]
    return number(json) if type(json) is float else json


def encode_answer(value: Any) -> Any:
    """Whatever a Cloud function returns → JSON.

    A saved object is written whole, as ``__type: Object``; one with nothing but an id as a pointer.
    Raises ScriptFailed (141) for an unsaved object (PB076) and for what JSON has no form for.
    """
    if value is None or isinstance(value, _ENCODABLE):  # what most answers are made of
        return encode(value)
    if isinstance(value, ParseObject):
        pointer = value.pointer()
        if value.created_at is None and not any(True for _ in value.keys()):  # noqa: SIM118 (an iterator, not a dict)
            return encode(pointer)
        return wire_object(value.class_name, value.to_json())
    if isinstance(value, ACL):
        return value.to_json()
    if isinstance(value, (dict, Mapping)):  # a dict needs no question to the abstract class
        return {str(key): encode_answer(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode_answer(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {}
    raise ScriptFailed(f"a value of type {type(value).__name__} can't be sent to a client")


_ENCODABLE = (str, bool, int, float, bytes, datetime, Pointer, Relation, File, GeoPoint, Polygon)
