"""Every Python example compiles; what is Cloud Code is loaded, and what is a test passes."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from parsonage.schema import class_permissions
from parsonage.testing.throwaway import Project, Throwaway
from tests.docs.pages import PAGES, blocks
from tests.testing.pages import write_files

pytest_plugins = ["pytester"]

EXAMPLES = [
    pytest.param(page, example, id=f"{page}-{number}")
    for page in PAGES
    for number, example in enumerate(blocks(page, "python"), 1)
]
CLOUD_CODE = [example for example in EXAMPLES if "cloud = Cloud()" in str(example.values[1])]
PROJECTS = ["how-to/protect-a-class.md", "how-to/run-a-job-from-cron.md", "how-to/reload-and-debug-cloud-code.md"]
"""Pages whose blocks make a project with tests; test-cloud-code.md has a test of its own."""

CONFIGURATION = {
    "parsonage.toml": 'cloud = "cloud"\nallowClientClassCreation = true\n',
    "pytest.ini": "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n",
}


@pytest.mark.parametrize(("page", "example"), EXAMPLES)
def test_every_python_example_compiles(page: str, example: str) -> None:
    compile(example, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


@pytest.mark.parametrize("permissions", blocks("how-to/protect-a-class.md", "json"))
def test_every_example_of_permissions_is_taken(permissions: str) -> None:
    fields = {"writer", "readers", "salary", "address"}

    class_permissions.read(
        json.loads(permissions), has_field=fields.__contains__, holds_users=fields.__contains__, custom_ids=False
    )


@pytest.mark.parametrize(("page", "example"), CLOUD_CODE)
def test_every_example_of_cloud_code_is_loaded(page: str, example: str, tmp_path: Path) -> None:
    file = tmp_path / "example_of_the_docs.py"
    file.write_text(example, encoding="utf-8")

    with Throwaway.open(Project(cloud=file), tmp_path) as house:
        assert sum(house.house.handlers.registry.counts().values()) == example.count("@cloud.")


@pytest.mark.parametrize("page", PROJECTS)
def test_the_tests_of_a_page_pass(page: str, pytester: pytest.Pytester) -> None:
    write_files(page, pytester.path)
    (pytester.path / "parsonage.toml").write_text(CONFIGURATION["parsonage.toml"])
    (pytester.path / "pytest.ini").write_text(CONFIGURATION["pytest.ini"])

    outcome = pytester.runpytest("tests").parseoutcomes()

    assert outcome.keys() == {"passed"}
