"""Rate limits that several processes count together, in a real Redis."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.door import open_door
from tests.flows.test_rate_limits import OUTSIDE, limit, statuses
from tests.machinery.processes import free_port
from tests.machinery.redis import redis


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis() as url:
        yield url


def shared(redis_url: str, path: str, **parts: Any) -> dict[str, Any]:
    return limit(path, 2, redisUrl=redis_url, **parts)


async def test_two_houses_count_together(tmp_path: Path, redis_url: str) -> None:
    limits = [shared(redis_url, "/config")]
    async with open_door(tmp_path, rateLimit=limits) as one, open_door(tmp_path, rateLimit=limits) as another:
        answers = [*await statuses(one, 1, "GET", "/config"), *await statuses(another, 2, "GET", "/config")]

    assert answers == [200, 200, 429]


async def test_limits_of_one_house_count_apart(tmp_path: Path, redis_url: str) -> None:
    limits = [shared(redis_url, "/classes/A"), shared(redis_url, "/classes/B")]
    async with open_door(tmp_path, rateLimit=limits) as door:
        answers = [*await statuses(door, 2, "GET", "/classes/A"), *await statuses(door, 2, "GET", "/classes/B")]

    assert answers == [200, 200, 200, 200]


async def test_without_redis_each_house_counts_alone_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limits = [shared(f"redis://127.0.0.1:{free_port()}/0", "/config")]
    caplog.set_level(logging.WARNING, "parsonage.limits")
    async with open_door(tmp_path, rateLimit=limits) as door:
        answers = await statuses(door, 3, "GET", "/config", address=OUTSIDE)

    assert answers == [200, 200, 429]
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "Redis did not count a request, this process counts alone for a while"
    ]
