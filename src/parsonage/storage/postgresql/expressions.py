r"""Regular expressions of clients → PostgreSQL's own dialect ('advanced regular expressions').

Clients write Perl's dialect. Here ``\Q…\E``, ``.`` (which does not match the end of a line), ``\b``, ``\d``,
``\w``, ``\s``, ``\x41``, named groups and the options ``imsx`` get the meaning that they have there; what
PostgreSQL has no word for is refused by it, and answered with 102.

Rules: reference/query.md, section 2.2; PB042, PB043.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LEADING_OPTIONS = re.compile(r"\(\?([imsx]+)\)")
_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|\\x\{(?P<point>[0-9A-Fa-f]{1,6})\}|\\x(?P<byte>[0-9A-Fa-f]{2})"
    r"|\\(?P<escaped>.)"
    r"|\(\?P?<(?P<group>[A-Za-z_]\w*)>"
    r"|(?P<brace>\{)(?!\d+(?:,\d*)?\})"
    r"|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<class>\[:\w+:\])"
    r"|(?P<dot>\.)",
    re.DOTALL,
)
_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
_OUTSIDE = {
    **{letter: f"[{members}]" for letter, members in _SETS.items()},
    **{letter.upper(): f"[^{members}]" for letter, members in _SETS.items()},
    "b": r"\y",
    "B": r"\Y",
    "z": r"\Z",
    "E": "",
}


@lru_cache(maxsize=1024)
def advanced(pattern: str, options: str) -> str:
    """A client's expression, which some engine understood already, in PostgreSQL's dialect."""
    letters = set(options)
    leading = _LEADING_OPTIONS.match(pattern)
    if leading is not None:
        letters |= set(leading[1])
        pattern = pattern[leading.end() :]
    # s: '.', '[^a]' match the end of a line and '^', '$' don't; w: they do. What '.' means is written out below.
    mode = ("w" if "m" in letters else "s") + "".join(letter for letter in "ix" if letter in letters)
    return f"(?{mode}){_Translation('s' in letters).of(pattern)}"


class _Translation:
    def __init__(self, dot_matches_all: bool) -> None:
        self._dot = "." if dot_matches_all else r"[^\n]"
        self._in_brackets = False

    def of(self, pattern: str) -> str:
        made: list[str] = []
        at = 0
        for token in _TOKEN.finditer(pattern):
            made += [pattern[at : token.start()], self._translated(token)]
            at = token.end()
        return "".join([*made, pattern[at:]])

    def _translated(self, token: re.Match[str]) -> str:
        kind = token.lastgroup
        if kind == "quoted":
            return re.sub(r"\W", r"\\\g<0>", token["quoted"])
        if kind in ("point", "byte"):
            return f"\\U{int(token['point'] or token['byte'], 16):08x}"
        if kind == "escaped":
            return self._escape(token["escaped"], token[0])
        if self._in_brackets:
            self._in_brackets = kind != "close"
            return token[0]
        if kind == "open":
            self._in_brackets = True
            return token[0]
        return {"group": "(", "brace": r"\{", "dot": self._dot}.get(kind or "", token[0])

    def _escape(self, letter: str, whole: str) -> str:
        if self._in_brackets:
            return _SETS.get(letter, whole)
        return _OUTSIDE.get(letter, whole)
