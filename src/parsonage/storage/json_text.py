"""JSON text of a value in REST form, as every engine keeps what stands inside an Object or Array."""

from __future__ import annotations

from typing import Any

import orjson

from parsonage.protocol.encoding import decode_typed, encode, number
from parsonage.protocol.errors import InvalidJSON
from parsonage.protocol.values import Value


def to_json_text(value: Value) -> str:
    """A value as JSON text in REST form: what stands in the column of an Object or Array.

    Raises InvalidJSON (107) for what JSON can't carry, such as half of a surrogate pair.
    """
    try:
        return orjson.dumps(encode(value)).decode()
    except orjson.JSONEncodeError:
        raise InvalidJSON("the value can't be written as JSON") from None


def from_json_text(text: str) -> Value:
    """What ``to_json_text`` wrote, as a value again."""
    return from_json(orjson.loads(text))


def from_json(json: Any) -> Value:
    """Stored JSON in REST form, as a value."""
    # Not protocol.decode: what is stored was checked when it came, and must be readable whatever it is.
    if type(json) is dict:
        kind = json.get("__type")
        if kind is not None:
            return decode_typed(kind, json)
        return {key: from_json(item) for key, item in json.items()}
    if type(json) is list:
        return [from_json(item) for item in json]
    return number(json) if type(json) is float else json
