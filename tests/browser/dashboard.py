"""A window on the official dashboard, with the gestures of its users, and a record of what went wrong.

The pages' class names are made anew with each of its versions, so places are found by what stands there.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Response, Route, expect

PACKAGE = Path(__file__).parents[1] / "dashboard" / "node_modules" / "parse-dashboard"
PROGRAM = PACKAGE / "bin" / "parse-dashboard"
BUNDLE = PACKAGE / "Parse-Dashboard" / "public" / "bundles" / "dashboard.bundle.js"

BESIDE = "xpath=ancestor::div[2]/following-sibling::div[1]"
"""From a label of a form to what is set beside it."""

_BANNERS_SEEN = """
window.bannersSeen = [];
new MutationObserver(() => {
    for (const banner of document.getElementsByClassName("CLASS")) {
        if (!window.bannersSeen.includes(banner.textContent)) window.bannersSeen.push(banner.textContent);
    }
}).observe(document, {subtree: true, childList: true});
"""


class Window:
    """A browser's window at a dashboard.

    ``complaints`` has each answer of the API that was no success, each item of a batch that was refused, and
    ``asked`` the paths that were asked. What the page loads from other hosts is kept from it.
    """

    def __init__(self, page: Page, *, dashboard: str, api: str) -> None:
        self.page = page
        self.asked: set[str] = set()
        self.dialog = page.locator("[data-modal=true]")
        self._complaints: list[str] = []
        self._dashboard = dashboard
        self._api = api
        page.on("response", self._look)
        page.route(re.compile(r"^https?://(?!127\.0\.0\.1[:/])"), _refuse)
        [error_banner] = set(re.findall(r'notificationError:"(\w+)"', BUNDLE.read_text()))
        page.add_init_script(_BANNERS_SEEN.replace("CLASS", error_banner))

    def _look(self, response: Response) -> None:
        if not response.url.startswith(self._api):
            return
        path = response.url.removeprefix(self._api).partition("?")[0]
        self.asked.add(path)
        if response.status >= 400:
            self._complaints.append(f"{response.status} {path} {response.text()}")
        elif path == "/batch":
            self._complaints += [str(item) for item in response.json() if "error" in item]

    def complaints(self) -> list[str]:
        """What the API refused, and what the page showed as an error, once nothing is on its way any more."""
        self.page.wait_for_load_state("networkidle")
        banners: list[str] = self.page.evaluate("window.bannersSeen")
        return [*self._complaints, *banners]

    def open(self, place: str, shows: str) -> None:
        """Go to a page and wait until it shows a text."""
        self.page.goto(f"{self._dashboard}/{place}", wait_until="domcontentloaded")
        self.see(shows)

    def see(self, text: str) -> None:
        """Wait for a text."""
        expect(self.text(text)).to_be_visible()

    def text(self, text: str) -> Locator:
        """The first place with exactly this text."""
        return self.page.get_by_text(text, exact=True).first

    def miss(self, text: str) -> None:
        """Wait until a text is nowhere."""
        expect(self.page.get_by_text(text, exact=True)).to_have_count(0)

    def menu(self, name: str, item: str) -> None:
        """Choose from a menu of the data browser."""
        self.text(name).click()
        self.text(item).click()

    def press(self, button: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=button, exact=True).first.click()

    def choose(self, current: str, wanted: str) -> None:
        """Choose another value in a dialog's list, which shows its current one."""
        self.page.get_by_text(current, exact=True).last.click()
        self.page.get_by_text(wanted, exact=True).last.click()

    def type_into(self, cell: Locator, text: str) -> None:
        """Write into a cell in the place of what it holds."""
        cell.dblclick()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def arrow_of(self, cell: str) -> Locator:
        """The arrow beside a pointer or a relation, which leads to what it names."""
        return self.text(cell).locator("xpath=following-sibling::a")

    def beside(self, label: str) -> Locator:
        """What is set beside a label of a form."""
        return self.text(label).locator(BESIDE)

    def answered(self, method: str, path: str) -> AbstractContextManager[object]:
        """Wait within a block for the answer to a request, whose method may stand in its body."""

        def is_it(response: Response) -> bool:
            request = response.request
            asked = request.post_data_json if request.post_data else None
            told: Any = asked.get("_method") if isinstance(asked, dict) else None
            return response.url.partition("?")[0] == self._api + path and method == (told or request.method)

        return self.page.expect_response(is_it)


def _refuse(route: Route) -> None:
    route.abort()
