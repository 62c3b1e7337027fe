"""What may be shown of a file: its text with every secret in it masked.

The one place at which reports, differences and baselines take text from. A secret becomes as many asterisks, so that
columns stay where they are.
"""

from __future__ import annotations

from parsonage.migrate.code import secrets
from parsonage.migrate.code.source import Source, Text


def shown(file: Text) -> bytes:
    """The whole text of a file without its secrets; worked out once."""
    if file.shown is None:
        spans = secrets.spans(file) if isinstance(file, Source) else secrets.spans_of_assignments(file.text)
        masked = bytearray(file.text)
        for start, end in spans:
            masked[start:end] = b"".join(b"\n" if byte == 10 else b"*" for byte in masked[start:end])
        file.shown = bytes(masked)
    return file.shown


def line(file: Text, number: int) -> str:
    """One line of what may be shown, counted from 1, without its end; nothing where there is no such line."""
    lines = shown(file).split(b"\n")
    return lines[number - 1].decode("utf-8", "replace").rstrip("\r") if 0 < number <= len(lines) else ""
