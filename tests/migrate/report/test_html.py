"""The page for a team lead: alone in its file, and all of it said."""

from __future__ import annotations

import re

import pytest

from parsonage.migrate.code.check import Report
from parsonage.migrate.code.counts import figures
from parsonage.migrate.code.fix import mend
from parsonage.migrate.code.report import html


@pytest.fixture
def page(report: Report) -> str:
    mended = mend(report).report.handlers
    return html.render(report, mended, figures(report.handlers, mended), "cloud/")


def test_it_needs_neither_files_nor_a_network(page: str) -> None:
    assert re.findall(r"(?:src|href)=|url\(|@import", page) == []


def test_it_says_first_how_many_handlers_run(page: str) -> None:
    numbers = re.findall(r'<div class="figure"><b>(\d+) <small>of (\d+)', page)

    assert numbers == [("4", "4"), ("3", "4"), ("1", "4")]


def test_it_says_what_to_do_first(page: str) -> None:
    first = re.findall(r"<li>Apply the safe fixes: <code>(.*?)</code>", page)

    assert first == ["parsonage check cloud/ --fix"]


def test_code_is_set_apart_in_titles(page: str) -> None:
    assert "<code>response.success()</code>" in page


def test_it_shows_a_finding_before_and_after(page: str) -> None:
    assert '<i class="minus">-Parse.Cloud.define(&#39;hi&#39;, function (req, res) { res.success(1); });</i>' in page
    assert '<i class="plus">+Parse.Cloud.define(&#39;hi&#39;, function (req) { return 1; });</i>' in page


def test_it_is_a_map_of_the_app(page: str) -> None:
    handlers = re.findall(r'<div class="handler (\w+)"><b>(.*?)</b>', page)

    assert handlers == [("fixed", "hi"), ("hands", "keep"), ("runs", "new"), ("fixed", "night")]


def test_code_in_it_is_text_and_no_part_of_the_page(page: str) -> None:
    assert "<b>done</b>" not in page


def test_it_tells_what_was_left_out(page: str) -> None:
    assert "it is a binary file" in page


def test_no_secret_is_in_it(page: str) -> None:
    assert "4eC39HqLyjWDarjtT1zdp7dc" not in page
