from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.machinery.chromium import chromium
from tests.machinery.missing import MissingPart
from tests.machinery.processes import Server, free_port, plain_environment, start, stopped_afterwards

PATIENCE = 30_000
"""Milliseconds until a page must show what is expected; the machine may be busy."""

expect.set_options(timeout=PATIENCE)

EXAMPLE = Path(__file__).parents[2] / "examples" / "guestbook"


# Playwright keeps an event loop running in this thread while it lives: it must be gone before other tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def guestbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The example as its readers start it, in a copy, so that its database is a new one."""
    if not (EXAMPLE / "node_modules" / "parse").is_dir():
        raise MissingPart("the npm package parse", f"run `npm ci` in {EXAMPLE}")
    folder = tmp_path_factory.mktemp("house") / "guestbook"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.db*", ".parsonage", "__pycache__"))
    port = free_port()
    server = start(
        [sys.executable, "-m", "parsonage", "serve", "--port", str(port)],
        url=f"http://127.0.0.1:{port}/parse",
        log=folder / "log",
        folder=folder,
        environment=plain_environment(),
    )
    with stopped_afterwards(server):
        yield server


@pytest.fixture
def page(browser: Browser, guestbook: Server) -> Iterator[Page]:
    """A browser window of its own, which has seen nothing before, at the guestbook's front page."""
    window = browser.new_page()
    window.set_default_timeout(PATIENCE)
    window.goto(f"http://127.0.0.1:{guestbook.port}/")
    yield window
    window.close()
