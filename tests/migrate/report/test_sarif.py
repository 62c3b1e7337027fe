"""The report for code review has every member that SARIF 2.1.0 requires, and what forges ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parsonage.migrate.code.check import Report
from parsonage.migrate.code.report import sarif


@pytest.fixture
def log(report: Report) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(sarif.render(report))
    return decoded


@pytest.fixture
def run(log: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = log["runs"][0]
    return found


def test_a_log_names_its_version_and_its_schema(log: dict[str, Any]) -> None:
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")


def test_a_run_names_its_tool_and_describes_each_rule_once(run: dict[str, Any]) -> None:
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver["rules"]]

    assert driver["name"] == "Parsonage"
    assert len(ids) == len(set(ids))
    assert {result["ruleId"] for result in run["results"]} == set(ids)


def test_a_result_points_at_its_rule_and_its_place(run: dict[str, Any]) -> None:
    result = next(each for each in run["results"] if each["ruleId"] == "PC104")
    place = result["locations"][0]["physicalLocation"]

    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "PC104"
    assert result["level"] == "error"
    assert result["message"]["text"]
    assert place["artifactLocation"] == {"uri": "cloud/main.js", "uriBaseId": "%SRCROOT%"}
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (4, 1)


def test_a_result_is_recognised_although_lines_move(run: dict[str, Any]) -> None:
    prints = [result["partialFingerprints"]["line/v1"] for result in run["results"]]

    assert all(len(each) == 64 for each in prints)


def test_what_was_left_out_is_told_as_a_notification(run: dict[str, Any]) -> None:
    invocation = run["invocations"][0]

    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "cloud/main.ts: it is a binary file"


def test_no_secret_is_in_it(report: Report) -> None:
    assert "4eC39HqLyjWDarjtT1zdp7dc" not in sarif.render(report)
