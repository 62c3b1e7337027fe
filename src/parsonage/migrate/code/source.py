"""A file of JavaScript or TypeScript, read and parsed once.

The one module that knows the parser; everything else sees ``Node``. Offsets of nodes count bytes of
the text in UTF-8, whatever the file itself is written in; places told to people count characters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from string import ascii_letters, digits

import msgspec
import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

__all__ = ["LARGEST", "SUFFIXES", "Node", "Place", "Source", "Text", "Unreadable", "parse", "read"]

SUFFIXES = frozenset({".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx"})
"""The endings of names that this module reads."""

LARGEST = 4_000_000
"""Bytes. What people write by hand is smaller; what is larger is a bundle."""

_UTF8_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\n")
_PART_OF_NAME = frozenset(sign.encode() for sign in f"{ascii_letters}{digits}_$")

Piece = tuple[int, int, bytes]
"""Bytes from one offset to another become a text."""


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

    __slots__ = ("_lines", "encoding", "name", "path", "shown", "text")

    def __init__(self, path: Path, name: str, text: bytes, encoding: str = "utf-8") -> None:
        self.path = path
        self.name = name  # as reports show it
        self.text = text
        self.encoding = encoding
        self.shown: bytes | None = None  # without its secrets; kept by ``excerpt``
        self._lines: list[int] | None = None

    def span(self, start: int, end: int) -> Place:
        """Where the bytes from ``start`` to ``end`` stand."""
        return Place(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        row, column = self._point(offset)
        before = self.text[offset - column : offset]
        return row + 1, (column if before.isascii() else len(before.decode("utf-8", "replace"))) + 1

    def _point(self, offset: int) -> tuple[int, int]:
        """The row and the byte within it, both from 0, as the parser counts them."""
        starts = self._starts()
        row = bisect_right(starts, offset) - 1
        return row, offset - starts[row]

    def _starts(self) -> list[int]:
        """The offsets at which lines begin."""
        if self._lines is None:
            self._lines = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        return self._lines

    def line(self, number: int) -> str:
        """One line of the text, counted from 1, without its end; nothing where there is no such line."""
        start, end = self.bounds(number)
        return self.text[start:end].decode("utf-8", "replace").rstrip("\r\n")

    def bounds(self, number: int) -> tuple[int, int]:
        """Where a line, counted from 1, begins, and where the next one does; the same place for no such line."""
        starts = self._starts()
        if not 0 < number <= len(starts):
            return 0, 0
        return starts[number - 1], starts[number] if number < len(starts) else len(self.text)

    @property
    def line_count(self) -> int:
        """How many lines the text has."""
        return len(self._starts()) - (self.text.endswith(b"\n") or not self.text)

    def encoded(self, text: bytes) -> bytes:
        """Another text of this file, as it is to be written: in the encoding and with the mark that the file has."""
        return text.decode("utf-8").encode(self.encoding)


def _in_text(node: Node) -> tuple[int, int]:
    """What sorts nodes in the order of the text, those around before those within."""
    return node.start_byte, -node.end_byte


class Source(Text):
    """The text of one file of code and its syntax tree."""

    __slots__ = ("_tree", "language", "root", "tree_language")

    def __init__(self, path: Path, name: str, text: bytes, encoding: str, *, grown_from: Tree | None = None) -> None:
        super().__init__(path, name, text, encoding)
        self.language = "typescript" if path.suffix in {".ts", ".cts", ".mts", ".tsx"} else "javascript"
        self.tree_language = _language(path.suffix)
        parser = Parser(self.tree_language)
        self._tree = parser.parse(text, grown_from) if grown_from is not None else parser.parse(text)
        self.root = self._tree.root_node

    def edited(self, pieces: Iterable[Piece]) -> Source:
        """The file with pieces of its text replaced; they are in the order of the text and don't overlap.

        Only what changed is parsed anew.
        """
        tree = self._tree.copy()
        given = list(pieces)
        kept, position = [], 0
        for start, end, new in given:
            kept += [self.text[position:start], new]
            position = end
        for start, end, new in reversed(given):  # from the end, so that the offsets before stay true
            (row, column), lines = self._point(start), new.count(b"\n")
            behind = row + lines, len(new) - new.rfind(b"\n") - 1 + (column if not lines else 0)
            tree.edit(start, end, start + len(new), (row, column), self._point(end), behind)
        text = b"".join([*kept, self.text[position:]])
        return Source(self.path, self.name, text, self.encoding, grown_from=tree)

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return self.span(node.start_byte, node.end_byte)

    def places(self, text: str, scope: Node) -> Iterator[Node]:
        """The nodes within a scope that begin with a text, or are the smallest to hold it; found by the text first."""
        wanted = text.encode("utf-8")
        start = self.text.find(wanted, scope.start_byte, scope.end_byte)
        while start >= 0:
            node = self.root.descendant_for_byte_range(start, start + len(wanted))
            if node is not None:
                yield node
            start = self.text.find(wanted, start + 1, scope.end_byte)

    def mentions(self, name: str, within: Node | None = None) -> Iterator[Node]:
        """Every node of which the text is exactly a name, in the order of the text; in the whole file or in a node.

        They are found by their text and only then looked up in the tree, so that no other node is visited. What a
        mention is (a variable, a property, a piece of a comment) is for the caller to see.
        """
        span = (within.start_byte, within.end_byte) if within is not None else (0, len(self.text))
        return self.mentions_between(name, *span)

    def mentions_between(self, name: str, start: int, end: int) -> Iterator[Node]:
        """The same between two places of the text."""
        word = name.encode()
        while (start := self.text.find(word, start, end)) >= 0:
            behind = start + len(word)
            if (
                self.text[start - 1 : start] not in _PART_OF_NAME
                and self.text[behind : behind + 1] not in _PART_OF_NAME
            ):
                node = self.root.descendant_for_byte_range(start, behind)
                if node is not None and node.end_byte - node.start_byte == len(word):
                    yield node
            start = behind

    def captures(self, query: str, within: Node | None = None) -> dict[str, list[Node]]:
        """What a tree-sitter query captures, by the captures' names, in the order of the text; ``within`` a node."""
        found = QueryCursor(_compiled(self.tree_language, query)).captures(within or self.root)
        return {name: sorted(nodes, key=_in_text) for name, nodes in found.items()}  # the parser keeps no order

    def matches(self, query: str) -> Iterator[dict[str, list[Node]]]:
        """What a tree-sitter query matches: of each match the captured nodes, by the captures' names."""
        for _, match in QueryCursor(_compiled(self.tree_language, query)).matches(self.root):
            yield match

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
