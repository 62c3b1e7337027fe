"""The code that stands in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# (\S+\.\w+)\n")


def code(page: str) -> list[str]:
    """The Python blocks of a page, in order."""
    return [text for language, text in _BLOCK.findall((DOCS / page).read_text()) if language == "python"]


def write_files(page: str, folder: Path) -> None:
    """Write the blocks of a page that begin with a comment naming a file into a folder."""
    for _, text in _BLOCK.findall((DOCS / page).read_text()):
        name = _NAMED.match(text)
        if name is not None:
            file = folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
