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

PARSONAGE = "parsonage"

ENDS = {"9": NEWEST, PARSONAGE: NEWEST}
"""What ``--to`` takes: Parsonage speaks what Parse Server 9 speaks."""

_OF_THE_HOSTED_ERA = re.compile(
    rb"Parse\.Promise\b|\.useMasterKey\s*\(|require\(\s*['\"]cloud/|\bresponse\.(?:success|error)\b"
    rb"|\b(?:res|status)\.success\s*\("
)


_OF_HOSTED_PARSE_ALONE = re.compile(
    rb"\.useMasterKey\s*\(\s*\)|require\(\s*['\"]cloud/|\bParse\.User\.current\s*\(\s*\)"
)
"""What Parse Server 2 did not run either."""
_OF_NODE_ALONE = re.compile(rb"\basync\s*(?:function\b|\()|\bawait\s")
"""What hosted Parse could not read."""

_LAST_OF_THE_ERA = 2
_FIRST_ASYNC = 3

_OLDEST_WITH_SDK = {1: 2, 2: 3, 3: 4, 4: 6, 5: 7, 6: 8}
"""Major version of the JavaScript SDK → the oldest Parse Server that brought it along."""
_NEWEST_TOLD_BY_SDK = 8

_DEPENDENCIES = ("dependencies", "peerDependencies", "devDependencies")


class Start(msgspec.Struct, frozen=True):
    """The version that a move starts from, and why it was taken to be this one."""

    version: int
    reason: str

    @property
    def name(self) -> str:
        """As ``--from`` takes it."""
        return next(name for name, version in STARTS.items() if version == self.version)

    @property
    def title(self) -> str:
        """As a sentence says it."""
        return self.name if self.version == HOSTED else f"Parse Server {self.version}"


def end_title(end: str) -> str:
    """What ``--to`` takes, as a sentence says it."""
    return "Parsonage" if end == PARSONAGE else f"Parse Server {end}"


def guess(root: Path, texts: Iterable[bytes]) -> Start:
    """Guess where a project comes from, by its package.json and by its code.

    Often package.json is changed before the code is: what it asks for is believed unless at least half of the code that
    speaks of Parse is of hosted Parse's time. Parse Server 2 ran most of such code, so there only what it did not run
    counts. Without a package.json the code alone tells.
    """
    speaking = [text for text in texts if b"Parse" in text or _OF_THE_HOSTED_ERA.search(text)]
    told = next(filter(None, (_told_by(folder / "package.json") for folder in (root, *root.parents[:2]))), None)
    old = _OF_HOSTED_PARSE_ALONE if told is not None and told.version == _LAST_OF_THE_ERA else _OF_THE_HOSTED_ERA
    if _are_like(old, speaking, enough=0.5 if told is not None else 0.0):
        return Start(HOSTED, "the code is of hosted Parse's time")
    if told is not None:
        return told
    if (root / ".parse.project").exists() or (root / "config" / "global.json").exists():
        return Start(HOSTED, "the project has hosted Parse's files")
    if _are_like(_OF_NODE_ALONE, speaking, enough=0.5):
        return Start(_FIRST_ASYNC, "the code awaits, which Parse Server 3 was the first to wait for")
    return Start(HOSTED, "nothing tells where it comes from")


def _are_like(time: re.Pattern[bytes], speaking: list[bytes], *, enough: float) -> bool:
    """Whether some files, and ``enough`` of those that speak of Parse, are of a time."""
    marked = sum(1 for text in speaking if time.search(text))
    return marked > 0 and marked >= enough * len(speaking)


def _told_by(path: Path) -> Start | None:
    """The version of Parse Server that a package.json asks for, or that its version of the SDK came with."""
    try:
        package = json.loads(path.read_bytes())
        server, sdk = _asked_for(package, "parse-server"), _asked_for(package, "parse")
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    if server is not None:
        return Start(min(max(server, _LAST_OF_THE_ERA), NEWEST), f"package.json asks for parse-server {server}")
    if sdk is not None:
        version = _OLDEST_WITH_SDK.get(sdk, _NEWEST_TOLD_BY_SDK)
        return Start(version, f"package.json asks for parse {sdk}, which came with Parse Server {version}")
    return None


def _asked_for(package: dict[str, dict[str, str]], name: str) -> int | None:
    found = re.search(r"\d+", " ".join(package.get(kind, {}).get(name, "") for kind in _DEPENDENCIES))
    return int(found.group()) if found else None
