"""The trail of one request: what each rule said to it, in the order in which they are asked.

A trail is made without carrying the request out; ``explain`` makes it, ``parsonage explain`` and the log of a server
in development show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import msgspec

from parsonage.commands.caller import Caller
from parsonage.protocol.errors import ParseError
from parsonage.query.model import Query
from parsonage.schema.model import ClassSchema


class Verdict(StrEnum):
    """What a rule does to a request."""

    ALLOWS = "allows"
    NARROWS = "narrows"
    """The request goes on, for some objects only."""
    HIDES = "hides"
    """The answer lacks these fields."""
    DENIES = "denies"
    TELLS = "tells"
    """It is no rule: something that is worth knowing, such as a trigger that may have its say."""


class Step(msgspec.Struct, frozen=True):
    """What one rule said. ``because`` is a sentence without its full stop."""

    verdict: Verdict
    rule: str
    because: str


class Asked(msgspec.Struct, frozen=True):
    """What the database is asked for: a query as the rules left it."""

    what: str
    schema: ClassSchema
    query: Query
    as_sent: Query | None = None
    """The query before the rules narrowed it, for a find of many."""


class Denied(Exception):
    """A rule denied the request: no later one is asked."""


class Trail:
    """What the rules say, as it is found out."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.steps: list[Step] = []
        self.asked: list[Asked] = []
        self.refusal: ParseError | None = None

    def allow(self, rule: str, because: str) -> None:
        """The rule lets the request pass."""
        self.steps.append(Step(Verdict.ALLOWS, rule, because))

    def narrow(self, rule: str, because: str) -> None:
        """The rule lets it pass for some objects."""
        self.steps.append(Step(Verdict.NARROWS, rule, because))

    def hide(self, rule: str, because: str) -> None:
        """The rule takes fields out of the answer."""
        self.steps.append(Step(Verdict.HIDES, rule, because))

    def tell(self, rule: str, because: str) -> None:
        """Something worth knowing."""
        self.steps.append(Step(Verdict.TELLS, rule, because))

    def deny(self, rule: str, error: ParseError, because: str | None = None) -> None:
        """The rule refuses; its reason is the error's own, unless there is a better one. Raises Denied."""
        self.refusal = error
        self.steps.append(Step(Verdict.DENIES, rule, because or error.detail))
        raise Denied

    @contextmanager
    def asking(self, rule: str, because: str | None = None) -> Iterator[None]:
        """Let a check speak for itself: what it raises is a denial."""
        try:
            yield
        except ParseError as error:
            self.deny(rule, error, because)

    def denied_because(self) -> str | None:
        """Why the request is refused; ``None`` where no rule refuses it."""
        last = self.steps[-1] if self.steps else None
        return last.because if last is not None and last.verdict is Verdict.DENIES else None
