"""Rate limits: how often who may come, counted for each request that leads somewhere, in a batch as well.

Limits of the options and of handlers count alike. A while is a fixed one: it begins with the first request counted.

Rules: reference/rest-core.md, section 8.2; PB085; advisories 85 to 88.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

import msgspec

from parsonage.commands.caller import Caller
from parsonage.commands.routes import same_routes
from parsonage.handlers.limited_routes import LimitedRoute, configured_route, route_of
from parsonage.handlers.registry import Handler
from parsonage.operations.house import House
from parsonage.operations.redis_counts import RedisCounts
from parsonage.operations.request_counts import Counts, OwnCounts
from parsonage.options.model import RateLimit
from parsonage.protocol.credentials import Credentials
from parsonage.protocol.errors import InvalidSessionToken, TooManyRequests


class Asked(msgspec.Struct, frozen=True):
    """What one request asks for, or one item of a batch."""

    method: str
    """The effective method, after ``_method``."""
    route: str
    sent_as: str
    """The method by which the request travelled: limits on either of them count (advisory 86)."""
    in_batch: bool = False


class _Rule:
    """One limit in force."""

    def __init__(self, route: LimitedRoute, app_id: str) -> None:
        limit = self.limit = route.limit
        self._pattern = route.pattern
        named = limit.methods
        self._methods = re.compile(named if isinstance(named, str) else f"^(?:{'|'.join(map(re.escape, named))})$")
        self.counts = _counts(route, app_id)

    def counts_for(self, asked: Asked, caller: Caller | None, address: str) -> bool:
        """Whether this request is one that the limit counts."""
        limit = self.limit
        if not limit.include_internal and _is_internal(address):
            return False
        if not limit.include_master and caller is not None and caller.is_master:
            return False
        if limit.methods and not any(self._methods.search(method) for method in (asked.method, asked.sent_as)):
            return False
        return any(self._pattern.fullmatch(f"/{route}") for route in same_routes(asked.route))


def _counts(route: LimitedRoute, app_id: str) -> Counts:
    limit = route.limit
    milliseconds = int(limit.seconds * 1000)
    if limit.redis_url is None:
        return OwnCounts(milliseconds)
    # Every process must count under the same name, and every limit under one of its own.
    told = repr((route.pattern.pattern, limit.methods, limit.count, limit.seconds, limit.zone))
    name = hashlib.sha256(told.encode()).hexdigest()[:16]
    return RedisCounts(limit.redis_url, milliseconds, f"parsonage:{app_id}:limit:{name}")


class RateLimits:
    """The limits of one house, and what was counted so far. Limits of handlers come and go with the Cloud Code."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._handlers = house.handlers
        self._configured = tuple(
            _Rule(configured_route(limit), house.options.app.id) for limit in house.options.rate_limits
        )
        self._limited: tuple[Handler, ...] = ()
        self._rules = self._configured
        self._replaced: list[_Rule] = []

    @property
    def rules(self) -> tuple[_Rule, ...]:
        """The limits that are in force now. It is asked for at every request."""
        if self._handlers.registry.limited is not self._limited:
            self._take_those_of_handlers()
        return self._rules

    def _take_those_of_handlers(self) -> None:
        self._replaced.extend(self._rules[len(self._configured) :])
        self._limited = self._handlers.registry.limited
        of_handlers = (_Rule(route_of(handler), self._house.options.app.id) for handler in self._limited)
        self._rules = (*self._configured, *of_handlers)

    async def close(self) -> None:
        """Let go of what the limits hold."""
        for rule in (*self._rules, *self._replaced):
            await rule.counts.close()

    async def count(self, asked: Sequence[Asked], caller: Caller | None, credentials: Credentials) -> None:
        """Count what is asked for. ``caller`` is what a key makes of it, ``None`` for a client.

        Raises TooManyRequests (100) with the text of the first limit that is over.
        """
        rules = self.rules
        for one in asked:
            for rule in rules:
                if rule.counts_for(one, caller, credentials.address):
                    key = await self._key(rule.limit, one, credentials)
                    if await rule.counts.hit(key, self._house.clock()) > rule.limit.count:
                        raise _refusal(rule.limit, one, development=self._house.options.development)

    async def _key(self, limit: RateLimit, asked: Asked, credentials: Credentials) -> str:
        """Under which name a request is counted."""
        if limit.zone == "global":
            return ""
        token = credentials.session_token
        if token is not None and asked.route not in ("login", "verifyPassword"):  # these drop the token
            if limit.zone == "session":
                return f"session {token}"
            if limit.zone == "user":
                try:
                    session = await self._house.callers.session(token, self._house.clock())
                except InvalidSessionToken:
                    pass  # such a request counts for its address (GHSA-4jj8-x76w-v7h7)
                else:
                    return f"user {session.user_id}"
        return _network_of(credentials.address)


def _is_internal(address: str) -> bool:
    return address in ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def _network_of(address: str) -> str:
    """What counts as one address: of IPv6, where everybody has very many of them, the network of one connection."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    mapped = ip.ipv4_mapped
    return str(mapped) if mapped is not None else str(ip_network((ip, 64), strict=False))


def _refusal(limit: RateLimit, asked: Asked, *, development: bool) -> TooManyRequests:
    error = TooManyRequests(limit.message, in_batch=asked.in_batch)
    if development:
        error.explanation = (
            f"{asked.method} {asked.route}: {limit.count} requests in {limit.seconds:g} s are let through"
            f" ({limit.path or 'the limit of its handler'}, counted for each {limit.zone})"
        )
    return error
