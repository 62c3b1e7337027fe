"""Which routes clients may ask for at all.

Rules: reference/rest-core.md, section 8.4; GHSA-p84r-h6rx-f2xr.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsonage.protocol.errors import OperationForbidden


class AllowedRoutes:
    """The list of one app. Keys that see everything are never asked about."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(re.compile(pattern) for pattern in patterns)

    def check(self, method: str, route: str) -> None:
        """Raises OperationForbidden (119) unless one pattern matches the whole route."""
        if not any(pattern.fullmatch(route) for pattern in self._patterns):
            raise OperationForbidden(detail=f"Route not allowed by routeAllowList: {method} {route}")
