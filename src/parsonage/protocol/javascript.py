"""How JavaScript reads a JSON value as a text, as a number, or as yes and no.

Parse Server takes parameters in this way, so that clients may send ``count=1`` or ``limit="5"``, and its
error texts, which old apps compare, carry values written in this way.
"""

from __future__ import annotations

import re
from typing import Any

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")


def javascript_text(json: Any) -> str:
    """A JSON value as ``String(value)`` writes it."""
    if isinstance(json, bool):
        return "true" if json else "false"
    if json is None:
        return "null"
    if isinstance(json, dict):
        return "[object Object]"
    if isinstance(json, list):
        return ",".join("" if item is None else javascript_text(item) for item in json)
    if isinstance(json, float) and json.is_integer() and abs(json) < 1e21:
        return str(int(json))
    return str(json)


def javascript_number(json: Any) -> float | None:
    """A JSON value as ``Number(value)`` reads it; ``None`` for what is not a number."""
    if json is None:
        return 0
    if isinstance(json, int | float):  # true and false among them
        return json
    text = javascript_text(json).strip()
    if not text:
        return 0
    return float(text) if _DECIMAL.match(text) else None


def is_truthy(json: Any) -> bool:
    """Whether JavaScript takes a JSON value for true: a list and a map always are, empty or not."""
    return isinstance(json, list | dict) or bool(json)
