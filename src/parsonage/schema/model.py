"""ClassSchema, Field and FieldType: one class as the house knows it.

Rules: reference/schema-clp-acl.md, sections 1 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from parsonage.protocol.encoding import encode
from parsonage.protocol.values import Value
from parsonage.schema.class_permissions import OPEN, ClassPermissions


class FieldType(StrEnum):
    """What a field can hold. The value is the type's name on the wire."""

    STRING = "String"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DATE = "Date"
    OBJECT = "Object"
    ARRAY = "Array"
    GEO_POINT = "GeoPoint"
    FILE = "File"
    BYTES = "Bytes"
    POLYGON = "Polygon"
    POINTER = "Pointer"
    RELATION = "Relation"
    ACL = "ACL"


class Field(msgspec.Struct, frozen=True):
    """One field: its type, for Pointer and Relation the class it leads to, and its options."""

    type: FieldType
    target_class: str | None = None
    required: bool = False
    default: Value = None
    options_given: bool = False
    """Whether ``required`` was named when the field was declared: it is shown then, even as false."""
    ring_is_open: bool = False
    """Whether the default is a Polygon that was given without its last point: it is shown so, and written closed."""

    def same_type(self, other: Field) -> bool:
        """Whether both hold the same kind of value; options may differ."""
        return self.type is other.type and self.target_class == other.target_class

    def __str__(self) -> str:
        if self.type in (FieldType.POINTER, FieldType.RELATION):
            return f"{self.type.value}<{self.target_class}>"
        return self.type.value

    def to_json(self) -> dict[str, Any]:
        """As schema answers carry it."""
        json: dict[str, Any] = {"type": self.type.value}
        if self.target_class is not None:
            json["targetClass"] = self.target_class
        if self.required or self.options_given:
            json["required"] = self.required
        if self.default is not None:
            json["defaultValue"] = encode(self.default)
            if self.ring_is_open:
                json["defaultValue"]["coordinates"].pop()
        return json


def is_open_ring(default: Any) -> bool:
    """Whether a default, as JSON, is a Polygon whose last point is not its first."""
    if not isinstance(default, Mapping) or default.get("__type") != "Polygon":
        return False
    coordinates = default.get("coordinates")
    return isinstance(coordinates, list) and coordinates[:1] != coordinates[-1:]


STRING = Field(FieldType.STRING)
NUMBER = Field(FieldType.NUMBER)
BOOLEAN = Field(FieldType.BOOLEAN)
DATE = Field(FieldType.DATE)
OBJECT = Field(FieldType.OBJECT)
ARRAY = Field(FieldType.ARRAY)
FILE = Field(FieldType.FILE)
ACCESS_LIST = Field(FieldType.ACL)


def pointer_to(class_name: str) -> Field:
    """A Pointer field."""
    return Field(FieldType.POINTER, class_name)


def relation_to(class_name: str) -> Field:
    """A Relation field."""
    return Field(FieldType.RELATION, class_name)


class ClassSchema(msgspec.Struct, frozen=True, dict=True):
    """One class. Its fields hold ``objectId``, ``createdAt``, ``updatedAt`` and ``ACL`` as well."""

    name: str
    fields: dict[str, Field]
    permissions: ClassPermissions = OPEN
    indexes: dict[str, dict[str, Any]] = {}

    def to_json(self) -> dict[str, Any]:
        """As schema answers carry it."""
        json: dict[str, Any] = {
            "className": self.name,
            "fields": {name: field.to_json() for name, field in self.fields.items()},
            "classLevelPermissions": self.permissions.json,
        }
        if self.indexes:
            json["indexes"] = self.indexes
        return json

    def with_fields(self, added: Mapping[str, Field]) -> ClassSchema:
        """The same class with fields added or replaced."""
        return msgspec.structs.replace(self, fields={**self.fields, **added})

    @cached_property
    def field_names(self) -> frozenset[str]:
        """The names of its fields: whether a write names others is asked of every write, and a set answers at once."""
        return frozenset(self.fields)

    @cached_property
    def has_files(self) -> bool:
        """Whether an answer may hold a File, whose URL depends on who asks."""
        return any(field.type is FieldType.FILE for field in self.fields.values())

    @cached_property
    def has_defaults_or_required(self) -> bool:
        """Whether a write has to look for missing fields at all."""
        return any(field.required or field.default is not None for field in self.fields.values())


class SchemaSet(Mapping[str, ClassSchema]):
    """All classes at one moment. A new one is made for every change: what holds one may trust it."""

    def __init__(self, classes: Mapping[str, ClassSchema], version: int = 0) -> None:
        self._classes = dict(classes)
        self.version = version

    def __getitem__(self, name: str) -> ClassSchema:
        return self._classes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def get_class(self, name: str) -> ClassSchema | None:
        """The class, or ``None`` if it does not exist."""
        return self._classes.get(name)
