"""The checklist of a move: ticked where it is proved, open where it is not, silent where it can't be seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parsonage.migrate.checklist import PARTS, render
from parsonage.migrate.code.check import Wanted, check

OLD = "Parse.Cloud.define('hi', function (req, res) { res.success(1); });\n"
NEW = "Parse.Cloud.define('hi', function (req) { return 1; });\n"
ASKS_FOR_MORE: dict[str, object] = {
    "appId": "guestbook",
    "masterKey": "m",
    "databaseURI": "mongodb://localhost/guestbook",
    "liveQuery": {"classNames": ["Note"]},
    "push": {"ios": {"pfx": "cert.p12"}},
}
TITLES = [step.title for part in PARTS for step in part.steps]


def checklist(folder: Path, code: str, configuration: dict[str, object] | None = None, end: str = "parsonage") -> str:
    (folder / "main.js").write_text(code)
    if configuration is not None:
        (folder / "config.json").write_text(json.dumps(configuration))
    return render(check([folder], Wanted("parse.com", end)), "guestbook")


def test_it_goes_from_what_there_is_to_the_day_of_the_move(tmp_path: Path) -> None:
    lines = checklist(tmp_path, NEW).splitlines()

    assert [line for line in lines if line.startswith("## ")] == [
        "## 1. Know what there is",
        "## 2. Code",
        "## 3. Keys and options",
        "## 4. Data",
        "## 5. Files",
        "## 6. Push, mail and webhooks",
        "## 7. Jobs",
        "## 8. Clients",
        "## 9. The day",
    ]


@pytest.mark.parametrize("title", TITLES)
def test_every_step_is_there_once(title: str, tmp_path: Path) -> None:
    assert checklist(tmp_path, NEW).count(f"] {title}") == 1


def test_what_was_read_is_counted_in_words(tmp_path: Path) -> None:
    shown = checklist(tmp_path, NEW, end="9")

    assert "# The move of guestbook from parse.com to Parse Server 9\n" in shown
    assert "- [x] All Cloud Code was read (1 file, 1 handler)" in shown


def test_what_the_code_proves_is_ticked(tmp_path: Path) -> None:
    assert "- [x] The safe fixes are applied (no safe fixes)" in checklist(tmp_path, NEW)


def test_what_the_code_shows_to_be_left_is_open_and_says_what(tmp_path: Path) -> None:
    assert "- [ ] The safe fixes are applied (1 safe fix left)" in checklist(tmp_path, OLD)


def test_what_the_configuration_proves_is_ticked_with_its_file(tmp_path: Path) -> None:
    shown = checklist(tmp_path, NEW, {"appId": "guestbook", "masterKey": "m", "serverURL": "http://localhost/parse"})

    assert "- [x] The app keeps its id (appId in config.json)" in shown
    assert "- [ ] Push has its certificates (not in config.json)" in shown


class TestWhatParsonageHasNotBuilt:
    def test_is_named_as_serve_refuses_it(self, tmp_path: Path) -> None:
        shown = checklist(tmp_path, NEW, ASKS_FOR_MORE)

        assert "- [ ] Parsonage has everything that is set (not built: databaseURI (MongoDB), liveQuery, push)" in shown

    def test_ticks_no_step_that_is_about_it(self, tmp_path: Path) -> None:
        shown = checklist(tmp_path, NEW, ASKS_FOR_MORE)

        assert "- [ ] The database is reached (not built in Parsonage: databaseURI (MongoDB) in config.json)" in shown
        assert "- [ ] Push has its certificates (not built in Parsonage: push in config.json)" in shown

    def test_is_no_matter_of_a_move_to_parse_server(self, tmp_path: Path) -> None:
        shown = checklist(tmp_path, NEW, ASKS_FOR_MORE, end="9")

        assert "- [x] The database is reached (databaseURI in config.json)" in shown
        assert "Parsonage has everything" not in shown

    def test_is_nothing_where_all_is_built(self, tmp_path: Path) -> None:
        shown = checklist(
            tmp_path, NEW, ASKS_FOR_MORE | {"databaseURI": "postgres://x/y", "liveQuery": {}, "push": None}
        )

        assert "- [x] Parsonage has everything that is set (as config.json has it)" in shown


def test_without_a_configuration_nothing_is_said_of_options(tmp_path: Path) -> None:
    assert "- [ ] The app keeps its id\n" in checklist(tmp_path, NEW)


def test_jobs_whose_schedule_has_to_be_set_up_are_named(tmp_path: Path) -> None:
    shown = checklist(tmp_path, "Parse.Cloud.job('night', async () => {});\n")

    assert "- [ ] Every job has its schedule (jobs: night)" in shown


def test_what_nobody_can_see_from_code_is_a_question(tmp_path: Path) -> None:
    assert "- [ ] The name's lifetime in DNS is short\n      Minutes, some days before." in checklist(tmp_path, NEW)
