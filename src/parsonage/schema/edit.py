"""What a body of the schema routes asks for → changes of a class; every mistake has its own code and text.

Rules: reference/schema-clp-acl.md, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.protocol.encoding import decode
from parsonage.protocol.errors import (
    ImmutablePart,
    IncorrectType,
    InvalidClassName,
    InvalidJSON,
    InvalidKeyName,
    InvalidQuery,
    InvalidSchemaOperation,
    MissingPart,
)
from parsonage.protocol.names import DEFAULT_FIELDS, is_class_name, is_field_name
from parsonage.schema import class_permissions
from parsonage.schema.builtin import SYSTEM_FIELDS
from parsonage.schema.changes import (
    AddFields,
    CreateClass,
    RemoveFields,
    SchemaChange,
    SetFieldOptions,
    SetIndexes,
    SetPermissions,
)
from parsonage.schema.check import field_of
from parsonage.schema.class_permissions import ClassPermissions
from parsonage.schema.model import ClassSchema, Field, FieldType, is_open_ring

_TYPE_NAMES = {field_type.value: field_type for field_type in FieldType if field_type is not FieldType.ACL}
_DELETE = "Delete"
_ID_INDEX = {"_id_": {"_id": 1}}


def class_name_of(path_name: str | None, body: Mapping[str, Any]) -> str:
    """The class that a request means, from its path or its body. Raises code 135, 103."""
    body_name = body.get("className")
    if path_name is not None and body_name and body_name != path_name:
        raise InvalidClassName(f"Class name mismatch between {body_name} and {path_name}.")
    name = path_name or body_name
    if not name:
        raise MissingPart("POST /schemas needs a class name.")
    if not isinstance(name, str):
        raise InvalidJSON("invalid JSON")
    return name


def check_class_name(name: str) -> None:
    """Refuse what no class can be called. Raises InvalidClassName (103)."""
    if not is_class_name(name):
        raise InvalidClassName(
            f"Invalid classname: {name}, classnames can only have alphanumeric characters and _,"
            " and must start with an alpha character "
        )


def creation(born: ClassSchema, body: Mapping[str, Any], *, custom_ids: bool) -> list[SchemaChange]:
    """The changes that make a class; ``born`` has the fields that every class of that name has."""
    given = _object(body, "fields")
    added: dict[str, Field] = {}
    for name, json in given.items():
        if name in DEFAULT_FIELDS:
            raise ImmutablePart(f"field {name} cannot be added")
        if name in born.fields and not _is_delete(json):
            field = _field(born.name, name, json)
            if not field.same_type(born.fields[name]):
                raise ImmutablePart(f"field {name} cannot be added")
            continue
        added[name] = _new_field(born.name, name, json)
    _one_geo_point({**born.fields, **added})
    schema = born.with_fields(added)
    permissions = _permissions(body, schema, custom_ids)
    if permissions is not None:
        schema = msgspec.structs.replace(schema, permissions=permissions)
    indexes, _ = _indexes(schema, _object(body, "indexes"))
    changes: list[SchemaChange] = [CreateClass(schema, only_if_new=True)]
    if indexes:
        changes.append(SetIndexes(schema.name, indexes))
    return changes


def alteration(schema: ClassSchema, body: Mapping[str, Any], *, custom_ids: bool) -> list[SchemaChange]:
    """The changes that turn a class into what a body asks for."""
    added: dict[str, Field] = {}
    options: dict[str, Field] = {}
    removed: list[str] = []
    for name, json in _object(body, "fields").items():
        known = schema.fields.get(name)
        if _is_delete(json):
            if name in DEFAULT_FIELDS or name in SYSTEM_FIELDS.get(schema.name, ()):
                raise ImmutablePart(f"field {name} cannot be changed")
            if known is None:
                raise InvalidSchemaOperation(f"Field {name} does not exist, cannot delete.")
            removed.append(name)
        elif known is None:
            added[name] = _new_field(schema.name, name, json)
        else:
            if isinstance(json, dict) and json.get("type") != known.type.value:
                raise InvalidSchemaOperation(f"Field {name} exists, cannot update.")
            field = _field(schema.name, name, json)
            if not field.same_type(known):
                raise IncorrectType(f"schema mismatch for {schema.name}.{name}; expected {known} but got {field}")
            options[name] = field
    left = {name: field for name, field in schema.fields.items() if name not in removed}
    _one_geo_point({**left, **added})
    after = msgspec.structs.replace(schema, fields={**left, **added})
    changes: list[SchemaChange] = []
    if removed:
        changes.append(RemoveFields(schema.name, tuple(removed)))
    if added:
        changes.append(AddFields(schema.name, added))
    changed = {name: field for name, field in options.items() if field != schema.fields[name]}
    if changed:
        changes.append(SetFieldOptions(schema.name, changed))
    permissions = _permissions(body, after, custom_ids)
    if permissions is not None:
        changes.append(SetPermissions(schema.name, permissions))
    if "indexes" in body:
        indexes, dropped = _indexes(after, _object(body, "indexes"))
        first = {} if _ID_INDEX.keys() <= schema.indexes.keys() else _ID_INDEX
        changes.append(SetIndexes(schema.name, {**first, **indexes}, dropped))
    return changes


def _object(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidJSON("invalid JSON")
    return value


def _is_delete(json: Any) -> bool:
    return isinstance(json, dict) and json.get("__op") == _DELETE


def _new_field(class_name: str, name: str, json: Any) -> Field:
    if not is_field_name(name):
        raise InvalidKeyName(f"invalid field name: {name}")
    if name == "constructor":
        # No object could ever fill it: the name is a denied keyword (GHSA-9ccr-fpp6-78qf).
        raise ImmutablePart(f"field {name} cannot be added")
    return _field(class_name, name, json)


def _field(class_name: str, name: str, json: Any) -> Field:
    if not isinstance(json, dict):
        raise InvalidJSON("invalid JSON")
    kind, target = json.get("type"), json.get("targetClass")
    if not isinstance(kind, str):
        raise InvalidJSON("invalid JSON")
    field_type = _TYPE_NAMES.get(kind)
    if field_type is None:
        raise IncorrectType(f"invalid field type: {kind}")
    points = field_type in (FieldType.POINTER, FieldType.RELATION)
    if points:
        if not target:
            raise MissingPart(f"type {kind} needs a class name")
        if not isinstance(target, str):
            raise InvalidJSON("invalid JSON")
        check_class_name(target)
    field = Field(
        field_type,
        target if points else None,
        required=json.get("required") is True,
        options_given="required" in json,
    )
    if field_type is FieldType.RELATION and field.required:
        raise IncorrectType(f"The 'required' option is not applicable for {field}")
    if json.get("defaultValue") is None:
        return field
    default = decode(json["defaultValue"])
    got = field_of(default)
    if got is None or not got.same_type(field):
        raise IncorrectType(f"schema mismatch for {class_name}.{name} default value; expected {field} but got {got}")
    if field_type is FieldType.RELATION:
        raise IncorrectType(f"The 'default value' option is not applicable for {field}")
    return msgspec.structs.replace(field, default=default, ring_is_open=is_open_ring(json["defaultValue"]))


def _one_geo_point(fields: Mapping[str, Field]) -> None:
    geo_points = [name for name, field in fields.items() if field.type is FieldType.GEO_POINT]
    if len(geo_points) > 1:
        raise IncorrectType(
            "currently, only one GeoPoint field may exist in an object."
            f" Adding {geo_points[1]} when {geo_points[0]} already exists."
        )


def _permissions(body: Mapping[str, Any], schema: ClassSchema, custom_ids: bool) -> ClassPermissions | None:
    if "classLevelPermissions" not in body:
        return None
    given = body["classLevelPermissions"]
    return class_permissions.OPEN if given is None else read_permissions(schema, given, custom_ids=custom_ids)


def read_permissions(schema: ClassSchema, given: Any, *, custom_ids: bool) -> ClassPermissions:
    """Class-level permissions as sent, laid against the fields of their class. Raises InvalidJSON (107)."""

    def holds_users(name: str) -> bool:
        field = schema.fields.get(name)
        if field is None:
            return False
        return field.type is FieldType.ARRAY or (field.type is FieldType.POINTER and field.target_class == "_User")

    return class_permissions.read(
        given,
        has_field=schema.fields.__contains__,
        holds_users=holds_users,
        custom_ids=custom_ids,
    )


def _indexes(schema: ClassSchema, given: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    added: dict[str, dict[str, Any]] = {}
    removed: list[str] = []
    for name, json in given.items():
        if _is_delete(json):
            if name not in schema.indexes:
                raise InvalidQuery(f"Index {name} does not exist, cannot delete.")
            removed.append(name)
            continue
        if name in schema.indexes or name in _ID_INDEX:
            raise InvalidQuery(f"Index {name} exists, cannot update.")
        if not isinstance(json, dict) or not json:
            raise InvalidJSON("invalid JSON")
        for field, kind in json.items():
            if field not in schema.fields:
                raise InvalidQuery(f"Field {field} does not exist, cannot add index.")
            if kind not in (1, -1, "text", "2dsphere", "2d", "hashed"):
                raise InvalidQuery(f"Index {name} has an unknown kind for {field}.")
        added[name] = json
    return added, tuple(removed)
