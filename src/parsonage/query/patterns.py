r"""Regular expressions that clients send.

RE2 runs them in linear time; a pattern with what RE2 lacks (look-around, back-references) runs in
``regex`` under a time limit. Parse Server hands them to the database, whose dialect decides; ours is
that of the SDKs: Perl's, with ``\Q…\E`` for literal text.

Rules: reference/query.md, section 2.2; PB042, PB043; GHSA-mf3j-86qx-cq5j.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from parsonage.protocol.errors import InvalidQuery

LONGEST_PATTERN = 10_000
"""Characters; a longer pattern is refused with 102."""

OPTION_LETTERS = frozenset("imxsu")
SECONDS_PER_MATCH = 0.1

MOST_REPETITIONS = 10_000
"""What the counts of a pattern (``{100}``) may come to when they stand inside each other and RE2 can't run it.

``regex`` unrolls counts while it compiles: ``a{999999999}`` would take all memory there is.
"""

_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)|\\.", re.DOTALL)


class Pattern(msgspec.Struct, frozen=True):
    """A compiled expression."""

    search: Callable[[str], bool]
    prefix: str | None
    """Literal text that every match begins with, where the pattern is nothing but ``^`` and that text."""
    linear: bool
    """Whether the time is bounded by the text's length; else it must not run on the event loop."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, options: str = "") -> Pattern:
    """Compile a client's expression; ``options`` are letters of ``imxsu``.

    Raises InvalidQuery (102) for a pattern that no engine understands or that is too long.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise InvalidQuery(f"a $regex may be {LONGEST_PATTERN} characters long at most")
    # An escaped backslash before a Q begins no quotation: escapes are stepped over in pairs.
    expression = _QUOTED.sub(lambda part: part[0] if part[1] is None else re.escape(part[1]), pattern)
    if "x" in options:
        return _backtracking(expression, options)  # RE2 has no free spacing
    flags = "".join(letter for letter in "ims" if letter in options)
    import re2  # loading it costs 10 ms and 3 MB, which a server without expressions need not pay

    quiet = re2.Options()
    quiet.log_errors = False
    quiet.max_mem = 8 << 20
    try:
        compiled = re2.compile(f"(?{flags}){expression}" if flags else expression, quiet)
    except re2.error:
        return _backtracking(expression, options)
    search = compiled.search
    return Pattern(
        search=lambda text: search(text) is not None,
        prefix=None if options else literal_prefix(pattern),
        linear=True,
    )


def _backtracking(expression: str, options: str) -> Pattern:
    if _repetitions(expression) > MOST_REPETITIONS:
        raise InvalidQuery("invalid $regex: it repeats too often")
    import regex  # only for the few patterns that RE2 can't run

    flags = 0
    for letter, flag in (("i", regex.I), ("m", regex.M), ("s", regex.S), ("x", regex.X)):
        if letter in options:
            flags |= flag
    try:
        compiled = regex.compile(expression, flags)
    except regex.error as error:
        raise InvalidQuery(f"invalid $regex: {error}") from None

    def search(text: str) -> bool:
        try:
            return compiled.search(text, timeout=SECONDS_PER_MATCH) is not None
        except TimeoutError:
            raise InvalidQuery("this $regex takes too long") from None

    return Pattern(search=search, prefix=None, linear=False)


_COUNT = re.compile(r"\\.|\{(?P<least>\d*),?(?P<most>\d*)\}", re.DOTALL)


def _repetitions(expression: str) -> int:
    """At most so often does the innermost part stand there once every count is unrolled."""
    product = 1
    for count in _COUNT.finditer(expression):
        # Ten digits are more than enough already; int() refuses thousands of them.
        product *= max(1, *(int(digits.lstrip("0")[:10] or "1") for digits in count.groups() if digits), 1)
        if product > MOST_REPETITIONS:
            break
    return product


_LITERAL = re.compile(r"\^(?:\\Q(?P<quoted>(?:(?!\\E).)*)(?:\\E)?|(?P<plain>[\w ]+))\Z", re.DOTALL)


def literal_prefix(pattern: str) -> str | None:
    """The text of a pattern that is ``^`` and literal text only, as ``startsWith`` of the SDKs sends it."""
    # The SDKs write an \E inside quoted text as \E\\E\Q: such a pattern is left to the engine.
    found = _LITERAL.match(pattern)
    if found is None:
        return None
    return found["quoted"] if found["quoted"] is not None else found["plain"]
