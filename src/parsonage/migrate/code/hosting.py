"""What a server that hosts old code asks the checker: does it call for legacy mode, and what runs nowhere any more.

Only what no later code says calls for it: the promises, callbacks and modules of the first SDKs, answers through a
second parameter, the master key and the user of a whole call. A query without options looks the same in all times
and says nothing.

Source: reference/migration-rules.md, on the lines "Legacy".
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from parsonage.migrate.code.check import Wanted, check
from parsonage.migrate.code.finding import Finding, Severity
from parsonage.migrate.code.rule import Rule, all_rules

JOB_SCHEDULE = "PC501"
"""The rule about jobs that were scheduled in a dashboard."""

SIGNS = frozenset(
    {
        *("PC101", "PC102", "PC103", "PC104", "PC114"),  # how handlers were called
        *("PC201", "PC202", "PC203", "PC204", "PC205", "PC206", "PC207", "PC208"),  # promises and callbacks
        *("PC301", "PC302", "PC304", "PC307"),  # who is asking
        *("PC405", "PC406", "PC601", "PC603", "PC604", "PC607"),  # what the SDK and the host brought along
    }
)


class Place(msgspec.Struct, frozen=True):
    """Where a rule found something first, and in how many places more."""

    rule: str
    title: str
    file: str
    line: int
    more: int = 0

    def __str__(self) -> str:
        more = f" and {self.more} more" if self.more else ""
        return f"{self.rule} {self.title}: {self.file}:{self.line}{more}"


class Judgement(msgspec.Struct, frozen=True):
    """What was found in the code that a server is to host."""

    sign: Place | None = None
    """What calls for legacy mode; ``None`` where nothing does."""
    reported: tuple[Place, ...] = ()
    """What legacy mode does not bring back, one place for each rule."""


def judge(folder: Path) -> Judgement:
    """Read the code below a folder, and say what era it is of."""
    reported = frozenset(rule.id for rule in all_rules().values() if rule.id.startswith("PC") and _is_gone(rule))
    report = check([folder], Wanted(start="parse.com", rules=SIGNS | reported))
    signs = _places(finding for finding in report.findings if finding.rule in SIGNS)
    return Judgement(
        signs[0] if signs else None, tuple(_places(finding for finding in report.findings if finding.rule in reported))
    )


def _is_gone(rule: Rule) -> bool:
    """Whether a rule is about what legacy mode lacks: dangers are as they were, and schedules never were code."""
    return not rule.legacy and rule.severity is not Severity.SECURITY and rule.id != JOB_SCHEDULE


def _places(findings: Iterable[Finding]) -> list[Place]:
    """The first place of each rule, in the order of the rules."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    rules = all_rules()
    return [
        Place(rule, rules[rule].title, found[0].file, found[0].place.line, len(found) - 1)
        for rule, found in sorted(by_rule.items())
    ]
