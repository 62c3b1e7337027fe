"""The tutorial shows what the example does: its listings are the example's own text, and its commands work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import EXAMPLE
from tests.machinery.processes import plain_environment

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "guestbook.md"
LISTING = re.compile(r"^```(toml|python|javascript)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = LISTING.findall(PAGE.read_text())
WHOLE = ("parsonage.toml", "cloud/main.py", "tests/test_cloud.py")


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_the_tutorial_has_one_write_is_the_examples(name: str) -> None:
    listings = [text for _, text in SHOWN]

    assert (EXAMPLE / name).read_text() in listings


def test_what_the_tutorial_shows_of_the_page_is_the_examples() -> None:
    script = (EXAMPLE / "public" / "desk.js").read_text()

    assert [text for language, text in SHOWN if language == "javascript" and text not in script] == []


def test_the_tests_that_the_tutorial_has_one_write_pass(tmp_path: Path) -> None:
    project = tmp_path / "guestbook"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("node_modules", "*.db*", ".parsonage"))

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=project,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "4 passed" in ran.stdout, ran.stdout


def test_the_job_runs_by_itself(tmp_path: Path) -> None:
    project = tmp_path / "guestbook"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("node_modules", "*.db*", ".parsonage"))

    ran = subprocess.run(
        [sys.executable, "-m", "parsonage", "job", "run", "count_entries"],
        cwd=project,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "0 entries" in ran.stdout
