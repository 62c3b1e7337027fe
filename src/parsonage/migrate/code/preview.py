"""What a fix would do, line by line, for people who read: before and after, without secrets."""

from __future__ import annotations

from difflib import unified_diff

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.finding import Edit, Finding
from parsonage.migrate.code.source import Text

MOST_LINES = 60
"""A longer preview is cut: the whole difference is what ``--diff`` is for."""


def preview(file: Text, finding: Finding) -> list[str]:
    """The lines that a finding's fix changes, as a diff without its head: each begins with ``-``, ``+`` or a blank.

    It is made of the text that may be shown, not of the file's own, and of the lines that the fix touches.
    """
    edits = sorted(finding.fix.edits, key=lambda edit: (edit.start, edit.end)) if finding.fix is not None else []
    if not edits:
        return []
    text = excerpt.shown(file)
    start = text.rfind(b"\n", 0, edits[0].start) + 1
    end = text.find(b"\n", edits[-1].end)
    end = end + 1 if end >= 0 else len(text)
    before, after = text[start:end], _applied(file, text[start:end], edits, start)
    lines = unified_diff(_lines(before), _lines(after), lineterm="", n=1)
    shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return shown if len(shown) <= MOST_LINES else [*shown[:MOST_LINES], " …"]


def _lines(text: bytes) -> list[str]:
    return text.decode("utf-8", "replace").splitlines()


def _applied(file: Text, text: bytes, edits: list[Edit], offset: int) -> bytes:
    pieces, position = [], 0
    for edit in edits:
        pieces += [text[position : edit.start - offset], excerpt.hidden(file, edit.text).encode("utf-8")]
        position = edit.end - offset
    return b"".join([*pieces, text[position:]])
