"""Counting requests in Redis, together with all other processes that use the same server.

While Redis can't be reached each process counts alone: a limit that is too wide for a while is better than no answer.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

from parsonage.operations.request_counts import OwnCounts

log = logging.getLogger("parsonage.limits")

ANSWER_SECONDS = 0.5
"""How long Redis may take; a request waits for it."""

SECONDS_TO_RECOVER = 5.0
"""For how long Redis is left alone once it did not answer."""

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
"""


class RedisCounts:
    """Counts under names that begin with ``name``; the keys of requests are hashed, for they may be session tokens."""

    def __init__(self, url: str, milliseconds: int, name: str) -> None:
        from redis.asyncio import Redis  # loaded where a limit names a server

        self._redis = Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, retry=None
        )
        self._count: Any = self._redis.register_script(_COUNT)
        self._milliseconds = milliseconds
        self._name = name
        self._own = OwnCounts(milliseconds)
        self._left_alone_until = 0.0

    async def hit(self, key: str, now: int) -> int:
        """Count one more, and say how many there are in this while."""
        from redis.exceptions import RedisError

        if time.monotonic() >= self._left_alone_until:
            hashed = hashlib.sha256(key.encode()).hexdigest()
            try:
                return int(await self._count(keys=[f"{self._name}:{hashed}"], args=[self._milliseconds]))
            except (RedisError, OSError) as error:
                self._left_alone_until = time.monotonic() + SECONDS_TO_RECOVER
                log.warning("Redis did not count a request, this process counts alone for a while: %s", error)
        return await self._own.hit(key, now)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
