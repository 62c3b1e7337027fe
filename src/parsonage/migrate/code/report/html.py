"""The report for a team lead: one page that needs nothing beside it, neither files nor a network."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import msgspec
from jinja2 import Environment
from markupsafe import Markup, escape

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.asking import SYNTAX
from parsonage.migrate.code.check import Report
from parsonage.migrate.code.counts import Figures, HandlerReport
from parsonage.migrate.code.finding import Finding, FixKind, Severity
from parsonage.migrate.code.preview import preview
from parsonage.migrate.code.rule import all_rules
from parsonage.migrate.code.source import Text
from parsonage.migrate.code.versions import end_title

_MOST_STEPS = 10
_GROUPS = {"function": "Functions", "job": "Jobs"}
_TRIGGERS = "Triggers"
_STATES = {
    "runs": "runs as it is",
    "fixed": "runs after the safe fixes",
    "hands": "needs hands",
}


class Shown(msgspec.Struct, frozen=True):
    """A finding as the page shows it."""

    finding: Finding
    line: str
    change: list[str]


class Step(msgspec.Struct, frozen=True):
    """Something to do: what a rule found and no safe fix mends, all of it together."""

    rule: str
    title: str
    severity: str
    count: int
    files: int
    offered: int
    """How many of them have a fix that somebody has to agree to."""


class Marked(msgspec.Struct, frozen=True):
    """A handler on the map of the app."""

    handler: HandlerReport
    state: str
    """What a move to Parse Server 9 means for it."""
    words: str


def render(report: Report, mended: tuple[HandlerReport, ...], figures: Figures, name: str) -> str:
    """The whole page. ``mended`` are the handlers as they would be after the safe fixes, ``name`` what was checked."""
    template = files("parsonage.migrate.code.report").joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["prose"] = _prose
    page = environment.from_string(template)
    safe = [finding for finding in report.findings if finding.fix is not None and finding.fix.kind is FixKind.SAFE]
    return page.render(
        name=name,
        report=report,
        end=end_title(report.terms.end),
        figures=figures,
        counts=_counts(report),
        safe=len(safe),
        safe_files=len({finding.fix_in for finding in safe}),
        steps=_steps(report),
        map=_map(report.handlers, mended),
        files=_files(report),
        titles={rule.id: rule.title for rule in all_rules().values()} | {SYNTAX: "A file that can't be parsed"},
    )


def _prose(text: str) -> Markup:
    """A sentence in which backticks set code apart."""
    plain = str(escape(text))  # of a Markup, sub would escape what it puts in
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", plain))


def _counts(report: Report) -> list[tuple[str, int]]:
    counted = Counter(finding.severity for finding in report.findings)
    return [(severity.word, counted[severity]) for severity in sorted(Severity, reverse=True)]


def _steps(report: Report) -> list[Step]:
    """What is left once the safe fixes are applied, the gravest and most frequent first."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.fix is None or finding.fix.kind is not FixKind.SAFE:
            by_rule.setdefault(finding.rule, []).append(finding)
    ordered = sorted(by_rule.items(), key=lambda pair: (-pair[1][0].severity, -len(pair[1]), pair[0]))
    rules = all_rules()
    return [
        Step(
            rule=rule,
            title=rules[rule].title if rule in rules else "A file that can't be parsed",
            severity=found[0].severity.word,
            count=len(found),
            files=len({finding.file for finding in found}),
            offered=sum(finding.fix is not None for finding in found),
        )
        for rule, found in ordered[:_MOST_STEPS]
    ]


def _map(handlers: tuple[HandlerReport, ...], mended: tuple[HandlerReport, ...]) -> dict[str, list[Marked]]:
    after = {(handler.kind, handler.name, handler.file): handler.needs_hands for handler in mended}
    found: dict[str, list[Marked]] = {title: [] for title in (_GROUPS["function"], _TRIGGERS, _GROUPS["job"])}
    for handler in sorted(handlers, key=lambda each: (each.name or "", each.kind, each.file, each.line)):
        by_hand = after.get((handler.kind, handler.name, handler.file), handler.needs_hands)
        state = "hands" if by_hand else "fixed" if handler.needs_hands else "runs"
        found[_GROUPS.get(handler.kind, _TRIGGERS)].append(Marked(handler, state, _STATES[state]))
    return {title: marked for title, marked in found.items() if marked}


def _files(report: Report) -> dict[str, list[Shown]]:
    texts = report.texts()
    found: dict[str, list[Shown]] = {}
    for finding in report.findings:
        found.setdefault(finding.file, []).append(_shown(finding, texts))
    return found


def _shown(finding: Finding, texts: dict[str, Text]) -> Shown:
    line = excerpt.line(texts[finding.file], finding.place.line).strip()
    edited = texts.get(finding.fix_in)
    return Shown(finding, line[:200], preview(edited, finding) if edited is not None else [])
