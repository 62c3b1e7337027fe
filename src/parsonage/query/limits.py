"""How much may be asked at all.

An inner limit on nesting holds even where the option is off, so that no query can exhaust the stack
(PB006, GHSA-9xp9-j92r-p88v).

Rules: reference/query.md, section 8.
"""

from __future__ import annotations

from typing import Any

from parsonage.protocol.errors import InvalidQuery

DEEPEST_QUERY = 100
"""Levels of ``$or``, ``$and`` and ``$nor`` that are read at all."""

DEEPEST_SUBQUERY = 20
"""Levels of ``$inQuery`` and kin that are read at all."""


def too_deep(limit: int) -> InvalidQuery:
    """The refusal of a where-clause nested deeper than ``limit`` levels."""
    return InvalidQuery(f"Query condition nesting depth exceeds maximum allowed depth of {limit}")


def check_depth(json: Any, limit: int) -> None:
    """Refuse a where-clause whose ``$or``, ``$and`` and ``$nor`` are nested deeper than ``limit`` levels.

    A limit below 0 means none but the inner one. Raises InvalidQuery (102). Nothing here recurses.
    """
    allowed = min(limit, DEEPEST_QUERY) if limit >= 0 else DEEPEST_QUERY
    level = [json]
    depth = -1
    while level:
        depth += 1
        if depth > allowed:
            raise too_deep(allowed)
        level = [
            branch
            for where in level
            if isinstance(where, dict)
            for key in ("$or", "$and", "$nor")
            if isinstance(where.get(key), list)
            for branch in where[key]
        ]
