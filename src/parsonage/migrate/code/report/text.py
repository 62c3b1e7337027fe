"""The report for a terminal: what the move means first, then every finding with its line of code."""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.check import Report
from parsonage.migrate.code.counts import Figures, many
from parsonage.migrate.code.finding import Finding, FixKind, Severity
from parsonage.migrate.code.source import Text
from parsonage.migrate.code.versions import end_title

_WIDEST = 160
_COLOURS = {
    Severity.CRASH: "31;1",
    Severity.BREAKS: "31",
    Severity.SECURITY: "35",
    Severity.RISKY: "33",
    Severity.WARN: "36",
    Severity.INFO: "2",
}


def render(report: Report, figures: Figures, *, colours: bool = False) -> str:
    """The whole report as text, with escape sequences for colours if wanted."""
    return "\n".join([*_lines(report, figures, colours), ""])


def _lines(report: Report, figures: Figures, colours: bool) -> Iterator[str]:
    guessed = f" (guessed: {report.start.reason})" if report.terms.guessed else ""
    yield f"  From {report.start.title} to {end_title(report.terms.end)}{guessed}"
    yield f"  {_handlers(figures)}"
    texts = report.texts()
    for finding in report.findings:
        yield ""
        yield from _finding(finding, texts[finding.file], colours)
    yield ""
    for left_out in report.left_out:
        yield f"  left out: {left_out.file}: {left_out.reason}"
    yield f"  {_sum(report)}"


def _finding(finding: Finding, file: Text, colours: bool) -> Iterator[str]:
    fix = {FixKind.SAFE: "; --fix mends it", FixKind.ASSISTED: "; a fix can be offered"}
    note = fix[finding.fix.kind] if finding.fix is not None else ""
    severity = finding.severity.word
    if colours:
        severity = f"\x1b[{_COLOURS[finding.severity]}m{severity}\x1b[0m"
    place = finding.place
    yield f"{finding.file}:{place.line}:{place.column}: {finding.rule} {severity}: {finding.message}{note}"
    line = excerpt.line(file, place.line).expandtabs(1)
    if len(line) <= _WIDEST:
        end = place.end_column if place.end_line == place.line else len(line) + 1
        yield f"    {line}"
        yield f"    {' ' * (place.column - 1)}{'^' * max(1, end - place.column)}"


def _handlers(figures: Figures) -> str:
    if not figures.handlers:
        return "No handlers were found"
    return (
        f"{many(figures.handlers, 'handler')}: {figures.run_unchanged} can run unchanged on Parsonage, "
        f"{figures.run_after_fixes} on Parse Server 9 after the safe fixes; {figures.need_hands} need hands"
    )


def _sum(report: Report) -> str:
    counts = dict.fromkeys(reversed(Severity), 0)
    for finding in report.findings:
        counts[finding.severity] += 1
    parts = ", ".join(f"{count} {severity.word}" for severity, count in counts.items() if count)
    fixes = [finding.fix.kind for finding in report.findings if finding.fix is not None]
    hidden = [f"{report.seen.known} known", f"{report.seen.excused} excused"]
    shown = [words for words, count in zip(hidden, (report.seen.known, report.seen.excused), strict=True) if count]
    head = f"{many(len(report.findings), 'finding')}" + (f" ({parts})" if parts else "")
    mendable = f"; {fixes.count(FixKind.SAFE)} with a safe fix" if fixes else ""
    return f"{head} in {many(len(report.texts()), 'file')}{mendable}" + "".join(f"; {words}" for words in shown)
