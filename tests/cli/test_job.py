"""``parsonage job``: jobs from a shell or from cron."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.parsonage_command import parsonage

CLOUD = """
from parsonage.cloud import Cloud, JobRequest

cloud = Cloud()


@cloud.job
async def greet(request: JobRequest) -> str:
    return f"hello {request.params['name']}"


@cloud.job
async def fail(request: JobRequest) -> str:
    raise ValueError("no more seats")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two jobs."""
    (tmp_path / "main.py").write_text(CLOUD)
    (tmp_path / "parsonage.toml").write_text('appId = "a"\nmasterKey = "m"\ncloud = "main.py"\n')
    return tmp_path


def test_a_job_is_given_its_parameters(project: Path) -> None:
    ended = parsonage("job", "run", "greet", "--params", '{"name": "Ada"}', folder=project)

    assert ended == (0, "job greet succeeded: hello Ada\n", "")


def test_a_job_that_fails_ends_with_status_1(project: Path) -> None:
    status, out, complaint = parsonage("job", "run", "fail", folder=project)

    assert (status, out) == (1, "")
    assert "job fail failed" in complaint


def test_an_unknown_job_is_told_with_those_that_there_are(project: Path) -> None:
    ended = parsonage("job", "run", "gret", folder=project)

    assert ended == (1, "", "parsonage: there is no job gret; the jobs are: fail, greet\n")


def test_parameters_that_are_no_object_are_a_usage_error(project: Path) -> None:
    status, _, complaint = parsonage("job", "run", "greet", "--params", "[1]", folder=project)

    assert status == 2
    assert "--params: it must be a JSON object" in complaint


def test_jobs_are_listed_by_name(project: Path) -> None:
    assert parsonage("job", "list", folder=project) == (0, "fail\ngreet\n", "")


SCHEDULED = """
from parsonage.cloud import Cloud, JobRequest

cloud = Cloud()


@cloud.job(schedule="0 4 1 1 *", timezone="Europe/Zurich")
async def greet(request: JobRequest) -> None:
    pass


@cloud.job(schedule="*/10 0 3 * * *")
async def often(request: JobRequest) -> None:
    pass
"""


def test_schedules_are_shown_with_their_next_moment(project: Path) -> None:
    (project / "main.py").write_text(SCHEDULED)

    status, out, _ = parsonage("job", "schedule", folder=project)
    lines = sorted(out.splitlines())

    assert status == 0
    assert re.fullmatch(r"greet  0 4 1 1 \* \(Europe/Zurich\)  next \d{4}-01-01 03:00:00 UTC", lines[0])
    assert re.fullmatch(r"often  \*/10 0 3 \* \* \*  next [\d-]{10} 03:00:[0-5]0 UTC", lines[1])


def test_schedules_are_printed_for_cron(project: Path) -> None:
    (project / "main.py").write_text(SCHEDULED)

    _, out, _ = parsonage("job", "crontab", folder=project)
    lines = sorted(out.splitlines())

    assert lines == [
        f"# */10 0 3 * * *: cd {project} && {sys.executable} -m parsonage job run often",
        f"0 4 1 1 * cd {project} && {sys.executable} -m parsonage job run greet",
        "CRON_TZ=Europe/Zurich",
    ]


def test_lines_for_cron_run_where_the_path_knows_no_parsonage(project: Path) -> None:
    (project / "main.py").write_text(SCHEDULED)
    command = Path(sys.executable).with_name("parsonage")

    printed = subprocess.run(
        [command, "job", "crontab"], cwd=project, capture_output=True, text=True, check=True
    ).stdout

    assert f"0 4 1 1 * cd {project} && {command} job run greet\n" in printed


@pytest.mark.parametrize("word", ["schedule", "crontab"])
def test_no_schedules_are_told(project: Path, word: str) -> None:
    assert parsonage("job", word, folder=project) == (0, "", "no schedules\n")


def test_no_jobs_are_told(project: Path) -> None:
    (project / "main.py").write_text("from parsonage.cloud import Cloud\n\ncloud = Cloud()\n")

    assert parsonage("job", "list", folder=project) == (0, "", "no jobs\n")
