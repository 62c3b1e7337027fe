"""From where to where a team moves, and how the start is guessed.

A rule names the version of Parse Server in which its old code ceased to work; it is asked when the move crosses
that version. Source: reference/migration-rules.md, "Where the facts come from".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

HOSTED = 1
"""Hosted Parse.com, in the order of versions: Parse Server began with 2."""

NEWEST = 9

STARTS = {"parse.com": HOSTED, **{str(version): version for version in range(2, NEWEST + 1)}}
"""What ``--from`` takes."""

ENDS = {"9": NEWEST, "parsonage": NEWEST}
"""What ``--to`` takes: Parsonage speaks what Parse Server 9 speaks."""

_OF_THE_HOSTED_ERA = re.compile(
    rb"Parse\.Promise\b|\.useMasterKey\s*\(|require\(\s*['\"]cloud/|\bresponse\.(?:success|error)\b"
    rb"|\b(?:res|status)\.success\s*\("
)


_LAST_OF_THE_ERA = 2

_DEPENDENCIES = ("dependencies", "peerDependencies", "devDependencies")


class Start(msgspec.Struct, frozen=True):
    """The version that a move starts from, and why it was taken to be this one."""

    version: int
    reason: str

    @property
    def name(self) -> str:
        """As ``--from`` takes it."""
        return next(name for name, version in STARTS.items() if version == self.version)


def guess(root: Path, texts: Iterable[bytes]) -> Start:
    """Guess where a project comes from, by its package.json and by its code.

    Often package.json is changed before the code is: one that asks for Parse Server 3 or later is believed unless at
    least half of the code that speaks of Parse is of hosted Parse's time. Parse Server 2 ran such code.
    """
    asked_for = next(filter(None, (_parse_server(folder / "package.json") for folder in (root, *root.parents[:2]))), 0)
    if asked_for != _LAST_OF_THE_ERA and _is_of_the_hosted_era(texts, enough=0.5 if asked_for else 0.0):
        return Start(HOSTED, "the code is of hosted Parse's time")
    if (root / ".parse.project").exists() or (root / "config" / "global.json").exists():
        return Start(HOSTED, "the project has hosted Parse's files")
    if asked_for:
        return Start(min(max(asked_for, 2), NEWEST), f"package.json asks for parse-server {asked_for}")
    return Start(HOSTED, "nothing tells where it comes from")


def _is_of_the_hosted_era(texts: Iterable[bytes], *, enough: float) -> bool:
    """Whether some files, and ``enough`` of those that speak of Parse, are of hosted Parse's time."""
    speaking = [text for text in texts if b"Parse" in text or _OF_THE_HOSTED_ERA.search(text)]
    marked = sum(1 for text in speaking if _OF_THE_HOSTED_ERA.search(text))
    return marked > 0 and marked >= enough * len(speaking)


def _parse_server(path: Path) -> int | None:
    try:
        package = json.loads(path.read_bytes())
        asked = [package.get(kind, {}).get("parse-server", "") for kind in _DEPENDENCIES]
        found = re.search(r"\d+", " ".join(asked))
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return int(found.group()) if found else None
