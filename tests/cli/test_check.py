"""``parsonage check``: its reports, its statuses, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage

OLD = "Parse.Cloud.define('hi', function (req, res) { res.success(1); });\n"
NEW = "Parse.Cloud.define('hi', function (req) { return 1; });\n"


@pytest.fixture
def main(tmp_path: Path) -> Path:
    path = tmp_path / "cloud" / "main.js"
    path.parent.mkdir()
    path.write_text(OLD)
    return path


def test_programs_get_findings_handlers_and_what_was_left_out(main: Path, tmp_path: Path) -> None:
    status, report, _ = parsonage("check", ".", "--format", "json", folder=tmp_path)

    told = json.loads(report)
    assert status == 1
    assert [(each["rule"], each["file"], each["line"], each["fix"]) for each in told["findings"]] == [
        ("PC101", "cloud/main.js", 1, "safe")
    ]
    assert [(each["name"], each["runsUnchanged"]) for each in told["handlers"]] == [("hi", True)]
    assert told["leftOut"] == []


def test_a_fix_is_written_and_a_second_check_is_clean(main: Path, tmp_path: Path) -> None:
    parsonage("check", ".", "--fix", folder=tmp_path)

    status, _, _ = parsonage("check", ".", folder=tmp_path)

    assert status == 0
    assert main.read_text() == NEW


def test_a_diff_writes_nothing(main: Path, tmp_path: Path) -> None:
    _, shown, _ = parsonage("check", ".", "--diff", folder=tmp_path)

    assert f"+{NEW}" in shown
    assert main.read_text() == OLD


def test_a_comment_with_a_reason_excuses_a_finding(main: Path, tmp_path: Path) -> None:
    main.write_text(f"// parsonage-ignore PC101: it is never called\n{OLD}")

    status, _, _ = parsonage("check", ".", folder=tmp_path)

    assert status == 0


def test_a_known_finding_is_not_told_again(main: Path, tmp_path: Path) -> None:
    parsonage("check", ".", "--baseline", "known.json", "--write-baseline", folder=tmp_path)

    status, _, _ = parsonage("check", ".", "--baseline", "known.json", folder=tmp_path)

    assert status == 0


def test_the_status_tells_that_a_file_could_not_be_read(main: Path, tmp_path: Path) -> None:
    (tmp_path / "cloud" / "main.ts").write_bytes(b"\0\1Parse.Cloud")

    status, report, _ = parsonage("check", ".", folder=tmp_path)

    assert status == 3
    assert "left out: cloud/main.ts: it is a binary file" in report
