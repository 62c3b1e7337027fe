"""Throwaway houses: several in one process, and what can't be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.testing.throwaway import NotOpened, Project, Throwaway, project_of

CLOUD = """
from parsonage.cloud import Cloud

cloud = Cloud()

@cloud.function
async def where(request) -> str:
    return "{place}"
"""


@pytest.fixture
def two_projects(tmp_path: Path) -> tuple[Project, Project]:
    return project(tmp_path / "one"), project(tmp_path / "two")


def project(folder: Path) -> Project:
    (folder / "cloud").mkdir(parents=True)
    (folder / "cloud" / "main.py").write_text(CLOUD.format(place=folder.name))
    return Project(cloud=folder / "cloud")


class TestSeveralHousesInOneProcess:
    async def test_cloud_code_of_the_same_name_is_each_house_s_own(
        self, two_projects: tuple[Project, Project], tmp_path: Path
    ) -> None:
        one, two = two_projects
        with Throwaway.open(one, tmp_path / "one") as first, Throwaway.open(two, tmp_path / "two") as second:
            assert await first.anybody.call("where") == "one"
            assert await second.anybody.call("where") == "two"

        with Throwaway.open(one, tmp_path / "one") as again:
            assert await again.anybody.call("where") == "one"

    async def test_one_does_not_see_the_other_s_objects(
        self, two_projects: tuple[Project, Project], tmp_path: Path
    ) -> None:
        one, two = two_projects
        with Throwaway.open(one, tmp_path / "one") as first, Throwaway.open(two, tmp_path / "two") as second:
            await first.anybody.object("Note").save()

            assert await second.master.query("Note").count() == 0


def test_the_nearest_project_is_that_of_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "parsonage.toml").write_text("")

    assert project_of(tmp_path / "tests" / "test_it.py") == Project(tmp_path / "parsonage.toml")


def test_cloud_code_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(NotOpened, match=r"there is no Cloud Code at .*nowhere"),
        Throwaway.open(Project(cloud=tmp_path / "nowhere"), tmp_path),
    ):
        pytest.fail("it was opened")
