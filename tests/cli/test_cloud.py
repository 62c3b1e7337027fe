"""``parsonage cloud``: what is registered, and what is fetched for JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage

NPM = """#!/bin/sh
echo "$@" > asked.txt
echo "npm error network down" >&2
exit 7
"""


@pytest.fixture
def npm_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").write_text(NPM)
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


def test_an_app_without_cloud_code_is_told(tmp_path: Path) -> None:
    assert parsonage("cloud", "list", folder=tmp_path) == (0, "", "no Cloud Code\n")


def test_cloud_code_without_handlers_is_told(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")

    assert parsonage("cloud", "list", "--cloud", "main.py", folder=tmp_path) == (0, "", "no handlers in main.py\n")


def test_javascript_that_is_not_there_is_told_before_its_packages_are(tmp_path: Path) -> None:
    status, _, complaint = parsonage("serve", "--cloud", "cloud/main.js", folder=tmp_path)

    assert (status, complaint.splitlines()[-1]) == (1, "parsonage: there is no Cloud Code at cloud/main.js")


@pytest.mark.usefixtures("npm_that_fails")
def test_what_npm_complains_of_is_shown(tmp_path: Path) -> None:
    status, out, complaint = parsonage("cloud", "install", folder=tmp_path)
    lines = complaint.splitlines()

    assert (status, out) == (1, "")
    assert lines[0].startswith("Installing parse@")
    assert lines[1] == "npm error network down"
    assert lines[2].startswith("parsonage: npm could not install parse@")
    assert lines[2].endswith(": it ended with status 7")


@pytest.mark.usefixtures("npm_that_fails")
def test_npm_does_not_try_for_ever(tmp_path: Path) -> None:
    parsonage("cloud", "install", folder=tmp_path)

    assert "--fetch-retries=1 --fetch-timeout=60000" in (tmp_path / "asked.txt").read_text()
