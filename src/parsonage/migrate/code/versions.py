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


class Start(msgspec.Struct, frozen=True):
    """The version that a move starts from, and why it was taken to be this one."""

    version: int
    reason: str

    @property
    def name(self) -> str:
        """As ``--from`` takes it."""
        return next(name for name, version in STARTS.items() if version == self.version)


def guess(root: Path, texts: Iterable[bytes]) -> Start:
    """Guess where a project comes from: by its code first, since package.json is often changed before the code.

    Parse Server 2 ran code of hosted Parse's time, so a package.json that asks for it is believed.
    """
    asked_for = next(filter(None, (_parse_server(folder / "package.json") for folder in (root, *root.parents[:2]))), 0)
    if asked_for != _LAST_OF_THE_ERA and any(_OF_THE_HOSTED_ERA.search(text) for text in texts):
        return Start(HOSTED, "the code is of hosted Parse's time")
    if (root / ".parse.project").exists() or (root / "config" / "global.json").exists():
        return Start(HOSTED, "the project has hosted Parse's files")
    if asked_for:
        return Start(min(max(asked_for, 2), NEWEST), f"package.json asks for parse-server {asked_for}")
    return Start(HOSTED, "nothing tells where it comes from")


def _parse_server(path: Path) -> int | None:
    try:
        dependencies = json.loads(path.read_bytes()).get("dependencies", {})
        found = re.search(r"\d+", dependencies.get("parse-server", ""))
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return int(found.group()) if found else None
