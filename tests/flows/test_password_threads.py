"""Passwords are hashed beside other requests, which keep a core for themselves."""

from __future__ import annotations

import asyncio
import threading
import time

import bcrypt
import pytest

from parsonage.operations.passwords import PasswordHasher, ThreadLoad


class Hashing:
    """Stands in for bcrypt and counts how many hash at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0
        self.two = threading.Event()

    def __call__(self, password: bytes, salt: bytes) -> bytes:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            if self._now == 2:
                self.two.set()
        self.two.wait(0.2)
        with self._lock:
            self._now -= 1
        return b"$2b$10$hash"


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Hashing:
    """What hashes in place of bcrypt."""
    stand_in = Hashing()
    monkeypatch.setattr(bcrypt, "hashpw", stand_in)
    return stand_in


async def hash_two(*, cores: int) -> None:
    """Hash two passwords at once on a machine of some cores."""
    hasher = PasswordHasher(cores=cores)
    await asyncio.gather(hasher.hash("one"), hasher.hash("two"))
    hasher.close()


def test_two_are_hashed_at_once_while_the_loop_is_quiet(hashing: Hashing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadLoad, "share", lambda load: 0.1)

    asyncio.run(hash_two(cores=2))

    assert hashing.most == 2


def test_they_take_turns_where_a_busy_loop_would_have_no_core(
    hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadLoad, "share", lambda load: 0.5)

    asyncio.run(hash_two(cores=2))

    assert hashing.most == 1


def test_two_are_hashed_at_once_beside_a_busy_loop_with_a_core_of_its_own(
    hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadLoad, "share", lambda load: 0.5)

    asyncio.run(hash_two(cores=3))

    assert hashing.most == 2


def test_a_thread_that_works_counts_as_busier_than_one_that_sleeps() -> None:
    load = ThreadLoad()
    until = time.thread_time() + 0.1
    while time.thread_time() < until:
        pass
    working = load.share()

    time.sleep(0.5)

    assert working > load.share() * 2
