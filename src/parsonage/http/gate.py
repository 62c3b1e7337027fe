"""What stands between the keys and the session: rate limits and the list of allowed routes.

Every request passes it, and every item of a batch besides; what handlers ask for in their turn does not.

Rules: reference/rest-core.md, sections 2, 7, 8.2 and 8.4; advisories 85, 86, 88, 89.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.commands import Command
from parsonage.commands.batch import Batch
from parsonage.commands.rest import RestRequest
from parsonage.commands.routes import plain_route, routes_in_batch
from parsonage.operations.house import House
from parsonage.operations.rate_limits import Asked, RateLimits
from parsonage.policies.allowed_routes import AllowedRoutes
from parsonage.protocol.credentials import Credentials


class Gate:
    """The gate of one house."""

    def __init__(self, house: House) -> None:
        allowed = house.options.access.allowed_routes
        self._house = house
        self._allowed = None if allowed is None else AllowedRoutes(allowed)
        self._limits = RateLimits(house)

    @property
    def is_open(self) -> bool:
        """Whether there is nothing to be asked at this moment."""
        return self._allowed is None and not self._limits.rules

    async def close(self) -> None:
        """Let go of what the limits hold."""
        await self._limits.close()

    async def admit(
        self, request: RestRequest, sent_as: str, command: Command | None, credentials: Credentials
    ) -> None:
        """Let a request pass. ``sent_as`` is its method before ``_method``, ``command`` what could be read of it.

        Raises Unauthorized (403) for wrong keys, TooManyRequests (100), OperationForbidden (119).
        """
        self._house.callers.look_around()
        keyed = self._house.callers.prove_keys(credentials)
        asked = list(_asked(request, sent_as, command))
        await self._limits.count(asked, keyed, credentials)
        if self._allowed is not None and keyed is None:
            for one in asked:
                self._allowed.check(one.method, one.route)


def _asked(request: RestRequest, sent_as: str, command: Command | None) -> Iterator[Asked]:
    # HEAD is answered as GET is, so it counts as one.
    method = "GET" if request.method == "HEAD" else request.method
    yield Asked(method, plain_route(request.path), sent_as)
    if isinstance(command, Batch):
        for item_method, route in routes_in_batch(request):
            yield Asked(item_method, route, sent_as, in_batch=True)
