"""How much may be asked at all.

An inner limit on nesting holds even where the option is off, so that no query can exhaust the stack
(PB006, GHSA-9xp9-j92r-p88v).

Rules: reference/query.md, section 8.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from parsonage.options.model import Complexity
from parsonage.protocol.errors import InvalidQuery
from parsonage.query.model import Condition, InSubquery, Matches, walk

DEEPEST_QUERY = 100
"""Levels of ``$or``, ``$and`` and ``$nor`` that are read at all."""

DEEPEST_SUBQUERY = 20
"""Levels of ``$inQuery`` and kin that are read at all."""


_LOGICAL = frozenset({"$or", "$and", "$nor"})


def too_deep(limit: int) -> InvalidQuery:
    """The refusal of a where-clause nested deeper than ``limit`` levels."""
    return InvalidQuery(f"Query condition nesting depth exceeds maximum allowed depth of {limit}")


def logical_depth(json: Any) -> int:
    """How many levels of ``$or``, ``$and`` and ``$nor`` a where-clause has, those of its sub-queries counted too.

    Nothing here recurses.
    """
    level = [json]
    depth = -1
    while level and depth <= DEEPEST_QUERY:
        depth += 1
        deeper: list[Any] = []
        while level:
            part = level.pop()
            if isinstance(part, list):
                level.extend(part)
            elif isinstance(part, dict):
                for key, value in part.items():
                    (deeper if key in _LOGICAL else level).append(value)
        level = deeper
    return depth


def check_query(where: Condition, depth: int, complexity: Complexity) -> None:
    """Hold a query against the app's own limits. Raises InvalidQuery (102)."""
    if 0 <= complexity.query_depth < depth:
        raise too_deep(complexity.query_depth)
    if not complexity.allow_regex and has_pattern(where):
        raise InvalidQuery("$regex operator is not allowed")
    if complexity.subquery_depth >= 0 and subquery_depth(where) > complexity.subquery_depth:
        raise InvalidQuery(f"Subquery nesting depth exceeds maximum allowed depth of {complexity.subquery_depth}")


def has_pattern(where: Condition) -> bool:
    """Whether a condition, or the one of a query inside it, looks for a ``$regex``."""
    return any(
        isinstance(part, Matches) or (isinstance(part, InSubquery) and has_pattern(part.query.where))
        for part in walk(where)
    )


def subquery_depth(where: Condition) -> int:
    """How many queries stand inside each other in a condition."""
    inner = [part.query.where for part in walk(where) if isinstance(part, InSubquery)]
    return 1 + max(map(subquery_depth, inner)) if inner else 0


def check_include(paths: Collection[str], complexity: Complexity) -> None:
    """Hold include paths, their parents among them, against the app's own limits. Raises InvalidQuery (102)."""
    deepest = max((path.count(".") + 1 for path in paths), default=0)
    if 0 <= complexity.include_depth < deepest:
        raise InvalidQuery(f"Include depth of {deepest} exceeds maximum allowed depth of {complexity.include_depth}")
    if 0 <= complexity.include_count < len(paths):
        raise InvalidQuery(
            f"Number of include fields ({len(paths)}) exceeds maximum allowed ({complexity.include_count})"
        )
