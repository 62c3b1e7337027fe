"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))

_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text(page: str) -> str:
    """A page as it is written."""
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language, in order."""
    return [code for given, code in _FENCED.findall(text(page)) if given == language]


def prose(page: str) -> str:
    """A page without its code blocks."""
    return _FENCED.sub("", text(page))


def sentences(page: str) -> list[str]:
    """The lines of a page that hold prose: no tables, no headings, and code within a line taken out."""
    lines = _INLINE_CODE.sub("code", prose(page)).splitlines()
    return [line for line in lines if line and not line.lstrip().startswith(("|", "#"))]


def links(page: str) -> list[str]:
    """Where the links of a page lead that stay inside the documentation."""
    targets = _LINK.findall(_INLINE_CODE.sub("", prose(page)))
    return [target for target in targets if "://" not in target]


def anchors(page: str) -> set[str]:
    """The places of a page that a link may name."""
    return {_anchor(heading) for heading in _HEADING.findall(prose(page))}


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def rows(page: str) -> list[list[str]]:
    """The rows of all tables of a page, cell by cell; what a cell escapes is taken as it is meant."""
    lines = [line for line in text(page).splitlines() if line.startswith("| ")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def names(cell: str) -> list[str]:
    """The names in code marks in a cell."""
    return re.findall(r"`([^`]+)`", cell)
