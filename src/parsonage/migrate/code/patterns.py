"""The queries of all rules as one query for a file: of their patterns those that can match in it at all.

A pattern that compares a name (``#eq?``, ``#any-of?``) can match only where one of its words stands in the text, and a
look for words costs a hundredth of a look for nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from parsonage.migrate.code.rule import Rule

_COMPARED = re.compile(r'\(#(?:eq|any-of)\?\s+@\w+((?:\s+"[^"\\]*")+)\s*\)')
_STRING = re.compile(r'"([^"\\]*)"')
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|;[^\n]*|[()\[\]]')
"""Whatever of a query must be seen to tell where its patterns end."""


class _Pattern(msgspec.Struct, frozen=True):
    text: str
    words: tuple[bytes, ...]
    """One of them must stand in a file's text; none if that can't be told."""


class Patterns:
    """The patterns of some rules. A capture of the rule PC101 is called ``PC101``."""

    __slots__ = ("_patterns",)

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._patterns = [
            _Pattern(pattern.replace("@it", f"@{rule.id}"), _words(pattern))
            for rule in rules
            for pattern in split(rule.query)
        ]

    def within(self, text: bytes) -> str:
        """One query of the patterns that can match in a text; empty if there are none."""
        return "\n".join(
            pattern.text
            for pattern in self._patterns
            if not pattern.words or any(word in text for word in pattern.words)
        )


def split(query: str) -> list[str]:
    """The patterns of a query, each with its captures and predicates."""
    found: list[str] = []
    depth, start = 0, 0
    for piece in _PIECE.finditer(query):
        if piece.group() in "([":
            if depth == 0 and query[start : piece.start()].strip():
                found.append(query[start : piece.start()].strip())
                start = piece.start()
            depth += 1
        elif piece.group() in ")]":
            depth -= 1
    return [*found, query[start:].strip()] if query[start:].strip() else found


def _words(pattern: str) -> tuple[bytes, ...]:
    """The words of the first comparison of a pattern."""
    compared = _COMPARED.search(pattern)
    return tuple(word.encode() for word in _STRING.findall(compared.group(1))) if compared is not None else ()
