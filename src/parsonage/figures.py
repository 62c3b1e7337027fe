"""Figures that all workers of one server share: who has how many connections, and what each has counted.

They stand in a file without a name that every worker maps into its memory. Each worker has a seat there and writes
nowhere else, so nobody waits for anybody; a sum over all seats is right but for what happens meanwhile. A seat's counts
stay when its worker ends, and the next one on that seat goes on from them: sums never fall.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile

CELLS = 1024
"""Numbers that one worker may count."""

_NUMBER = 8
"""Bytes of a number."""


def nameless_file(label: str) -> int:
    """A new empty file that is gone with the last process that holds it. The answer is its descriptor."""
    if sys.platform == "linux":
        descriptor = os.memfd_create(label)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    return descriptor


def shared_memory(workers: int) -> int:
    """The file for so many workers, and for the successor of each. The answer is its descriptor."""
    descriptor = nameless_file("parsonage-figures")
    os.ftruncate(descriptor, 2 * workers * (1 + CELLS) * _NUMBER)
    return descriptor


class Seat:
    """One worker's place among the figures. Nobody else may write there while it lives."""

    def __init__(self, descriptor: int, number: int) -> None:
        memory = memoryview(mmap.mmap(descriptor, 0))
        seats = len(memory) // ((1 + CELLS) * _NUMBER)
        # The first numbers are one above the connections: 0 says that nobody takes any there.
        self._tally = memory[: seats * _NUMBER].cast("q")
        self._counts = memory[seats * _NUMBER :].cast("d")
        self._seats = seats
        self.number = number
        """Which of the places it is, from 0 on."""
        self.cells = self._counts[number * CELLS : (number + 1) * CELLS]
        """What this worker counts, ``CELLS`` numbers."""

    def take_connections(self, count: int) -> None:
        """Say that this worker takes connections, and has so many."""
        self._tally[self.number] = count + 1

    def take_no_more(self) -> None:
        """Say that this worker takes no connections."""
        self._tally[self.number] = 0

    def is_first(self, count: int) -> bool:
        """Whether no worker that takes connections has fewer than ``count``."""
        return all(one == 0 or one > count for one in self._tally)

    def sum(self, cell: int) -> float:
        """What all workers together have counted in a cell, those that have ended included."""
        return sum(self._counts[cell::CELLS].tolist())

    def sum_now(self, cell: int) -> float:
        """The sum of a cell over the workers that take connections."""
        return sum(self._counts[seat * CELLS + cell] for seat in range(self._seats) if self._tally[seat])

    def workers(self) -> int:
        """How many workers take connections."""
        return sum(one > 0 for one in self._tally)
