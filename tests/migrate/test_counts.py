"""The first figures of a report: how many handlers run as they are."""

from __future__ import annotations

from pathlib import Path

from parsonage.migrate.code.check import Wanted, check
from parsonage.migrate.code.counts import HandlerReport


def handlers_of(code: str, folder: Path) -> tuple[HandlerReport, ...]:
    (folder / "main.js").write_text(code, encoding="utf-8")
    return check([folder], Wanted("parse.com")).handlers


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
