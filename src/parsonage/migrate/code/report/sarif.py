"""The report for code review: SARIF 2.1.0, as the usual forges take it.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from urllib.parse import quote

import msgspec

from parsonage.migrate.code import excerpt
from parsonage.migrate.code.asking import SYNTAX
from parsonage.migrate.code.check import Report, fingerprint
from parsonage.migrate.code.finding import Finding, Severity
from parsonage.migrate.code.pages import page
from parsonage.migrate.code.rule import Rule, all_rules
from parsonage.migrate.code.source import Text
from parsonage.version import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.CRASH: "error",
    Severity.BREAKS: "error",
    Severity.SECURITY: "error",
    Severity.RISKY: "warning",
    Severity.WARN: "warning",
    Severity.INFO: "note",
}


def render(report: Report) -> str:
    """The report as one SARIF log with one run. Paths are relative to what was checked."""
    broken = {finding.rule for finding in report.findings}
    described = [_described(rule) for rule in all_rules().values() if rule.id in broken]
    if SYNTAX in broken:
        described.append({"id": SYNTAX, "shortDescription": {"text": "A file that can't be parsed"}})
    places = {each["id"]: number for number, each in enumerate(described)}
    texts = report.texts()
    run = {
        "tool": {
            "driver": {
                "name": "Parsonage",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": described,
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.incomplete,
                "toolExecutionNotifications": [
                    {
                        "level": "warning" if left_out.trouble else "note",
                        "message": {"text": f"{left_out.file}: {left_out.reason}"},
                        "locations": [{"physicalLocation": {"artifactLocation": _artifact(left_out.file)}}],
                    }
                    for left_out in report.left_out
                ],
            }
        ],
        "results": [_result(finding, places[finding.rule], texts[finding.file]) for finding in report.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _described(rule: Rule) -> dict[str, object]:
    text = page(rule)
    return {
        "id": rule.id,
        "name": rule.slug,
        "shortDescription": {"text": rule.title},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"severity": rule.severity.word, "runsInLegacyMode": rule.legacy},
    }


def _result(finding: Finding, rule: int, file: Text) -> dict[str, object]:
    place = finding.place
    region: dict[str, object] = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        "snippet": {"text": excerpt.line(file, place.line)},
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(finding.file), "region": region}}],
        "partialFingerprints": {"line/v1": sha256(fingerprint(finding, file).encode()).hexdigest()},
        "properties": {"severity": finding.severity.word, "fix": finding.fix.kind.value if finding.fix else None},
    }


@cache
def _artifact(name: str) -> dict[str, str]:
    return {"uri": quote(name), "uriBaseId": _ROOT}
