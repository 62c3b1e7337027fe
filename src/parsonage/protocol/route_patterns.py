"""Patterns of routes as Parse Server's configurations write them: ``/functions/:name``, ``/classes/Note{/*rest}``.

``:name`` stands for one part of a path, ``*name`` for any number of them, ``{…}`` for what may be missing. Case and a
slash at the end make no difference. A ``*`` without a name is the wildcard of Express 4: anything, or nothing (PC706).

Rules: reference/rest-core.md, section 8.2; the syntax is that of path-to-regexp 8, which Express 5 uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""\\(?P<escaped>.)|(?P<mark>[:*])(?P<name>[^\W\d]\w*|"(?:[^"\\]|\\.)+")?|(?P<plain>.)""", re.DOTALL
)
_RESERVED = frozenset("()[]+?!")
_PARTS = {":": r"[^/]+", "*": r".+"}


def compile_route_pattern(text: str) -> re.Pattern[str]:
    """The pattern as a regular expression for a whole path, which begins with a slash.

    Raises ValueError, saying what is wrong with it.
    """
    return re.compile(f"(?:{''.join(_pieces(text))})/?", re.IGNORECASE | re.DOTALL)


def exact_route(path: str, *, anything_below: bool = False) -> re.Pattern[str]:
    """The pattern of one path, taken letter by letter, and of whatever is below it."""
    below = "(?:/.+)?" if anything_below else ""
    return re.compile(f"{re.escape(path)}{below}/?", re.IGNORECASE | re.DOTALL)


def _pieces(text: str) -> Iterator[str]:
    open_groups = 0
    for token in _TOKEN.finditer(text):
        mark, plain = token["mark"], token["plain"]
        if token["escaped"] is not None:
            yield re.escape(token["escaped"])
        elif mark is not None:
            if token["name"] is not None:
                yield _PARTS[mark]
            elif mark == "*":
                yield ".*"
            else:
                raise ValueError(f"{mark} at position {token.start()} has no name")
        elif plain == "{":
            open_groups += 1
            yield "(?:"
        elif plain == "}" and open_groups:
            open_groups -= 1
            yield ")?"
        elif plain == "}" or plain == "\\" or plain in _RESERVED:
            raise ValueError(f"{plain} at position {token.start()} has no meaning")
        else:
            yield re.escape(plain)
    if open_groups:
        raise ValueError("a { is never closed")
