"""The bar of a long check: on a terminal, after a second, and never else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

PROGRAM = """
from parsonage.cli import late_bar

late_bar.PATIENCE = {patience}
with late_bar.LateBar() as bar:
    bar.tell("checking", 3, 4)
"""


def on_a_terminal(patience: float) -> str:
    """What a program draws that tells of one piece of work, on a terminal of its own."""
    ours, theirs = pty.openpty()
    program = [sys.executable, "-c", PROGRAM.format(patience=patience)]
    try:
        subprocess.run(program, stderr=theirs, env={**os.environ, "TERM": "xterm"}, check=True, timeout=60)
        os.write(theirs, b"|")  # so that there is something to read, even if nothing was drawn
        return os.read(ours, 100_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)


def test_what_takes_long_is_shown() -> None:
    assert "checking" in on_a_terminal(patience=0)


def test_what_is_over_soon_is_not() -> None:
    assert on_a_terminal(patience=60) == "|"


def test_nothing_is_drawn_where_nobody_looks() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(patience=0)], capture_output=True, check=True, timeout=60
    )

    assert ended.stderr == b""
