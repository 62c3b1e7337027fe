"""What the host has to know before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec


class HostSettings(msgspec.Struct, frozen=True):
    """Which Node runs which file with which SDK."""

    node: str
    """Path of the ``node`` program."""
    entry: Path
    """The file that registers the handlers, as ``cloud/main.js``."""
    sdk: Path
    """Folder of the ``parse`` package."""
    memory: int | None = None
    """Most megabytes that the code may hold; ``None`` leaves it to Node."""
    app: dict[str, Any] = {}
    """What the SDK is given: ``appId``, ``masterKey``, ``javascriptKey``, ``serverURL``."""
    packages: Path | None = None
    """Folder whose ``node_modules`` stands in for packages that the app does not bring."""
