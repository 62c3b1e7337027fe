"""The report for programs."""

from __future__ import annotations

import msgspec

from parsonage.migrate.code.check import Report
from parsonage.migrate.code.counts import Figures


def render(report: Report, figures: Figures) -> str:
    """The report as one JSON object: ``findings``, ``handlers``, ``leftOut``, and what it all comes to."""
    body = {
        "from": report.start.name,
        "to": report.terms.end,
        "figures": figures,
        "findings": [
            {
                "rule": finding.rule,
                "file": finding.file,
                "line": finding.place.line,
                "column": finding.place.column,
                "endLine": finding.place.end_line,
                "endColumn": finding.place.end_column,
                "severity": finding.severity.word,
                "message": finding.message,
                "fix": finding.fix.kind.value if finding.fix is not None else None,
            }
            for finding in report.findings
        ],
        "handlers": [
            {
                "kind": handler.kind,
                "name": handler.name,
                "file": handler.file,
                "line": handler.line,
                "language": handler.language,
                "runsUnchanged": handler.runs_unchanged,
            }
            for handler in report.handlers
        ],
        "leftOut": [{"file": left_out.file, "reason": left_out.reason} for left_out in report.left_out],
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"
