"""The unmodified ``parse`` client from npm against Parsonage: one test here for each test in Node.

The claims stand in the ``.test.mjs`` files beside this one; Node's own test runner runs a whole file
at once, and each of its tests is reported under its own name.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machinery.node import node, package
from tests.machinery.ours import parsonage
from tests.machinery.processes import Server, plain_environment

HERE = Path(__file__).parent
APP_ID = "javascript-sdk"
MASTER_KEY = "the-master-key"
LIMIT = 120
"""Seconds for a whole file."""

CLAIM = re.compile(r"^test\('(.+)', async", re.MULTILINE)
OUTCOME = re.compile(r"^(not ok|ok) \d+ - (.+)$", re.MULTILINE)

CLAIMS = [
    pytest.param(file.name, claim, id=f"{file.name.removesuffix('.test.mjs')}: {claim}")
    for file in sorted(HERE.glob("*.test.mjs"))
    for claim in CLAIM.findall(file.read_text())
]

Reports = dict[str, str]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = {
        "appId": APP_ID,
        "masterKey": MASTER_KEY,
        "allowClientClassCreation": True,
        "cloud": str(HERE / "cloud"),
    }
    with parsonage(options, folder=tmp_path_factory.mktemp("javascript_sdk")) as running:
        yield running


@pytest.fixture(scope="session")
def reports(server: Server) -> Reports:
    """What Node printed about each file, as far as it has run."""
    package("parse")
    return {}


def report_on(file: str, server: Server, reports: Reports) -> str:
    """Run a file's tests in Node, once."""
    if file not in reports:
        environment = plain_environment(APP_ID=APP_ID, MASTER_KEY=MASTER_KEY, SERVER_URL=server.url)
        ran = subprocess.run(
            [node(), "--test", "--test-reporter=tap", str(HERE / file)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        reports[file] = re.sub(r"^ {4}", "", ran.stdout, flags=re.MULTILINE) + ran.stderr
    return reports[file]


@pytest.mark.parametrize(("file", "claim"), CLAIMS)
def test_the_claim_holds(file: str, claim: str, server: Server, reports: Reports) -> None:
    report = report_on(file, server, reports)

    outcomes = {name: outcome for outcome, name in OUTCOME.findall(report)}

    assert outcomes.get(claim) == "ok", report
