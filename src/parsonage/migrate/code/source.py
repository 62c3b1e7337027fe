"""A file of JavaScript or TypeScript, read and parsed once.

The one module that knows the parser; everything else sees ``Node``. Offsets of nodes count bytes of
the text in UTF-8, whatever the file itself is written in; places told to people count characters.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

__all__ = ["LARGEST", "SUFFIXES", "Node", "Place", "Source", "Text", "Unreadable", "parse", "read"]

SUFFIXES = frozenset({".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"})
"""The endings of names that this module reads."""

LARGEST = 4_000_000
"""Bytes. What people write by hand is smaller; what is larger is a bundle."""

_UTF8_MARK = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A file can't be read as source text; the message is the reason, in one clause."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a node stands: lines and columns from 1, in characters; the end is the first place after it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Text:
    """The text of one file, of whatever kind, with the places in it."""

    __slots__ = ("encoding", "name", "path", "shown", "text")

    def __init__(self, path: Path, name: str, text: bytes, encoding: str = "utf-8") -> None:
        self.path = path
        self.name = name  # as reports show it
        self.text = text
        self.encoding = encoding
        self.shown: bytes | None = None  # without its secrets; kept by ``excerpt``

    def span(self, start: int, end: int) -> Place:
        """Where the bytes from ``start`` to ``end`` stand."""
        return Place(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        begin = self.text.rfind(b"\n", 0, offset) + 1
        return self.text.count(b"\n", 0, offset) + 1, len(self.text[begin:offset].decode("utf-8", "replace")) + 1

    def line(self, number: int) -> str:
        """One line of the text, counted from 1, without its end; nothing where there is no such line."""
        lines = self.text.split(b"\n")
        return lines[number - 1].decode("utf-8", "replace").rstrip("\r") if 0 < number <= len(lines) else ""

    def encoded(self, text: bytes) -> bytes:
        """Another text of this file, as it is to be written: in the encoding and with the mark that the file has."""
        return text.decode("utf-8").encode(self.encoding)


class Source(Text):
    """The text of one file of code and its syntax tree."""

    __slots__ = ("language", "root", "tree_language")

    def __init__(self, path: Path, name: str, text: bytes, encoding: str) -> None:
        super().__init__(path, name, text, encoding)
        self.language = "typescript" if path.suffix in {".ts", ".cts", ".mts", ".tsx"} else "javascript"
        self.tree_language = _language(path.suffix)
        self.root = Parser(self.tree_language).parse(text).root_node

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return self.span(node.start_byte, node.end_byte)

    def captures(self, query: str) -> dict[str, list[Node]]:
        """What a tree-sitter query captures in the whole tree, by the captures' names, in the order of the text."""
        return QueryCursor(_compiled(self.tree_language, query)).captures(self.root)

    def first_error(self) -> Node | None:
        """The first piece of text that is no JavaScript, or None if the whole file could be parsed."""
        node = self.root
        if not node.has_error:
            return None
        while True:
            broken = next((child for child in node.children if child.has_error or child.is_missing), None)
            if broken is None or node.is_error:
                return node
            node = broken


def read(path: Path, name: str) -> Source:
    """Read and parse one file. Text that isn't UTF-8 is taken as Latin-1. Raises Unreadable."""
    try:
        if not path.is_file():
            raise Unreadable("it is no plain file")
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"it is larger than {LARGEST // 1_000_000} MB: a bundle, not a source file")
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable((error.strerror or str(error)).lower()) from None
    return parse(raw, path, name)


def parse(raw: bytes, path: Path, name: str) -> Source:
    """Parse the bytes of a file. Raises Unreadable for bytes that are no text, or no program."""
    if b"\0" in raw:
        raise Unreadable("it is a binary file")
    if raw.lstrip(_UTF8_MARK + b" \t\r\n").startswith((b"<!", b"<html", b"<?xml", b"<head")):
        raise Unreadable("it is a web page, not a script")
    encoding = "utf-8-sig" if raw.startswith(_UTF8_MARK) else "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        text = raw.decode(encoding)
    return Source(path, name, text.encode("utf-8"), encoding)


@cache
def _language(suffix: str) -> Language:
    if suffix == ".tsx":
        return Language(tree_sitter_typescript.language_tsx())
    if suffix in {".ts", ".cts", ".mts"}:
        return Language(tree_sitter_typescript.language_typescript())
    return Language(tree_sitter_javascript.language())


@cache
def _compiled(language: Language, query: str) -> Query:
    return Query(language, query)
