"""The first figures of a report: how many handlers run as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.check import Wanted, check
from parsonage.migrate.code.counts import HandlerReport
from parsonage.migrate.code.fix import mend

EXAMPLES = Path(__file__).with_name("rules")


def handlers_of(code: str, folder: Path) -> tuple[HandlerReport, ...]:
    (folder / "main.js").write_text(code, encoding="utf-8")
    return check([folder], Wanted("parse.com")).handlers


def needing_hands(folder: Path, *, for_figures: bool) -> list[tuple[str, str | None, str, bool]]:
    """Whether each handler needs hands once a project is mended as for figures, or in earnest."""
    mended = mend(check([folder], Wanted("parse.com")), for_figures=for_figures).report.handlers
    return [(handler.kind, handler.name, handler.file, handler.needs_hands) for handler in mended]


def test_a_job_whose_schedule_is_missing_runs_unchanged_all_the_same(tmp_path: Path) -> None:
    (job,) = handlers_of("Parse.Cloud.job('tidy', function (request) { return 'done'; });", tmp_path)

    assert (job.runs_unchanged, job.needs_hands) == (True, False)


def test_a_handler_beside_a_server_without_a_mail_adapter_runs_unchanged(tmp_path: Path) -> None:
    server = "new ParseServer({ appId: 'a', masterKey: 'm', verifyUserEmails: true });"
    (hello,) = handlers_of(f"{server} Parse.Cloud.define('hello', async (request) => 'hi');", tmp_path)

    assert (hello.runs_unchanged, hello.needs_hands) == (True, False)


def test_a_handler_that_answers_before_its_chain_has_run_needs_hands(tmp_path: Path) -> None:
    (save,) = handlers_of("Parse.Cloud.beforeSave('A', function (q) { check(q).then(judge); });", tmp_path)

    assert (save.runs_unchanged, save.needs_hands) == (False, True)


def test_a_trigger_on_a_class_in_a_variable_has_the_classs_name(tmp_path: Path) -> None:
    code = "var Profile = Parse.Object.extend('Profile'); Parse.Cloud.beforeSave(Profile, function (request) {});"
    (save,) = handlers_of(code, tmp_path)

    assert (save.kind, save.name) == ("beforeSave", "Profile")


class TestFiguresWithoutMendingAll:
    """What is mended for the figures alone comes to the same as mending everything."""

    def test_the_examples_of_all_rules_come_to_the_same(self) -> None:
        assert needing_hands(EXAMPLES, for_figures=True) == needing_hands(EXAMPLES, for_figures=False)

    @pytest.mark.parametrize(
        ("code", "needs_hands"),
        [
            ("Parse.Cloud.define('a', q => new Parse.Query('N').find());", True),
            ("Parse.Cloud.define('a', async q => { const me = Parse.User.current(); await me.save(); });", False),
            ("Parse.Cloud.beforeSave('N', (q, r) => { r.success(new Parse.Query('N').find()); });", False),
            ("require('moment'); Parse.Cloud.define('a', q => { return Parse.Promise.as(1); });", True),
        ],
    )
    def test_a_fix_of_another_rule_counts(self, code: str, needs_hands: bool, tmp_path: Path) -> None:
        (tmp_path / "main.js").write_text(code, encoding="utf-8")

        quick, whole = (needing_hands(tmp_path, for_figures=for_figures) for for_figures in (True, False))

        assert quick == whole == [(*whole[0][:-1], needs_hands)]
