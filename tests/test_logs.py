from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from parsonage.logs import VERBOSE, set_up_logs
from parsonage.options.model import Logs


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
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
