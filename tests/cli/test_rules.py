"""``parsonage rules``: the catalogue in the terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.parsonage_command import parsonage


def test_the_rules_are_listed(tmp_path: Path) -> None:
    status, listed, _ = parsonage("rules", folder=tmp_path)

    assert status == 0
    assert "PC207  breaks    backbone-callbacks" in listed


def test_the_page_of_a_rule_is_shown(tmp_path: Path) -> None:
    _, page, _ = parsonage("rules", "pc302", folder=tmp_path)

    assert page.startswith("# PC302 current-user")


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    ended = parsonage("rules", "PC999", folder=tmp_path)

    assert ended == (1, "", "parsonage: there is no rule PC999; parsonage rules lists them\n")
