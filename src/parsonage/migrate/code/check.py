"""The story of a check: load the project, ask each rule, leave out what is known or excused, sort.

Rules never see each other. One that fails is reported with its file, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from parsonage.migrate.code.finding import Finding, Found, Severity
from parsonage.migrate.code.project import LeftOut, Project, load
from parsonage.migrate.code.rule import Rule, all_rules
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Place, Source
from parsonage.migrate.code.syntax import within
from parsonage.migrate.code.versions import ENDS, STARTS, Start, guess

SYNTAX = "syntax"
"""The id of the finding for a file that can't be parsed. It is no rule: it can't be left out."""

_EXCUSE = re.compile(r"parsonage-ignore\s+((?:PC\d{3}\b[,\s]*)+)(?::\s*(\S.*))?")


class Wanted(msgspec.Struct, frozen=True):
    """What a check is to look for. An empty ``rules`` means all; a ``start`` of None is guessed."""

    start: str | None = None
    end: str = "parsonage"
    rules: frozenset[str] = frozenset()


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
    """It doesn't run on Parse Server 9 once the safe fixes are applied."""


class Report(msgspec.Struct, frozen=True):
    """What a check found."""

    project: Project
    start: Start
    guessed: bool
    end: str
    findings: tuple[Finding, ...]
    handlers: tuple[HandlerReport, ...]
    left_out: tuple[LeftOut, ...]
    known: int = 0
    """Findings that a baseline file excuses."""
    excused: int = 0
    """Findings that a comment in the code excuses."""

    @property
    def incomplete(self) -> bool:
        """Whether something that should have been read was left out."""
        return any(left_out.trouble for left_out in self.left_out)

    def sources(self) -> dict[str, Source]:
        """The files that were read, by name."""
        return {module.source.name: module.source for module in self.project.modules}


def check(
    paths: Collection[Path],
    wanted: Wanted,
    known: Collection[str] = (),
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Check files or folders. ``known`` holds fingerprints of findings that are not to be reported again."""
    project = load(paths, progress)
    start = _start(project, wanted)
    rules = [
        rule
        for rule in all_rules().values()
        if rule.applies(start.version, ENDS[wanted.end]) and (not wanted.rules or rule.id in wanted.rules)
    ]
    left_out = list(project.left_out)
    found = sorted(set(_ask(project, rules, left_out)), key=lambda finding: finding.order)
    sources = {module.source.name: module.source for module in project.modules}
    unexcused = [finding for finding in found if not _is_excused(sources[finding.file], finding)]
    new = [finding for finding in unexcused if fingerprint(finding, sources[finding.file]) not in known]
    return Report(
        project=project,
        start=start,
        guessed=wanted.start is None,
        end=wanted.end,
        findings=tuple(new),
        handlers=tuple(_handler_report(handler, found) for handler in project.handlers),
        left_out=tuple(sorted(set(left_out))),
        known=len(unexcused) - len(new),
        excused=len(found) - len(unexcused),
    )


def fingerprint(finding: Finding, source: Source) -> str:
    """What tells a finding from others although lines move: its rule, its file and the text of its first line."""
    return f"{finding.rule} {finding.file} {source.line(finding.place.line).strip()}"


def _start(project: Project, wanted: Wanted) -> Start:
    if wanted.start is not None:
        return Start(STARTS[wanted.start], "as asked")
    return guess(project.root.resolve(), (module.source.text for module in project.modules))


def _ask(project: Project, rules: list[Rule], left_out: list[LeftOut]) -> Iterator[Finding]:
    for module in project.modules:
        broken = module.source.first_error()
        if broken is not None:
            yield Finding(
                SYNTAX,
                module.source.name,
                module.source.place(broken),
                Severity.BREAKS,
                "this is no JavaScript that can be parsed; nothing in this file will be fixed",
            )
        for rule in rules:
            try:
                yield from [_finding(rule, module, found) for found in _ask_about_file(rule, module)]
            except Exception as error:  # a rule's own mistake must not hide what the others found
                reason = f"rule {rule.id} failed on it: {type(error).__name__}: {error}"
                left_out.append(LeftOut(module.source.name, reason, trouble=True))
    for rule in rules:
        if rule.ask_all is not None:
            yield from [_finding(rule, module, found) for module, found in rule.ask_all(list(project.handlers))]


def _ask_about_file(rule: Rule, module: Module) -> Iterator[Found]:
    if rule.ask is not None and rule.calls:
        calls = module.calls()
        for name in rule.calls & calls.keys():
            for call in calls[name]:
                yield from rule.ask(call, module)
    if rule.ask is not None and rule.query:
        for node in module.source.captures(rule.query).get("it", []):
            yield from rule.ask(node, module)
    if rule.ask_handler is not None:
        for handler in module.handlers.values():
            yield from rule.ask_handler(handler)


def _finding(rule: Rule, module: Module, found: Found) -> Finding:
    fix = None if module.source.root.has_error else found.fix
    source = found.module.source if found.module is not None else module.source
    return Finding(
        rule=rule.id,
        file=source.name,
        place=source.place(found.node),
        severity=rule.severity,
        message=found.message,
        fix=fix,
        legacy=rule.legacy,
        fix_in=module.source.name,
    )


def _is_excused(source: Source, finding: Finding) -> bool:
    """Whether a comment on the finding's line or the one above excuses it. One without a reason excuses nothing."""
    lines = source.line(finding.place.line), source.line(finding.place.line - 1)
    excuses = [excuse for excuse in map(_EXCUSE.search, lines) if excuse is not None]
    return any(finding.rule in excuse.group(1) and excuse.group(2) for excuse in excuses)


def _handler_report(handler: Handler, findings: list[Finding]) -> HandlerReport:
    source = handler.home.source
    concerning = [
        finding for finding in findings if finding.severity >= Severity.BREAKS and _concerns(finding, handler)
    ]
    return HandlerReport(
        kind=handler.kind,
        name=handler.name,
        file=handler.module.source.name,
        line=handler.module.source.place(handler.call).line,
        language=source.language,
        runs_unchanged=handler.function is not None and all(finding.legacy for finding in concerning),
        needs_hands=any(finding.fix is None or finding.fix.kind != "safe" for finding in concerning),
    )


def _concerns(finding: Finding, handler: Handler) -> bool:
    """Whether a finding stands in the handler, or outside every handler of its file."""
    if handler.function is None or finding.file != handler.home.source.name:
        return False
    handlers = [(function.function, function.call) for function in handler.home.handlers.values()]
    home = handler.home.source
    inside = [
        function for function, _ in handlers if function is not None and _covers(home.place(function), finding.place)
    ]
    calls = [call for _, call in handlers if within(call, home.root) and _covers(home.place(call), finding.place)]
    if not inside and not calls:
        return True
    return handler.function in inside or (handler.module is handler.home and handler.call in calls)


def _covers(outer: Place, inner: Place) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )
