"""The command ``parsonage`` in a process of its own, as people type it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def parsonage(*words: str, folder: Path, typed: str = "") -> tuple[int, str, str]:
    """Run a command that ends by itself. The answer is its exit status and what it printed on both outputs."""
    done = subprocess.run(
        [sys.executable, "-m", "parsonage", *words],
        cwd=folder,
        env=plain_environment(),
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def plain_environment() -> dict[str, str]:
    """The environment without anything that would configure a server."""
    configuring = ("PARSE_", "PARSONAGE_", "PORT", "SILENT", "VERBOSE", "JSON_LOGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(configuring)}
