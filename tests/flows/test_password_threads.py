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


@pytest.mark.parametrize(
    ("share_of_the_loop", "cores", "at_once"),
    [
        pytest.param(0.1, 2, 2, id="two while the loop is quiet"),
        pytest.param(0.5, 2, 1, id="one where a busy loop would have no core"),
        pytest.param(0.5, 3, 2, id="two where a busy loop has a core of its own"),
    ],
)
def test_so_many_are_hashed_at_once(
    hashing: Hashing, monkeypatch: pytest.MonkeyPatch, share_of_the_loop: float, cores: int, at_once: int
) -> None:
    monkeypatch.setattr(ThreadLoad, "share", lambda load: share_of_the_loop)

    asyncio.run(hash_two(cores=cores))

    assert hashing.most == at_once


def test_a_thread_that_works_counts_as_busier_than_one_that_sleeps() -> None:
    load = ThreadLoad()
    until = time.thread_time() + 0.1
    while time.thread_time() < until:
        pass
    working = load.share()

    time.sleep(0.5)

    assert working > load.share() * 2
