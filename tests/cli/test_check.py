"""``parsonage check``: its reports, its statuses, and what it writes."""

from __future__ import annotations

import json
import subprocess
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


class TestCodeThatNoLongerTellsItsTimeOnceItIsMended:
    @pytest.fixture(autouse=True)
    def mixed(self, main: Path) -> None:
        main.write_text(
            "var _ = require('underscore'), Stripe = require('stripe');\n"
            "Stripe.initialize('k');\n"
            f"{OLD}Parse.Cloud.define('new', async () => {{ await Promise.all([]); }});\n"
        )

    def test_is_reported_on_the_first_guess(self, tmp_path: Path) -> None:
        _, report, told = parsonage("check", ".", "--fix", folder=tmp_path)

        assert report.startswith("  From parse.com to Parsonage")
        assert "say --from parse.com from now on" in told

    def test_shows_what_no_package_json_provides_in_later_checks_too(self, tmp_path: Path) -> None:
        parsonage("check", ".", "--fix", folder=tmp_path)

        _, report, _ = parsonage("check", ".", "--format", "json", folder=tmp_path)

        told = json.loads(report)
        assert told["from"] == "3"
        assert [each["rule"] for each in told["findings"] if each["rule"] in {"PC606", "PC607"}] == ["PC607", "PC606"]


HARD = "Parse.Cloud.define('hi', function (req, res) { later(function () { res.success(1); }); });\n"


class TestFixesThatNeedConsent:
    def test_each_is_shown_and_made_once_somebody_says_yes(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD)

        status, _, asked = parsonage("check", ".", "--fix", "--assisted", folder=tmp_path, typed="yes\n")

        assert status == 0
        assert "+Parse.Cloud.define('hi', function (req) { return new Promise(" in asked
        assert "return new Promise(" in main.read_text()

    def test_a_letter_will_do(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD)

        parsonage("check", ".", "--fix", "--assisted", folder=tmp_path, typed="y\n")

        assert "return new Promise(" in main.read_text()

    def test_one_that_looks_like_another_is_offered_as_well(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD + HARD)

        parsonage("check", ".", "--fix", "--assisted", folder=tmp_path, typed="no\nyes\n")

        assert main.read_text().count("return new Promise(") == 1

    def test_a_no_leaves_the_file_as_it_is(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD)

        status, _, _ = parsonage("check", ".", "--fix", "--assisted", folder=tmp_path, typed="no\n")

        assert status == 1
        assert main.read_text() == HARD

    def test_nobody_who_answers_is_told_in_a_sentence(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD)

        status, _, told = parsonage("check", ".", "--fix", "--assisted", folder=tmp_path)

        assert status == 1
        assert told.splitlines()[-1].startswith("parsonage: --assisted asks about each fix, in a terminal")

    def test_all_is_asked_once(self, main: Path, tmp_path: Path) -> None:
        main.write_text(HARD + HARD.replace("hi", "ho"))

        _, _, asked = parsonage("check", ".", "--fix", "--assisted", folder=tmp_path, typed="all\n")

        assert asked.count("Apply?") == 1
        assert main.read_text().count("new Promise") == 2


class TestAWorkTreeWithUncommittedChanges:
    @pytest.fixture(autouse=True)
    def repository(self, main: Path, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def test_is_asked_about_before_anything_is_written(self, main: Path, tmp_path: Path) -> None:
        status, _, asked = parsonage("check", ".", "--fix", folder=tmp_path, typed="n\n")

        assert status == 1
        assert "changes that are not committed" in asked
        assert asked.endswith("parsonage: nothing was fixed: commit what is changed, or say --force\n")
        assert main.read_text() == OLD

    def test_is_fixed_after_a_yes(self, main: Path, tmp_path: Path) -> None:
        parsonage("check", ".", "--fix", folder=tmp_path, typed="y\n")

        assert main.read_text() == NEW

    def test_is_not_asked_about_with_force(self, main: Path, tmp_path: Path) -> None:
        _, _, asked = parsonage("check", ".", "--fix", "--force", folder=tmp_path)

        assert "not committed" not in asked
        assert main.read_text() == NEW


def test_a_configuration_alone_is_a_file_with_findings(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"appId": "a", "masterKey": "m", "serverURL": "http://localhost/parse"}')

    _, report, _ = parsonage("check", ".", "--from", "3", folder=tmp_path)

    assert report.startswith("  From Parse Server 3 to Parsonage\n")
    assert "in 1 file\n" in report


def test_a_page_is_written_beside_the_report(main: Path, tmp_path: Path) -> None:
    _, report, _ = parsonage("check", ".", "--html", "report.html", folder=tmp_path)

    assert report.startswith("  From parse.com")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_the_first_figures_are_told_to_programs(main: Path, tmp_path: Path) -> None:
    _, report, _ = parsonage("check", ".", "--format", "json", folder=tmp_path)

    assert json.loads(report)["figures"] == {"handlers": 1, "runUnchanged": 1, "runAfterFixes": 1, "needHands": 0}
