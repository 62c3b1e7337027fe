"""PS906 platform-versions · What the server runs on

What it finds: versions of Node, MongoDB and PostgreSQL that are too old, in package.json (`engines`), .nvmrc,
.node-version, Dockerfiles and the files of Docker Compose.
Why it matters: Parse Server 9 needs Node 20.19 or newer and a MongoDB of today, and since 7 PostgreSQL 13 or newer.
Parsonage needs Node for hosted JavaScript alone.
Instead: upgrade one major version at a time, the database first.
The fix: none.
Known gap: a range without an upper end is taken to admit what is needed.
Source: reference/migration-rules.md, PS906.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsonage.migrate.code.finding import Severity
from parsonage.migrate.code.rule import on_settings
from parsonage.migrate.code.versions import NEWEST
from parsonage.migrate.settings.model import Settings, Stated

_LEAST = {"node": (20, 19), "mongodb": (7, 0), "postgresql": (13, 0)}
_WORDS = {"node": "Node 20.19", "mongodb": "MongoDB 7", "postgresql": "PostgreSQL 13"}
_CODE_NAMES = {"argon": 4, "boron": 6, "carbon": 8, "dubnium": 10, "erbium": 12, "fermium": 14, "gallium": 16}
_BOUND = re.compile(r"(<=?|>=?|[~^=])?\s*v?(\d+)(?:\.(\d+|x|\*))?(?:\.[\w*]+)?")


@on_settings(severity=Severity.BREAKS, until=NEWEST)
def platform_versions(settings: Settings) -> Iterator[Stated]:
    """Find versions that are too old."""
    for platform in settings.platforms:
        newest = _newest(platform.version)
        if newest is not None and newest < _LEAST[platform.name]:
            yield Stated.at(platform, f"{platform.version} is too old: at least {_WORDS[platform.name]}")


def _newest(version: str) -> tuple[int, int] | None:
    """The newest major and minor version that a range, a tag or a version admits; None if nothing bounds it."""
    bounds = [_upper_end(alternative) for alternative in version.split("||")]
    known = [bound for bound in bounds if bound is not None]
    return max(known) if known and len(known) == len(bounds) else None


def _upper_end(range_: str) -> tuple[int, int] | None:
    named = next((major for name, major in _CODE_NAMES.items() if range_.strip().startswith(name)), None)
    if named is not None:
        return named, 99
    ends = []
    for sign, major, minor in _BOUND.findall(range_.split("-")[0] if " - " not in range_ else range_.split(" - ")[1]):
        if sign in {">", ">="}:
            continue
        whole = minor not in {"", "x", "*"}
        if sign == "<":
            ends.append((int(major), int(minor) - 1) if whole and minor != "0" else (int(major) - 1, 99))
        else:
            ends.append((int(major), int(minor) if whole and sign != "^" else 99))
    return min(ends) if ends else None
