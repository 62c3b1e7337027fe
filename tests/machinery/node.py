"""Node and the npm packages that the tests need, which ``tests/node/package.json`` pins."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.machinery.missing import MissingPart

FOLDER = Path(__file__).parent.parent / "node"
PACKAGES = FOLDER / "node_modules"


def node() -> str:
    """The path of the ``node`` program."""
    found = shutil.which("node")
    if found is None:
        raise MissingPart("Node", "install version 20 or newer (Debian: apt-get install nodejs npm)")
    return found


def package(name: str) -> Path:
    """The folder of an installed npm package.

    Raises:
        MissingPart: it has not been installed.
    """
    folder = PACKAGES / name
    if not folder.is_dir():
        raise MissingPart(f"the npm package {name}", f"run `npm ci` in {FOLDER}")
    return folder
