"""docs/how-to/test-cloud-code.md: its project passes its tests, and it names what the fixtures offer."""

from __future__ import annotations

import inspect

import pytest

from parsonage.testing.throwaway import SyncThrowaway, Throwaway
from tests.testing.pages import DOCS, write_files

pytest_plugins = ["pytester"]

PAGE = "how-to/test-cloud-code.md"


def test_the_project_of_the_page_passes_its_tests(pytester: pytest.Pytester) -> None:
    write_files(PAGE, pytester.path)

    pytester.runpytest("tests").assert_outcomes(passed=6)


@pytest.mark.parametrize("word", ["sign_up", "anybody", "master", "run_job", "log", "house", "sync", "served"])
def test_what_the_fixture_offers_is_on_the_page(word: str) -> None:
    assert word in (DOCS / PAGE).read_text()


def test_both_fixtures_offer_the_same(parse: Throwaway, parse_sync: SyncThrowaway) -> None:
    not_in_sync = {"sync", "open"}

    assert public(parse) - not_in_sync == public(parse_sync)


def public(given: object) -> set[str]:
    return {name for name, _ in inspect.getmembers(given) if not name.startswith("_")}
