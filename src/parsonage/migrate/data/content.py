"""The content of an object as a digest: equal on two engines when every client would read the same.

Engines keep values in their own ways: ``jsonb`` in another order of keys, numbers with or without a point,
some tables without dates. A digest is taken of one canonical form; the digests of a class are added up in
drawers, so that neither order nor the size of the class matters, and a difference is found in one drawer.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import Any

import orjson

from parsonage.schema.builtin import BARE_CLASSES
from parsonage.storage.bulk import WireObject

DRAWERS = 1024
"""Into so many a class is laid; to name a difference, the ids of one drawer are held in memory."""

_DIGEST_BYTES = 16
_WITHOUT_NUMBERS = ("Date", "Pointer", "File")
_NEVER = "1970-01-01T00:00:00.000Z"


class Sums:
    """The digests of many things, added up by drawer. Two of them are equal if what they saw is."""

    def __init__(self) -> None:
        self.count = 0
        self._drawers = [0] * DRAWERS

    def add(self, key: str, digest: bytes) -> None:
        """Lay a digest into the drawer of its key."""
        self.count += 1
        self._drawers[drawer_of(key)] += int.from_bytes(digest, "big")

    def differing_drawers(self, other: Sums) -> list[int]:
        """The drawers whose content differs."""
        pairs = zip(self._drawers, other._drawers, strict=True)
        return [place for place, (ours, theirs) in enumerate(pairs) if ours != theirs]


def drawer_of(key: str) -> int:
    """The drawer of a key."""
    return binascii.crc32(key.encode("utf-8", "surrogatepass")) % DRAWERS


def id_of(class_name: str, made: WireObject) -> str:
    """What an object is told by on every engine; hooks have no ids where Parse Server made their table."""
    if class_name != "_Hooks":
        object_id: str = made["objectId"]
        return object_id
    return str(made.get("functionName") or f"{made.get('triggerName')}.{made.get('className')}")


def digest(form: Any) -> bytes:
    """The digest of something in canonical form, whatever the order of its keys."""
    return blake2b(orjson.dumps(form, option=orjson.OPT_SORT_KEYS), digest_size=_DIGEST_BYTES).digest()


def canonical(class_name: str, made: WireObject) -> dict[str, Any]:
    """An object in the one form that equal objects share."""
    form = {name: _plain(value) for name, value in made.items() if not _is_marker(value)}
    form["objectId"] = id_of(class_name, made)
    if class_name in BARE_CLASSES:
        for name in ("createdAt", "updatedAt", "ACL"):
            form.pop(name, None)
    else:
        # Parse Server leaves some without; an engine that must have them fills them in so.
        form.setdefault("updatedAt", form.setdefault("createdAt", _NEVER))
    return form


def _is_marker(value: Any) -> bool:
    return type(value) is dict and value.get("__type") == "Relation"


def _plain(value: Any) -> Any:
    """A number as a double, which is all that a client in JavaScript can tell apart; bytes in the usual base64."""
    kind = type(value)
    if kind is str:
        return value
    if kind is int:
        return float(value)
    if kind is dict:
        typed = value.get("__type")
        if typed in _WITHOUT_NUMBERS:
            return value
        if typed == "Bytes" and isinstance(value.get("base64"), str):
            return {"__type": "Bytes", "base64": _usual_base64(value["base64"])}
        return {key: _plain(item) for key, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    return value


def _usual_base64(text: str) -> str:
    try:
        return base64.b64encode(base64.b64decode(text + "==")).decode()
    except ValueError:
        return text
