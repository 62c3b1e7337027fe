"""JSON with ``__type`` ↔ values. Nothing else in the house knows ``__type``.

``decode`` reads what a client sent, ``encode`` writes what it reads. The ``wire_…`` functions make the
typed forms directly, for engines that turn rows into answers without making values first.

Rules: reference/rest-core.md, section 10; the defects PB010, PB011, PB013 of the peer are answered as
reference/peer-bugs.md says.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from parsonage.protocol.errors import IncorrectType, InvalidJSON, InvalidNestedKey
from parsonage.protocol.javascript import is_truthy, javascript_text
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

MAX_DEPTH = 128
"""How deep lists and maps may be nested in one value; deeper ones are refused with 107 (GHSA-9xp9-j92r-p88v)."""

LARGEST_EXACT_INTEGER = 2**53
"""Numbers are IEEE doubles on the wire: a larger integer is rounded as a double is."""

_SMALLEST_HUGE = 2.0**63
"""From here on an integral number stays a ``float``: JSON writers and databases hold integers of 64 bits."""


def decode(json: Any, *, nested: bool = False, depth: int = 0) -> Value:
    """A value as it stands in a body → the value.

    ``nested`` says that it stands inside an Object or Array field, where a map's keys must not contain
    ``$`` or ``.``.

    Raises IncorrectType (111) for a half-formed typed value, InvalidNestedKey (121), InvalidJSON (107)
    for NUL characters and for what is nested deeper than ``MAX_DEPTH``.
    """
    kind = type(json)
    if kind is str:
        if "\0" in json:
            raise InvalidJSON("text must not contain NUL characters")
        return json  # type: ignore[no-any-return]
    if json is None or kind is bool or (kind is int and -LARGEST_EXACT_INTEGER <= json <= LARGEST_EXACT_INTEGER):
        return json  # type: ignore[no-any-return]
    if kind is int or kind is float:
        return number(json)
    if depth >= MAX_DEPTH:
        raise InvalidJSON(f"values may be nested {MAX_DEPTH} levels deep at most")
    if kind is list:
        return [decode(item, nested=True, depth=depth + 1) for item in json]
    type_name = json.get("__type")
    if type_name is not None:
        return decode_typed(type_name, json)
    return decode_map(json, depth=depth + 1)


def decode_map(json: Mapping[str, Any], *, depth: int = 1) -> dict[str, Value]:
    """A plain map → the same with its values decoded. Raises like ``decode``."""
    decoded: dict[str, Value] = {}
    for key, item in json.items():
        if "$" in key or "." in key:
            raise InvalidNestedKey
        if "\0" in key:
            raise InvalidJSON("keys must not contain NUL characters")
        decoded[key] = decode(item, nested=True, depth=depth)
    return decoded


def number(json: float) -> int | float:
    """A number as a double holds it: integral ones as ``int`` while they are exact."""
    if isinstance(json, int):
        if -LARGEST_EXACT_INTEGER <= json <= LARGEST_EXACT_INTEGER:
            return json
        try:
            json = float(json)
        except OverflowError:
            raise InvalidJSON("number out of range") from None
    return int(json) if json.is_integer() and abs(json) < _SMALLEST_HUGE else json


def decode_typed(kind: Any, json: Mapping[str, Any]) -> Value:
    """A map with ``__type`` → the value it stands for. Raises IncorrectType (111) or InvalidJSON (107)."""
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise IncorrectType(f"This is not a valid {javascript_text(kind) if is_truthy(kind) else 'Unknown'}")
    return read(json)


def _read_date(json: Mapping[str, Any]) -> datetime:
    iso = json.get("iso")
    moment = parse_date(iso) if isinstance(iso, str) else None
    if moment is None:
        raise IncorrectType("This is not a valid Date")
    return moment


def _read_pointer(json: Mapping[str, Any]) -> Pointer:
    class_name, object_id = json.get("className"), json.get("objectId")
    if not (isinstance(class_name, str) and class_name and isinstance(object_id, str) and object_id):
        raise IncorrectType("This is not a valid Pointer")
    if "\0" in object_id or "\0" in class_name:
        raise InvalidJSON("text must not contain NUL characters")
    return Pointer(class_name, object_id)


def _read_relation(json: Mapping[str, Any]) -> Relation:
    class_name = json.get("className")
    if not (isinstance(class_name, str) and class_name):
        raise IncorrectType("This is not a valid Relation")
    return Relation(class_name)


def _read_file(json: Mapping[str, Any]) -> File:
    name, url = json.get("name"), json.get("url")
    if not (isinstance(name, str) and name):
        raise IncorrectType("This is not a valid File")
    return File(name, url if isinstance(url, str) else None)


def _read_geo_point(json: Mapping[str, Any]) -> GeoPoint:
    latitude: Any = json.get("latitude")
    longitude: Any = json.get("longitude")
    if not (_is_number(latitude) and _is_number(longitude)):
        raise IncorrectType("This is not a valid GeoPoint")
    return GeoPoint(float(latitude), float(longitude))


def _read_polygon(json: Mapping[str, Any]) -> Polygon:
    coordinates = json.get("coordinates")
    if coordinates is None:
        raise IncorrectType("This is not a valid Polygon")
    if not isinstance(coordinates, list):
        raise InvalidJSON("Polygon must have at least 3 values")
    points: list[tuple[float, float]] = []
    for pair in coordinates:
        if not (isinstance(pair, list) and len(pair) == 2 and all(_is_number(part) for part in pair)):
            raise InvalidJSON("Polygon must have at least 3 values")
        points.append((float(pair[0]), float(pair[1])))
    if len(points) < 3:
        raise InvalidJSON("Polygon must have at least 3 values")
    if points[0] != points[-1]:
        points.append(points[0])
    return Polygon(tuple(points))


def _read_bytes(json: Mapping[str, Any]) -> bytes:
    text = json.get("base64")
    if not (isinstance(text, str) and text):
        raise IncorrectType("This is not a valid Bytes")
    try:
        return base64.b64decode(text, validate=False)
    except ValueError:  # also what is no base64 at all
        raise IncorrectType("This is not a valid Bytes") from None


def _is_number(json: Any) -> bool:
    return isinstance(json, (int, float)) and not isinstance(json, bool) and math.isfinite(json)


_READERS: dict[str, Callable[[Mapping[str, Any]], Value]] = {
    "Date": _read_date,
    "Pointer": _read_pointer,
    "Relation": _read_relation,
    "File": _read_file,
    "GeoPoint": _read_geo_point,
    "Polygon": _read_polygon,
    "Bytes": _read_bytes,
}


def encode(value: Value) -> Any:
    """A value → the JSON that stands for it. NaN and infinities become null."""
    if type(value) is str or value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return number(value) if math.isfinite(value) else None
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return wire_date(format_date(value))
    if isinstance(value, Pointer):
        return wire_pointer(value.class_name, value.object_id)
    if isinstance(value, GeoPoint):
        return wire_geo_point(value.latitude, value.longitude)
    if isinstance(value, Relation):
        return wire_relation(value.class_name)
    if isinstance(value, File):
        return wire_file(value.name, value.url)
    if isinstance(value, bytes):
        return wire_bytes(value)
    return wire_polygon(value.coordinates)


def wire_date(iso: str) -> dict[str, Any]:
    """A Date field in an answer; ``iso`` is ``2026-01-02T03:04:05.678Z``."""
    return {"__type": "Date", "iso": iso}


def wire_pointer(class_name: str, object_id: str) -> dict[str, Any]:
    """A Pointer field in an answer."""
    return {"__type": "Pointer", "className": class_name, "objectId": object_id}


def wire_object(class_name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """An included object: the whole of it in the place of its pointer."""
    return {**fields, "__type": "Object", "className": class_name}


def wire_relation(class_name: str) -> dict[str, Any]:
    """A Relation field in an answer."""
    return {"__type": "Relation", "className": class_name}


def wire_file(name: str, url: str | None) -> dict[str, Any]:
    """A File field in an answer."""
    return {"__type": "File", "name": name} if url is None else {"__type": "File", "name": name, "url": url}


def wire_geo_point(latitude: float, longitude: float) -> dict[str, Any]:
    """A GeoPoint field in an answer."""
    return {"__type": "GeoPoint", "latitude": number(latitude), "longitude": number(longitude)}


def wire_polygon(coordinates: tuple[tuple[float, float], ...]) -> dict[str, Any]:
    """A Polygon field in an answer: pairs of latitude and longitude."""
    return {"__type": "Polygon", "coordinates": [[number(part) for part in pair] for pair in coordinates]}


def wire_bytes(content: bytes) -> dict[str, Any]:
    """A Bytes field in an answer."""
    return {"__type": "Bytes", "base64": base64.b64encode(content).decode("ascii")}


def pointer_of(json: Any) -> Pointer | None:
    """The pointer that a piece of an answer is, or ``None`` if it is something else."""
    if type(json) is dict and json.get("__type") == "Pointer":
        return Pointer(json["className"], json["objectId"])
    return None
