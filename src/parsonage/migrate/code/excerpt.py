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
        masked = bytearray(file.text)
        for start, end in _spans(file):
            masked[start:end] = b"".join(b"\n" if byte == 10 else b"*" for byte in masked[start:end])
        file.shown = bytes(masked)
    return file.shown


def line(file: Text, number: int) -> str:
    """One line of what may be shown, counted from 1, without its end; nothing where there is no such line."""
    start, end = file.bounds(number)
    return shown(file)[start:end].decode("utf-8", "replace").rstrip("\r\n")


def hidden(file: Text, text: str) -> str:
    """A text that was made of a file's, such as a fix's, without the file's secrets."""
    for start, end in _spans(file):
        secret = file.text[start:end].decode("utf-8", "replace")
        text = text.replace(secret, "*" * len(secret)) if secret else text
    return text


def _spans(file: Text) -> list[tuple[int, int]]:
    return list(secrets.spans(file) if isinstance(file, Source) else secrets.spans_of_assignments(file.text))
