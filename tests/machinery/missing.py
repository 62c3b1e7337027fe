"""What is said when a machine lacks a part that a test needs."""

from __future__ import annotations


class MissingPart(RuntimeError):
    """A program or package is not on this machine; the text says which, and how to get it.

    It is an error and no skip: a test that didn't run has proved nothing.
    """

    def __init__(self, part: str, remedy: str) -> None:
        super().__init__(f"{part} is missing: {remedy}")
