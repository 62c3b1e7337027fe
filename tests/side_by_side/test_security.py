"""``GET /security``, whose checks are our own and whose shape is Parse Server's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.side_by_side.case import get
from tests.side_by_side.exchange import Door, Memory, Pair

STATES = {"success", "fail"}


def report(door: Door) -> dict[str, Any]:
    """The report of a server that was asked with the master key."""
    answer = Memory(door, "").ask(get("/security").as_master())
    assert answer.status == 200, answer
    told: dict[str, Any] = answer.body
    return told


def keys_of(parts: Iterable[dict[str, Any]]) -> set[tuple[str, ...]]:
    """The sets of keys that occur."""
    return {tuple(sorted(part)) for part in parts}


@pytest.fixture(scope="module")
def reports(both_guarded: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of Parse Server and ours, of one configuration."""
    return report(both_guarded.peer), report(next(iter(both_guarded.ours.values())))


def test_report_groups_and_checks_have_the_same_keys(reports: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = reports

    assert (ours.keys(), ours["report"].keys()) == (theirs.keys(), theirs["report"].keys())
    assert keys_of(ours["report"]["groups"]) == keys_of(theirs["report"]["groups"])
    assert keys_of(check for group in ours["report"]["groups"] for check in group["checks"]) == keys_of(
        check for group in theirs["report"]["groups"] for check in group["checks"]
    )


def test_version_and_states_are_the_same_words(reports: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = reports

    assert ours["report"]["version"] == theirs["report"]["version"]
    assert {check["state"] for group in ours["report"]["groups"] for check in group["checks"]} == STATES
    assert {check["state"] for group in theirs["report"]["groups"] for check in group["checks"]} == STATES


def test_a_check_that_both_have_comes_to_the_same_end(reports: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = (
        {check["title"]: check["state"] for group in told["report"]["groups"] for check in group["checks"]}
        for told in reports
    )
    common = theirs.keys() & ours.keys()

    assert len(common) >= 6
    assert {title: ours[title] for title in common} == {title: theirs[title] for title in common}
