"""Draft: an object on its way in; and what is to be written of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.commands.caller import Caller
from parsonage.commands.objects import NewObject
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ParseError
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.objects import ParseObject
from parsonage.protocol.values import Value
from parsonage.query.model import Condition
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Change, Insert, Notice, Patch, Unit


class Draft(msgspec.Struct, eq=False):
    """One create or update between the door and the database.

    Triggers and system classes change it; nothing else knows what the object will be.
    """

    schema: ClassSchema
    class_exists: bool
    caller: Caller
    creating: bool
    object_id: str
    body: NewObject
    guard: Condition
    operations: dict[str, Operation]
    """The body's at first, without what is the server's own."""
    acl: ACL | None
    original: ParseObject | None = None
    """On an update, the object as it is stored; only loaded where somebody asks for it."""
    private: dict[str, Value] = {}
    """Private columns to be set, such as the password's hash."""
    before: list[Change] = []
    """Changes of other objects that belong to the same unit, carried out first."""
    after: list[Change] = []
    notices: list[Notice] = []
    answer: dict[str, Any] = {}
    """What the answer carries beside the usual, such as a session token."""
    changed_by_trigger: set[str] = set()
    """Fields whose fate a beforeSave decided: they stand in the answer."""
    unset_by_trigger: set[str] = set()
    """Those of them that it took away, whether the class has them or not."""
    filled: tuple[str, ...] = ()
    """Fields that got their default."""

    @property
    def class_name(self) -> str:
        """The class of the object."""
        return self.schema.name

    @property
    def acl_was_given(self) -> bool:
        """Whether the body says anything of an ACL."""
        return self.body.acl is not None or "ACL" in self.body.raw

    def sets(self, field: str) -> bool:
        """Whether the write gives the field a value that is not null."""
        operation = self.operations.get(field)
        return operation is not None and not isinstance(operation, op.Unset) and operation != op.Set(None)

    def value(self, field: str) -> Value:
        """What the write sets the field to; ``None`` where it does not, or not to a value."""
        operation = self.operations.get(field)
        return operation.value if isinstance(operation, op.Set) else None

    def set(self, field: str, value: Value) -> None:
        """Decide the value of a field."""
        self.operations[field] = op.Set(value)

    def drop(self, field: str) -> None:
        """Leave a field as it is."""
        self.operations.pop(field, None)

    def object_for_trigger(self) -> ParseObject:
        """The object as a beforeSave sees it: what is stored, with the client's operations pending."""
        if self.original is None:
            made = ParseObject(self.class_name)
        else:
            made = ParseObject.from_json(self.class_name, self.original.to_json())
        made.change_with(self.operations, self.acl)
        return made

    def take_from_trigger(self, changed: ParseObject) -> None:
        """Make the trigger's pending operations the write's own."""
        after = without_own(changed.operations())
        before = self.operations
        for key in {**before, **after}:
            old, new = before.get(key), after.get(key)
            if old != new:
                self.changed_by_trigger.add(key.split(".", 1)[0])
                if isinstance(new, op.Unset):
                    self.unset_by_trigger.add(key)
                if new is None and old is not None and self.creating:
                    after[key] = op.Unset()
        self.operations = after
        if changed.acl_change is not None and changed.acl_change != self.acl:
            self.acl = changed.acl_change
            self.changed_by_trigger.add("ACL")

    def values(self) -> tuple[dict[str, Value], dict[str, frozenset[str]]]:
        """For a create: the value of every field, and the ids that its relations hold."""
        values: dict[str, Value] = {}
        links: dict[str, frozenset[str]] = {}
        for key, operation in self.operations.items():
            if type(operation) is op.Set and "." not in key:
                if operation.value is not None:
                    values[key] = operation.value
                continue
            root, dot, rest = key.partition(".")
            if isinstance(operation, op.RelationChange):
                links[root] = operation.added
            elif dot:
                path = rest.split(".")
                start: Value = [] if path[0].isdecimal() else None
                values[root] = op.set_path(values.get(root, start), path, operation)
            elif isinstance(operation, op.AddUnique):
                values[root] = list(operation.objects)  # on a create Parse Server keeps repeats
            elif not isinstance(operation, op.Unset):
                values[root] = op.apply(operation, None)
        return values, links

    def drop_unknown(self) -> None:
        """Leave out what touches no field: null or ``Delete`` for one that the class does not have (PB022)."""
        if self.schema.field_names.issuperset(self.operations):
            return
        fields = self.schema.fields
        self.operations = {
            key: operation for key, operation in self.operations.items() if key.split(".", 1)[0] in fields
        }

    def echoed(self) -> tuple[str, ...]:
        """The operations whose outcome stands in the answer."""
        if op.ECHOED.isdisjoint(map(type, self.operations.values())):
            return ()
        return tuple([key for key, operation in self.operations.items() if type(operation) in op.ECHOED])

    def unit(self, created: int, updated: int, returning: tuple[str, ...]) -> tuple[Unit, int]:
        """Everything to be written, atomically; and the place of the object's own change in it.

        The moments are milliseconds since 1970 UTC.
        """
        main: Change
        if self.creating:
            values, links = self.values()
            values.update(self.private)
            main = Insert(self.schema, self.object_id, created, updated, values, acl=self.acl, links=links)
        else:
            private: Mapping[str, Operation] = {name: op.Set(value) for name, value in self.private.items()}
            main = Patch(
                self.schema,
                self.object_id,
                updated,
                {**self.operations, **private},
                acl=self.acl,
                guard=self.guard,
                returning=returning,
            )
        return Unit((*self.before, main, *self.after), tuple(self.notices)), len(self.before)


_OWN = frozenset({"objectId", "createdAt", "updatedAt"})


def without_own(operations: Mapping[str, Operation]) -> dict[str, Operation]:
    """Operations without those on what is the server's: an id never changes (PB021), dates are not given."""
    if _OWN.isdisjoint(operations):
        return dict(operations)
    return {key: operation for key, operation in operations.items() if key not in _OWN}


class Answer(msgspec.Struct, frozen=True):
    """What a system class answers at once, instead of a write of the object: a log-in by sign-in data."""

    body: dict[str, Any]
    status: int = 200
    object_id: str = ""
    unit: Unit | None = None
    """What is to be written before it is true, such as a session."""
    unless: ParseError | None = None
    """The refusal if a change of the unit finds nothing any more."""
