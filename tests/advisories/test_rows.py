"""The list of advisories and the tests are equal: every row has a test, or belongs to a room that is not built.

A test is named after its row: ``test_07_…`` for row 7 of reference/security-advisories.md.
"""

from __future__ import annotations

import re
from pathlib import Path

ROWS = frozenset(range(1, 113))
NOT_BUILT = {
    11: "mail and its pages",
    17: "sign-in providers",
    47: "live queries",
    48: "live queries",
    49: "live queries",
    50: "live queries",
    51: "live queries",
    52: "live queries",
    53: "live queries",
    55: "GraphQL",
    56: "GraphQL",
    57: "GraphQL",
    63: "sign-in providers",
    64: "sign-in providers",
    65: "sign-in providers",
    66: "sign-in providers",
    68: "mail and its pages",
    80: "mail and its pages",
    93: "live queries",
    96: "live queries",
    106: "mail and its pages",
    107: "mail and its pages",
    109: "GraphQL",
    110: "sign-in providers",
    112: "Node packages: only their lock file stands against it",
}
"""Rows without a test, and the room that each belongs to."""

_NAME = re.compile(r"^ *(?:async )?def test_(\d+)_", re.MULTILINE)


def rows_with_a_test() -> set[int]:
    """The rows after which a test is named, in any part of the suite."""
    texts = (path.read_text() for path in Path(__file__).parents[1].glob("*/test_*.py"))
    return {int(number) for text in texts for number in _NAME.findall(text)}


def test_every_row_is_tested_or_belongs_to_what_is_not_built() -> None:
    assert ROWS - rows_with_a_test() == NOT_BUILT.keys()


def test_no_test_is_named_after_a_row_that_is_not_there() -> None:
    assert rows_with_a_test() - ROWS == set()
