"""The queries of all rules as one query for a file: of their patterns those that can match in it at all.

A pattern that compares a name (``#eq?``, ``#any-of?``, ``#match?``) can match only where one of its words stands in
the text, and a look for words costs a hundredth of a look for nodes. A name that is compared as a whole stands there by
itself, so that it is looked up among the file's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from parsonage.migrate.code.rule import Rule

_COMPARED = re.compile(r'\(#(?:eq|any-of)\?\s+@\w+((?:\s+"[^"\\]*")+)\s*\)')
_MATCHED = re.compile(r'\(#match\?\s+@\w+\s+"((?:[^"\\]|\\.)*)"\s*\)')
_STRING = re.compile(r'"([^"\\]*)"')
_NAME = re.compile(rb"[\w$]+")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|;[^\n]*|[()\[\]]')
"""Whatever of a query must be seen to tell where its patterns end."""


class _Pattern(msgspec.Struct, frozen=True):
    text: str
    names: frozenset[bytes] = frozenset()
    words: tuple[bytes, ...] = ()
    """One of the names or words must be in a file's text; neither if that can't be told."""

    def may_match(self, text: bytes, names: frozenset[bytes]) -> bool:
        """Whether a text, of which these are the names, has one of them."""
        if not self.names and not self.words:
            return True
        return not self.names.isdisjoint(names) or any(word in text for word in self.words)


class Patterns:
    """The patterns of some rules. A capture of the rule PC101 is called ``PC101``."""

    __slots__ = ("_patterns",)

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._patterns = [_pattern(part, rule) for rule in rules for part in split(rule.query)]

    def within(self, text: bytes) -> str:
        """One query of the patterns that can match in a text; empty if there are none."""
        names = frozenset(_NAME.findall(text))
        return "\n".join(pattern.text for pattern in self._patterns if pattern.may_match(text, names))


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


def _pattern(part: str, rule: Rule) -> _Pattern:
    text = part.replace("@it", f"@{rule.id}")
    compared, matched = _COMPARED.search(part), _MATCHED.search(part)
    if rule.needs:
        return _Pattern(text, words=(rule.needs.encode(),))
    if compared is not None:
        words = [word.encode() for word in _STRING.findall(compared.group(1))]
        names = frozenset(word for word in words if _NAME.fullmatch(word))
        return _Pattern(text, names, tuple(word for word in words if word not in names))
    if matched is not None:
        expression = re.sub(r"\\(.)", r"\1", matched.group(1))  # a query's strings have escapes of their own
        return _Pattern(text, words=tuple(sorted(word.encode() for word in literals(expression))))
    return _Pattern(text)


_SHORTEST = 3
"""Characters. A shorter word stands in most texts anyhow."""
_TOKEN = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]|\(\?:|[?*+|()^$.]|\{\d+,?\d*\}|[^\\]", re.DOTALL)


def literals(expression: str) -> frozenset[str]:
    """Words of which one stands in whatever a regular expression finds; none if that can't be told."""
    return _alternatives(_TOKEN.findall(expression), 0)[0]


def _alternatives(tokens: list[str], at: int) -> tuple[frozenset[str], int]:
    """The words of alternatives up to a closing bracket or the end, and where that is."""
    found: list[frozenset[str]] = []
    while True:
        words, at = _sequence(tokens, at)
        found.append(words)
        if at >= len(tokens) or tokens[at] == ")":
            return (frozenset().union(*found) if all(found) else frozenset()), at
        at += 1  # a bar


def _sequence(tokens: list[str], at: int) -> tuple[frozenset[str], int]:
    """The words of one alternative: of its parts, each of which must be there, the one with the longest."""
    parts: list[frozenset[str]] = []
    run = ""
    while at < len(tokens) and tokens[at] not in {"|", ")"}:
        token, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
        group: frozenset[str] | None = None
        if token in {"(", "(?:"}:
            group, at = _alternatives(tokens, at + 1)
            following = tokens[at + 1] if at + 1 < len(tokens) else ""
        optional = following[:1] in {"?", "*", "{"} and following != ""
        literal = _literal(token) if group is None else None
        if literal is not None and not optional:
            run += literal
        else:
            parts.append(frozenset({run}))
            run = ""
        if group is not None and not optional:
            parts.append(group)
        at += 1
    parts.append(frozenset({run}))
    useful = [words for words in parts if words and min(map(len, words)) >= _SHORTEST]
    return max(useful, key=lambda words: min(map(len, words)), default=frozenset()), at


def _literal(token: str) -> str | None:
    """The character that a token stands for; None if it stands for several, or for a place."""
    if len(token) == 2 and token[0] == "\\":
        return token[1] if not token[1].isalnum() else None
    return token if len(token) == 1 and token not in "?*+|()^$." else None
