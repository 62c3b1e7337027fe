"""What a move means for each handler: whether it runs unchanged, and whether somebody has to lay hands on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

import msgspec

from parsonage.migrate.code.finding import Finding
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node


class HandlerReport(msgspec.Struct, frozen=True):
    """A handler as reports show it."""

    kind: str
    name: str | None
    file: str
    line: int
    language: str
    runs_unchanged: bool
    """In Parsonage's legacy mode."""
    needs_hands: bool
    """It doesn't run on Parse Server 9 as it is."""


class Figures(msgspec.Struct, frozen=True, rename="camel"):
    """What a team lead wants to know first, in handlers."""

    handlers: int
    run_unchanged: int
    """On Parsonage, in legacy mode."""
    run_after_fixes: int
    """On Parse Server 9, once the safe fixes are applied."""
    need_hands: int
    """Handlers that don't, even then."""


def figures(handlers: Iterable[HandlerReport], mended: Iterable[HandlerReport]) -> Figures:
    """The figures of a project, from its handlers as they are and as they would be after the safe fixes."""
    now, then = list(handlers), list(mended)
    by_hand = sum(handler.needs_hands for handler in then)
    return Figures(len(now), sum(handler.runs_unchanged for handler in now), len(then) - by_hand, by_hand)


def judged(handlers: Iterable[Handler], findings: Iterable[Finding]) -> tuple[HandlerReport, ...]:
    """Each handler with what the findings mean for it."""
    return tuple(_report(handler, found) for handler, found in concerning(handlers, findings))


def concerning(handlers: Iterable[Handler], findings: Iterable[Finding]) -> Iterator[tuple[Handler, list[Finding]]]:
    """Each handler with the findings that concern it.

    A grave finding concerns the handlers it stands in; outside of all handlers, those of its file. A finding on what
    stands around the code, such as a job's schedule, concerns none.
    """
    listed = [handler for handler in handlers if not handler.is_frame]
    spans = _Spans(listed)
    inside: dict[Handler, list[Finding]] = {handler: [] for handler in listed}
    outside: dict[str, list[Finding]] = {}
    for finding in findings:
        if not finding.is_grave:
            continue
        around = spans.around(finding)
        for handler in around:
            inside[handler].append(finding)
        if not around:
            outside.setdefault(finding.file, []).append(finding)
    for handler in listed:
        yield handler, [*outside.get(handler.home.source.name, ()), *inside[handler]]


Position = tuple[int, int]


class _Spans:
    """Where handlers stand: their registrations and their functions, by file."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        listed: dict[str, list[tuple[Position, Position, Handler]]] = {}
        for handler in handlers:
            places = [(handler.module, handler.call)]
            if handler.function is not None:
                places.append((handler.home, handler.function))
            for module, node in places:
                span = (*module.once_of(node, _span), handler)
                listed.setdefault(module.source.name, []).append(span)
        self._files = {}
        for name, spans in listed.items():
            spans.sort(key=lambda span: span[0])
            furthest = list(accumulate((end for _, end, _ in spans), max))
            self._files[name] = [start for start, _, _ in spans], furthest, spans

    def around(self, finding: Finding) -> list[Handler]:
        """The handlers in which a finding stands."""
        if finding.file not in self._files:
            return []
        starts, furthest, spans = self._files[finding.file]
        place, end = (finding.place.line, finding.place.column), (finding.place.end_line, finding.place.end_column)
        index = bisect_right(starts, place) - 1
        found: list[Handler] = []
        while index >= 0 and furthest[index] >= end:
            _, reaches, handler = spans[index]
            if reaches >= end and handler not in found:
                found.append(handler)
            index -= 1
        return found


def _span(node: Node, module: Module) -> tuple[Position, Position]:
    place = module.source.place(node)
    return (place.line, place.column), (place.end_line, place.end_column)


def _report(handler: Handler, concerning: list[Finding]) -> HandlerReport:
    source = handler.module.source
    return HandlerReport(
        kind=handler.kind,
        name=handler.name,
        file=source.name,
        line=source.place(handler.call).line,
        language=source.language,
        runs_unchanged=handler.function is not None and all(finding.legacy for finding in concerning),
        needs_hands=bool(concerning) or handler.function is None,
    )


def many(count: int, noun: str) -> str:
    """A number of things in words, as reports say it: ``1 file``, ``1,200 files``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
