"""The story of a check: load the project, ask each rule, leave out what is known or excused, sort.

Rules never see each other. One that fails is reported with its file, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.asking import Inquiry
from parsonage.migrate.code.counts import HandlerReport, judged
from parsonage.migrate.code.finding import Finding
from parsonage.migrate.code.packages import is_provided, uses
from parsonage.migrate.code.project import LeftOut, Project, load
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.source import Source, Text
from parsonage.migrate.code.versions import ENDS, STARTS, Start, guess
from parsonage.migrate.settings.model import Settings
from parsonage.migrate.settings.read import settings_of

_EXCUSE = re.compile(r"parsonage-ignore\s+((?:P[CS]\d{3}\b[,\s]*)+)(?::\s*(\S.*))?")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is to do as far as is known."""


def untold(doing: str, done: int, of: int) -> None:
    """Tell nobody how far a check is."""


class Wanted(msgspec.Struct, frozen=True):
    """What a check is to look for. An empty ``rules`` means all; a ``start`` of None is guessed."""

    start: str | None = None
    end: str = "parsonage"
    rules: frozenset[str] = frozenset()


class Terms(msgspec.Struct, frozen=True, eq=False):
    """On what terms a project is checked, the same before and after its fixes."""

    paths: tuple[Path, ...]
    start: Start
    guessed: bool
    end: str
    known: frozenset[str]
    inquiry: Inquiry


class Seen(msgspec.Struct, frozen=True, eq=False):
    """A project as the rules see it: what is told, and what isn't since it is known or excused."""

    project: Project
    settings: Settings
    every: tuple[Finding, ...]
    new: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...]
    known: int
    excused: int

    def sources(self) -> dict[str, Source]:
        """The files of code that were read, by name."""
        return {module.source.name: module.source for module in self.project.modules}


class Report(msgspec.Struct, frozen=True, eq=False):
    """What a check found."""

    terms: Terms
    seen: Seen
    handlers: tuple[HandlerReport, ...]

    @property
    def project(self) -> Project:
        """The files that were read."""
        return self.seen.project

    @property
    def start(self) -> Start:
        """From where the project moves."""
        return self.terms.start

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that are neither known nor excused, by file and place."""
        return self.seen.new

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was not read, and what a rule failed on."""
        return self.seen.left_out

    @property
    def incomplete(self) -> bool:
        """Whether something that should have been read was left out."""
        return any(left_out.trouble for left_out in self.left_out)

    def sources(self) -> dict[str, Source]:
        """The files of code that were read, by name."""
        return self.seen.sources()

    def texts(self) -> dict[str, Text]:
        """All files that findings stand in, by name: code, and what configures the server."""
        return _texts(self.project, self.seen.settings)


def check(paths: Collection[Path], wanted: Wanted, known: Collection[str] = (), progress: Progress = untold) -> Report:
    """Check files or folders. ``known`` holds fingerprints of findings that are not to be reported again."""
    project = load(paths, lambda done, of: progress("reading", done, of))
    start = _start(project, wanted)
    rules = [
        rule
        for rule in all_rules().values()
        if (not wanted.rules or rule.id in wanted.rules)
        and (rule.applies(start.version, ENDS[wanted.end]) or _is_left_without(rule.brought, project))
    ]
    terms = Terms(tuple(paths), start, wanted.start is None, wanted.end, frozenset(known), Inquiry(rules))
    return report_of(terms, look(terms, project, progress))


def check_again(report: Report) -> Report:
    """Read the files of a report anew, and check them on its terms: mended code may tell of another time."""
    return report_of(report.terms, look(report.terms, load(report.terms.paths)))


def guessed(project: Project) -> Start:
    """Where a project comes from, by what it looks like."""
    return guess(project.root.resolve(), (module.source.text for module in project.modules))


def look(terms: Terms, project: Project, progress: Progress = untold) -> Seen:
    """Ask the rules about a project. What they said of a file earlier holds as long as the file is the same."""
    settings = settings_of(project, terms.paths)
    answered = terms.inquiry.ask(project, settings, lambda done, of: progress("checking", done, of))
    found = sorted(set(answered.findings), key=lambda finding: finding.order)
    texts = _texts(project, settings)
    excusing = {name for name, text in texts.items() if b"parsonage-ignore" in text.text}
    unexcused = [each for each in found if each.file not in excusing or not _is_excused(texts[each.file], each)]
    new = [finding for finding in unexcused if not _is_known(terms, finding, texts)]
    return Seen(
        project=project,
        settings=settings,
        every=tuple(found),
        new=tuple(new),
        left_out=tuple(sorted({*project.left_out, *answered.failed})),
        known=len(unexcused) - len(new),
        excused=len(found) - len(unexcused),
    )


def report_of(terms: Terms, seen: Seen) -> Report:
    """The report of what was seen."""
    return Report(terms, seen, judged(seen.project.handlers, seen.every))


def fingerprint(finding: Finding, file: Text) -> str:
    """What tells a finding from others although lines move: its rule, its file and the text of its first line.

    The text is as it may be shown: a baseline file holds no secrets.
    """
    return f"{finding.rule} {finding.file} {excerpt.line(file, finding.place.line).strip()}"


def _is_known(terms: Terms, finding: Finding, texts: Mapping[str, Text]) -> bool:
    return bool(terms.known) and fingerprint(finding, texts[finding.file]) in terms.known


def _texts(project: Project, settings: Settings) -> dict[str, Text]:
    beside = [configuration.file for configuration in settings.configurations]
    beside += [*settings.pages, *(platform.file for platform in settings.platforms)]
    code = {module.source.name: module.source for module in project.modules}
    return {file.name: file for file in beside} | code


def _start(project: Project, wanted: Wanted) -> Start:
    if wanted.start is not None:
        return Start(STARTS[wanted.start], "as asked")
    return guessed(project)


def _is_left_without(packages: frozenset[str], project: Project) -> bool:
    """Whether a file needs one of the packages, and nothing around it provides that."""
    return any(
        name.encode() in module.source.text and uses(name, module) and not is_provided(name, module)
        for name in packages
        for module in project.modules
    )


def _is_excused(file: Text, finding: Finding) -> bool:
    """Whether a comment on the finding's line or the one above excuses it. One without a reason excuses nothing."""
    lines = file.line(finding.place.line), file.line(finding.place.line - 1)
    excuses = [excuse for excuse in map(_EXCUSE.search, lines) if excuse is not None]
    return any(finding.rule in excuse.group(1) and excuse.group(2) for excuse in excuses)
