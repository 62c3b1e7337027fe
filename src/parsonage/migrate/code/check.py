"""The story of a check: load the project, ask each rule, leave out what is known or excused, sort.

Rules never see each other. One that fails is reported with its file, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.finding import Finding, Found, Severity
from parsonage.migrate.code.project import NOTHING, LeftOut, Project, load
from parsonage.migrate.code.rule import Rule, all_rules
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Place, Source, Text
from parsonage.migrate.code.versions import ENDS, STARTS, Start, guess
from parsonage.migrate.settings.model import Settings, Stated
from parsonage.migrate.settings.read import settings_of

SYNTAX = "syntax"
"""The id of the finding for a file that can't be parsed. It is no rule: it can't be left out."""

_EXCUSE = re.compile(r"parsonage-ignore\s+((?:P[CS]\d{3}\b[,\s]*)+)(?::\s*(\S.*))?")


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
    """It doesn't run on Parse Server 9 as it is."""


class Report(msgspec.Struct, frozen=True):
    """What a check found."""

    project: Project
    settings: Settings
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
        """The files of code that were read, by name."""
        return {module.source.name: module.source for module in self.project.modules}

    def texts(self) -> dict[str, Text]:
        """All files that findings stand in, by name: code, and what configures the server."""
        return _texts(self.project, self.settings)


def check(
    paths: Collection[Path],
    wanted: Wanted,
    known: Collection[str] = (),
    texts: Mapping[Path, bytes] = NOTHING,
    progress: Callable[[str], None] = lambda name: None,
) -> Report:
    """Check files or folders.

    ``known`` holds fingerprints of findings that are not to be reported again; ``texts`` what files would hold after
    fixes that aren't written yet.
    """
    project = load(paths, texts, progress)
    start = _start(project, wanted)
    rules = [
        rule
        for rule in all_rules().values()
        if rule.applies(start.version, ENDS[wanted.end]) and (not wanted.rules or rule.id in wanted.rules)
    ]
    left_out = list(project.left_out)
    settings = settings_of(project, paths)
    asked = {*_ask(project, rules, left_out), *_ask_settings(settings, rules, left_out)}
    found = sorted(asked, key=lambda finding: finding.order)
    texts_read = _texts(project, settings)
    unexcused = [finding for finding in found if not _is_excused(texts_read[finding.file], finding)]
    new = [finding for finding in unexcused if fingerprint(finding, texts_read[finding.file]) not in known]
    concerns = _Concerns(project.handlers, found)
    return Report(
        project=project,
        settings=settings,
        start=start,
        guessed=wanted.start is None,
        end=wanted.end,
        findings=tuple(new),
        handlers=tuple(_handler_report(handler, concerns.of(handler)) for handler in project.handlers),
        left_out=tuple(sorted(set(left_out))),
        known=len(unexcused) - len(new),
        excused=len(found) - len(unexcused),
    )


def fingerprint(finding: Finding, file: Text) -> str:
    """What tells a finding from others although lines move: its rule, its file and the text of its first line.

    The text is as it may be shown: a baseline file holds no secrets.
    """
    return f"{finding.rule} {finding.file} {excerpt.line(file, finding.place.line).strip()}"


def _texts(project: Project, settings: Settings) -> dict[str, Text]:
    beside = [configuration.file for configuration in settings.configurations]
    beside += [*settings.pages, *(platform.file for platform in settings.platforms)]
    code = {module.source.name: module.source for module in project.modules}
    return {file.name: file for file in beside} | code


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
            yield from _asked(rule, module, _about_file(rule, module), left_out)
    for rule in rules:
        if rule.ask_handler is not None:
            for handler in project.handlers:
                yield from _asked(rule, handler.home, rule.ask_handler(handler), left_out)
        if rule.ask_all is not None:
            yield from [_finding(rule, module, found) for module, found in rule.ask_all(list(project.handlers))]


def _ask_settings(settings: Settings, rules: list[Rule], left_out: list[LeftOut]) -> Iterator[Finding]:
    for rule in rules:
        if rule.ask_settings is None:
            continue
        try:
            yield from [_stated(rule, stated) for stated in rule.ask_settings(settings)]
        except Exception as error:
            reason = f"rule {rule.id} failed on it: {type(error).__name__}: {error}"
            left_out.append(LeftOut("the server's settings", reason, trouble=True))


def _asked(rule: Rule, module: Module, found: Iterator[Found], left_out: list[LeftOut]) -> list[Finding]:
    """What a rule finds. A rule's own mistake must not hide what the others found: it is told, and they go on."""
    try:
        return [_finding(rule, module, each) for each in found]
    except Exception as error:
        reason = f"rule {rule.id} failed on it: {type(error).__name__}: {error}"
        left_out.append(LeftOut(module.source.name, reason, trouble=True))
        return []


def _about_file(rule: Rule, module: Module) -> Iterator[Found]:
    if rule.ask is None:
        return
    calls = module.calls() if rule.calls else {}
    for name in rule.calls & calls.keys():
        for call in calls[name]:
            yield from rule.ask(call, module)
    for node in module.source.captures(rule.query).get("it", []) if rule.query else ():
        yield from rule.ask(node, module)


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
        outside=rule.outside,
    )


def _stated(rule: Rule, stated: Stated) -> Finding:
    broken = isinstance(stated.file, Source) and stated.file.root.has_error
    return Finding(
        rule=rule.id,
        file=stated.file.name,
        place=stated.file.span(stated.start, stated.end),
        severity=rule.severity,
        message=stated.message,
        fix=None if broken else stated.fix,
        legacy=rule.legacy,
        fix_in=stated.file.name,
    )


def _is_excused(source: Text, finding: Finding) -> bool:
    """Whether a comment on the finding's line or the one above excuses it. One without a reason excuses nothing."""
    lines = source.line(finding.place.line), source.line(finding.place.line - 1)
    excuses = [excuse for excuse in map(_EXCUSE.search, lines) if excuse is not None]
    return any(finding.rule in excuse.group(1) and excuse.group(2) for excuse in excuses)


Span = tuple[str, Place]


class _Concerns:
    """Which grave findings concern which handler: those within it, and those of its file outside of every handler.

    A finding on what stands around the code, such as a job's schedule, concerns none.
    """

    def __init__(self, handlers: tuple[Handler, ...], findings: list[Finding]) -> None:
        by_file: dict[str, list[Span]] = {}
        for handler in handlers:
            for span in _spans(handler):
                by_file.setdefault(span[0], []).append(span)
        self._inside: dict[str, list[Finding]] = {}
        self._outside: dict[str, list[Finding]] = {}
        for finding in findings:
            if finding.severity < Severity.BREAKS or finding.outside:
                continue
            inside = any(_covers(span, finding) for span in by_file.get(finding.file, []))
            (self._inside if inside else self._outside).setdefault(finding.file, []).append(finding)

    def of(self, handler: Handler) -> list[Finding]:
        """The findings that concern one handler."""
        found = list(self._outside.get(handler.home.source.name, []))
        for span in _spans(handler):
            found += [finding for finding in self._inside.get(span[0], []) if _covers(span, finding)]
        return found


def _spans(handler: Handler) -> list[Span]:
    call = handler.module.source.name, handler.module.source.place(handler.call)
    if handler.function is None:
        return [call]
    return [call, (handler.home.source.name, handler.home.source.place(handler.function))]


def _covers(span: Span, finding: Finding) -> bool:
    name, outer = span
    inner = finding.place
    begins = (outer.line, outer.column) <= (inner.line, inner.column)
    return name == finding.file and begins and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _handler_report(handler: Handler, concerning: list[Finding]) -> HandlerReport:
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
