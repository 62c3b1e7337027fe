"""The work that is measured: one name for each operation, and the same shape of data for everybody.

A `Workload` is a server that is prepared: for each operation it can do it has the requests to send.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

GET = "get by id"
FUNCTION = "function"
FIND = "find 20 under an ACL"
CREATE = "create"
CREATE_CHECKED = "create with beforeSave"
UPDATE = "update"
GET_BY_ROLE = "get through a role"
COUNT = "count"
INCLUDE = "find 20 with include"
BATCH = "batch of 50 creates"
LOG_IN = "log-in"
SIGN_UP = "sign-up"
AGGREGATE = "aggregate 500"
NEAR = "find 20 near a place"
TEXT = "find 20 by a word"
FILE_UP = "file of 10 kB up"
FILE_DOWN = "file of 10 kB down"
LARGE_FILE_UP = "file of 1 MB up"
LARGE_FILE_DOWN = "file of 1 MB down"

OPERATIONS = (
    GET,
    FUNCTION,
    FIND,
    CREATE,
    CREATE_CHECKED,
    UPDATE,
    GET_BY_ROLE,
    COUNT,
    INCLUDE,
    BATCH,
    LOG_IN,
    SIGN_UP,
    AGGREGATE,
    NEAR,
    TEXT,
    FILE_UP,
    FILE_DOWN,
    LARGE_FILE_UP,
    LARGE_FILE_DOWN,
)

WANTED = {GET: 4.0, FUNCTION: 4.0, FIND: 3.0, CREATE: 3.0, CREATE_CHECKED: 3.0, UPDATE: 3.0}
"""How many times less processor time than the peer's a request is to take."""

ITEMS = 10_000
"""Rows of the class that is searched; the caller may read every other one."""

PAGES = 1_000
"""Rows of the classes that are read and changed by id."""

KINDS = 499
"""Different values of the field that is counted by: each stands in some twenty rows, half of them readable."""

DIFFERENT = 400
"""Requests of one operation that differ, before they begin again."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests by operation; an operation that the server doesn't have is missing."""

    requests: dict[str, list[bytes]]


def fields(number: int) -> dict[str, object]:
    """The plain fields of row ``number``: some of each kind, as apps have them."""
    return {
        "n": number,
        "kind": number % KINDS,
        "title": f"Entry number {number}",
        "text": "The quick brown fox jumps over the lazy dog. " * 4,
        "stars": 1 + number % 5,
        "price": number / 4,
        "open": number % 3 == 0,
        "tags": ["red", "green", f"tag{number % 7}"],
        "meta": {"source": "import", "depth": number % 9},
    }


def fresh(number: int) -> dict[str, object]:
    """The body of a create."""
    return {"title": f"Entry number {number}", "stars": 1 + number % 5, "open": True, "tags": ["red"], "n": number}


def chosen(highest: int) -> list[int]:
    """`DIFFERENT` row numbers below a highest one, the same in every run."""
    dice = random.Random(20)
    return [dice.randrange(highest) for _ in range(DIFFERENT)]
