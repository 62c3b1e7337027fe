"""The official dashboard, opened on Parsonage: every page loads, and no request of it is refused.

Rules: reference/dashboard-requests.md, part 1.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.kill.writers import Api
from tests.machinery.missing import MissingPart
from tests.machinery.node import node
from tests.machinery.ours import parsonage
from tests.machinery.processes import Server, free_port, plain_environment, start, stopped_afterwards

pytestmark = pytest.mark.long  # its packages are many, and only scripts/test-long brings them

PACKAGES = Path(__file__).parents[1] / "dashboard"
PROGRAM = PACKAGES / "node_modules" / "parse-dashboard" / "bin" / "parse-dashboard"
OPTIONS = {"appId": "kill", "masterKey": "the-master-key", "allowClientClassCreation": True, "cloud": "main.py"}
CLOUD = """
from parsonage.cloud import Cloud, JobRequest

cloud = Cloud()


@cloud.job
async def tidy(request: JobRequest) -> str:
    return "all tidy"
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Parsonage with a class of three books, and one job."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "main.py").write_text(CLOUD)
    with parsonage({**OPTIONS, "cloud": str(folder / "main.py")}, folder=folder) as server:
        api = Api(server.url)
        for title in ("Emma", "Ulysses", "Walden"):
            api.ask("POST", "/classes/Book", {"title": title, "pages": 300})
        yield server


@pytest.fixture(scope="module")
def dashboard(ours: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that shows the app."""
    if not PROGRAM.is_file():
        raise MissingPart("the npm package parse-dashboard", "run scripts/node-packages tests/dashboard")
    folder = tmp_path_factory.mktemp("dashboard")
    app = {"serverURL": ours.url, "appId": "kill", "masterKey": "the-master-key", "appName": "Books"}
    (folder / "config.json").write_text(json.dumps({"apps": [app]}))
    port = free_port()
    server = start(
        [node(), str(PROGRAM), "--dev", "--config", str(folder / "config.json"), "--port", str(port)],
        url=f"http://127.0.0.1:{port}",
        log=folder / "log",
        folder=folder,
        environment=plain_environment(),
    )
    with stopped_afterwards(server):
        yield f"http://127.0.0.1:{port}/apps/Books"


class Window:
    """A window on the dashboard, and what our server refused to it."""

    def __init__(self, page: Page, ours: Server) -> None:
        self.page = page
        self.refused: list[str] = []
        self.asked: set[str] = set()
        self._ours = ours.url
        page.on("response", self._look)

    def _look(self, response: Response) -> None:
        if response.url.startswith(self._ours):
            path = response.url.removeprefix(self._ours).partition("?")[0]
            self.asked.add(path)
            if response.status >= 400:
                self.refused.append(f"{response.status} {path} {response.text()}")


@pytest.fixture
def window(browser: Browser, ours: Server) -> Iterator[Window]:
    with contextlib.closing(browser.new_page()) as page:
        page.set_default_timeout(15_000)
        yield Window(page, ours)


@pytest.mark.parametrize(
    ("place", "shows", "asks"),
    [
        ("browser/Book", "Walden", "/classes/Book"),
        ("config", "Config", "/config"),
        ("jobs/all", "tidy", "/cloud_code/jobs/data"),
        ("jobs/scheduled", "Scheduled Jobs", "/cloud_code/jobs"),
        ("jobs/status", "Job Status", "/classes/_JobStatus"),
        ("webhooks", "Webhooks", "/hooks/functions"),
        ("logs/info", "Info", "/scriptlog"),
        ("push/audiences", "Audiences", "/push_audiences"),
    ],
)
def test_every_page_opens_without_a_refused_request(
    window: Window, dashboard: str, place: str, shows: str, asks: str
) -> None:
    window.page.goto(f"{dashboard}/{place}")
    window.page.get_by_text(shows).first.wait_for()
    window.page.wait_for_load_state("networkidle")

    assert window.refused == []
    assert asks in window.asked
