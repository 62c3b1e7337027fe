"""Two processes with twenty schedules each on one database, killed now and then: every run is made once, or recorded.

Rules: reference/cloud-code.md, section 4.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from parsonage.handlers.timetable import Cron
from parsonage.protocol.values import format_milliseconds
from tests.flows.door import open_door

MIDNIGHT = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR
CRONS = [
    *(f"{minute} * * * *" for minute in (0, 7, 19, 31, 59)),
    *(f"{minute} */6 * * *" for minute in range(2, 22, 2)),
    *(f"30 {hour} * * *" for hour in (0, 4, 9, 23)),
    "15 12 * * 1",
]
CLOUD = f"""
from parsonage.cloud import Cloud, JobRequest

cloud = Cloud()


async def mark(request: JobRequest) -> None:
    await request.master_client.object("Run", job=request.job_id).save()


for number, cron in enumerate({CRONS!r}):
    cloud.job(name=str(number), schedule=cron)(mark)
"""
REPOSITORY = Path(__file__).parents[2]


class Fleet:
    """Two processes, and the moments that they are told of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = [self._started(), self._started()]

    def _started(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.scheduler", str(self._folder)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    def tell(self, moment: int) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{moment}\n")
            process.stdin.flush()

    def wait(self) -> None:
        for process in self._processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n"

    def kill(self, number: int) -> None:
        """Kill one while it may be at work, and start another in its place."""
        dead, alive = self._processes[number], self._processes[1 - number]
        dead.kill()
        dead.communicate()
        assert alive.stdout is not None
        assert alive.stdout.readline() == "done\n"
        self._processes[number] = self._started()

    def stop(self) -> None:
        for process in self._processes:
            process.communicate("")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    (tmp_path / "main.py").write_text(CLOUD)
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.stop()


def expected(end: int) -> list[tuple[str, int]]:
    """Every run that is due until the end: the job and the moment."""
    return [
        (str(number), due)
        for number, cron in enumerate(CRONS)
        for due in takewhile(lambda moment: moment <= end, Cron(cron).after(MIDNIGHT))
    ]


def pass_hours(fleet: Fleet, hours: int) -> int:
    """Let hours go by, with a kill in one of forty moments and two hours without any server on each day."""
    chance = random.Random(hours)
    end = MIDNIGHT + hours * HOUR
    fleet.tell(MIDNIGHT)
    fleet.wait()
    for moment in sorted({due for _, due in expected(end)}):
        if moment % DAY // HOUR in (14, 15):
            continue
        fleet.tell(moment)
        if chance.random() < 1 / 40:
            fleet.kill(chance.randrange(2))
        else:
            fleet.wait()
    # Runs whose process was killed are found to be lost.
    fleet.tell(end + 10 * 60_000)
    fleet.wait()
    return end


def accounted_for(statuses: list[dict[str, Any]], end: int) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """How often each run that was due was made or skipped, and how each status stands."""
    due = [(job, format_milliseconds(moment)) for job, moment in expected(end + 10 * 60_000)]
    found: Counter[tuple[str, str]] = Counter()
    for row in statuses:
        since = row["params"].get("since", row["params"]["due"])
        found.update(
            (job, moment) for job, moment in due if job == row["jobName"] and since <= moment <= row["params"]["due"]
        )
    return found, Counter(row["status"] for row in statuses)


@pytest.mark.parametrize("hours", [16, pytest.param(30 * 24, marks=pytest.mark.long)])
async def test_every_run_is_made_once_or_recorded_as_skipped(fleet: Fleet, tmp_path: Path, hours: int) -> None:
    end = pass_hours(fleet, hours)
    async with open_door(tmp_path, databaseURI=f"sqlite:{tmp_path / 'shared.db'}") as door:
        statuses = await door.find("_JobStatus", master=True, limit=100_000)
        runs = Counter(row["job"] for row in await door.find("Run", master=True, limit=100_000))
    found, standing = accounted_for(statuses, end)
    finished = {row["objectId"] for row in statuses if row["status"] == "succeeded"}

    assert set(found) == {(job, format_milliseconds(moment)) for job, moment in expected(end + 10 * 60_000)}
    assert set(found.values()) == {1}
    assert set(runs.values()) == {1}
    assert finished <= set(runs) <= {row["objectId"] for row in statuses}
    assert standing["running"] == 0
    assert standing["skipped"] >= max(1, hours // 24)
