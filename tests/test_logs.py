from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from parsonage.logs import VERBOSE, DailyFiles, set_up_logs
from parsonage.options.model import Logs


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if isinstance(handler, DailyFiles):
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


class TestTheLog:
    def test_is_made_of_lines_that_say_when_how_bad_and_where(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logs(Logs())

        logging.getLogger("parsonage.cloud.hello").warning("mind the %s", "gap")

        line = capsys.readouterr().err
        assert line.endswith("WARNING parsonage.cloud.hello: mind the gap\n")

    def test_is_one_json_object_a_line_if_asked(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logs(Logs(as_json=True))

        logging.getLogger("parsonage.http").error("no")

        line = json.loads(capsys.readouterr().err)
        assert (line["level"], line["logger"], line["message"]) == ("error", "parsonage.http", "no")

    def test_shows_requests_from_verbose_on(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logs(Logs(level="verbose"))

        logging.getLogger("parsonage.http").log(VERBOSE, "GET /parse/classes/Note 200")

        assert "VERBOSE parsonage.http: GET" in capsys.readouterr().err

    def test_says_nothing_when_silent(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logs(Logs(silent=True))

        logging.getLogger("parsonage.http").critical("on fire")

        assert capsys.readouterr().err == ""


def written(folder: Path) -> dict[str, str]:
    """The files of a folder, by name."""
    return {file.name: file.read_text() for file in folder.iterdir()}


def record_of(day: str, message: str) -> logging.LogRecord:
    """A line of noon of a day."""
    record = logging.makeLogRecord({"name": "parsonage.cloud", "levelno": logging.INFO, "levelname": "INFO"})
    record.msg, record.created = message, datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()
    return record


def log_on(day: str, message: str) -> None:
    """Have a line logged at noon of a day."""
    logging.getLogger().handle(record_of(day, message))


class TestFiles:
    def test_hold_what_the_console_shows_a_file_for_each_day(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        set_up_logs(Logs(folder=str(tmp_path / "logs")))

        log_on("2026-11-28", "before midnight")
        log_on("2026-11-29", "after midnight")

        files = written(tmp_path / "logs")
        assert sorted(files) == ["parsonage.2026-11-28.log", "parsonage.2026-11-29.log"]
        assert "".join(files[name] for name in sorted(files)) == capsys.readouterr().err

    def test_are_written_by_a_silent_server_as_well(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logs(Logs(silent=True, folder=str(tmp_path)))

        log_on("2026-11-29", "hello")

        assert "hello" in written(tmp_path)["parsonage.2026-11-29.log"]
        assert capsys.readouterr().err == ""

    def test_go_when_there_are_more_than_may_stay(self, tmp_path: Path) -> None:
        (tmp_path / "notes.log").write_text("not ours")
        set_up_logs(Logs(silent=True, folder=str(tmp_path), most_files=2))

        log_on("2026-11-27", "a")
        log_on("2026-11-28", "b")
        log_on("2026-11-29", "c")

        assert sorted(written(tmp_path)) == ["notes.log", "parsonage.2026-11-28.log", "parsonage.2026-11-29.log"]

    def test_of_two_processes_are_one(self, tmp_path: Path) -> None:
        here, there = DailyFiles(tmp_path, None), DailyFiles(tmp_path, None)

        here.handle(record_of("2026-11-29", "first"))
        there.handle(record_of("2026-11-29", "second"))
        here.handle(record_of("2026-11-29", "third"))
        here.close()
        there.close()

        assert written(tmp_path) == {"parsonage.2026-11-29.log": "first\nsecond\nthird\n"}
