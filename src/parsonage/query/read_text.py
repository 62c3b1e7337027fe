"""``$text`` of a where-clause → a condition.

Rules: reference/query.md, section 2.2.
"""

from __future__ import annotations

from typing import Any

from parsonage.protocol.errors import InvalidJSON
from parsonage.query.model import FullText
from parsonage.query.text import LANGUAGES, read_term

_KEYS = frozenset({"$term", "$language", "$caseSensitive", "$diacriticSensitive"})


def read_text(key: str, json: Any) -> FullText:
    """``$text`` with its ``$search``. Raises InvalidJSON (107)."""
    search = json.get("$search") if isinstance(json, dict) else None
    if isinstance(search, list):
        search = {}  # an object for JavaScript, and one without a term
    if not isinstance(search, dict):
        raise InvalidJSON("bad $text: $search, should be object")
    for name in search:
        if name not in _KEYS:
            raise InvalidJSON(f"bad $text: unknown option {name}")
    term = search.get("$term")
    if not isinstance(term, str) or not term:
        raise InvalidJSON("bad $text: $term, should be string")
    if "\0" in term:
        raise InvalidJSON("text must not contain NUL characters")
    read_term(term)
    return FullText(
        key,
        term,
        language=_language(search.get("$language")),
        case_sensitive=_flag(search, "$caseSensitive") or False,
        diacritic_sensitive=_flag(search, "$diacriticSensitive") is not False,
    )


def _language(json: Any) -> str:
    if json is None or json == "":
        return "english"
    if not isinstance(json, str):
        raise InvalidJSON("bad $text: $language, should be string")
    language = LANGUAGES.get(json.lower())
    if language is None:
        raise InvalidJSON(f"bad $text: $language, {json} is not known")
    return language


def _flag(search: dict[str, Any], name: str) -> bool | None:
    value = search.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidJSON(f"bad $text: {name}, should be boolean")
    return value
