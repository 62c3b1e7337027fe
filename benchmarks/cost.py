"""What processes cost: processor time and memory, read from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pids: Iterable[int]) -> float:
    """User and system time of the processes so far, with what their ended children took."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def _ticks(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # The name in brackets may hold blanks: the numbers are counted from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return 0


def memory(pids: Iterable[int]) -> int:
    """Bytes of memory: each process's own, and its share of what it shares (PSS)."""
    return sum(_proportional_set(pid) for pid in pids)


def _proportional_set(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
