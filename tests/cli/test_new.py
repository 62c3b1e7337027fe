"""``parsonage new``: a project that runs and passes its own tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage, plain_environment


def test_a_new_project_has_cloud_code_tests_and_options(tmp_path: Path) -> None:
    status, _, _ = parsonage("new", "guestbook", folder=tmp_path)

    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert status == 0
    assert made == {
        "guestbook/.gitignore",
        "guestbook/README.md",
        "guestbook/cloud/main.py",
        "guestbook/parsonage.toml",
        "guestbook/pytest.ini",
        "guestbook/tests/test_cloud.py",
    }


def test_a_new_project_passes_its_own_tests(tmp_path: Path) -> None:
    parsonage("new", "guestbook", folder=tmp_path)

    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "guestbook",
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "3 passed" in tests.stdout, tests.stdout + tests.stderr


def test_the_job_of_a_new_project_runs(tmp_path: Path) -> None:
    parsonage("new", "guestbook", folder=tmp_path)

    ended = parsonage("job", "run", "count_reviews", folder=tmp_path / "guestbook")

    assert ended == (0, "job count_reviews succeeded: reviews: 0\n", "")


def test_the_jobs_of_a_new_project_are_listed(tmp_path: Path) -> None:
    parsonage("new", "guestbook", folder=tmp_path)

    ended = parsonage("job", "list", folder=tmp_path / "guestbook")

    assert ended == (0, "count_reviews\n", "")


def test_an_empty_folder_may_become_a_project(tmp_path: Path) -> None:
    (tmp_path / "guestbook").mkdir()

    status, _, _ = parsonage("new", "guestbook", folder=tmp_path)

    assert status == 0


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "guestbook").mkdir()
    (tmp_path / "guestbook" / "mine.txt").write_text("mine")

    ended = parsonage("new", "guestbook", folder=tmp_path)

    assert ended == (1, "", "parsonage: guestbook: the folder is not empty\n")
    assert [path.name for path in (tmp_path / "guestbook").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", [".hidden", "a$b", "_", 'quo"te'])
def test_a_name_that_would_break_the_files_is_refused(name: str, tmp_path: Path) -> None:
    status, _, complaint = parsonage("new", name, folder=tmp_path)

    assert status == 1
    assert f'parsonage: "{name}" is no name for a project' in complaint
