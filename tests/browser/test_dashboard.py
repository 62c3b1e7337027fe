"""The official dashboard at work on Parsonage: no request of it is refused, and it shows no error.

Rules: reference/dashboard-requests.md, part 1.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.dashboard import BESIDE, PROGRAM, Window
from tests.kill.writers import APP_ID, MASTER_KEY, OPTIONS, Api
from tests.machinery.missing import MissingPart
from tests.machinery.node import node
from tests.machinery.ours import parsonage
from tests.machinery.postgresql import postgresql
from tests.machinery.processes import Server, free_port, plain_environment, start, stopped_afterwards

pytestmark = pytest.mark.long  # its packages are many, and only scripts/test-long brings them

SIZE: Any = {"width": 2000, "height": 900}
"""Pixels of a window that shows every column without scrolling."""

CLOUD = """
from parsonage.cloud import Cloud, JobRequest

cloud = Cloud()


@cloud.job
async def tidy(request: JobRequest) -> str:
    return "all tidy"
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Parsonage with a job, a user and a role."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "main.py").write_text(CLOUD)
    options = {**OPTIONS, "cloud": str(folder / "main.py"), "logLevel": "debug"}
    with contextlib.ExitStack() as stack:
        if request.param == "postgresql":
            options["databaseURI"] = stack.enter_context(postgresql()).create_database("books")
        server = stack.enter_context(parsonage(options, folder=folder))
        Api(server.url).ask("POST", "/users", {"username": "ada", "password": "p"})
        Api(server.url).ask("POST", "/roles", {"name": "Editors", "ACL": {}})
        yield server


@pytest.fixture(scope="module")
def dashboard(ours: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that shows the app."""
    if not PROGRAM.is_file():
        raise MissingPart("the npm package parse-dashboard", "run scripts/node-packages tests/dashboard")
    folder = tmp_path_factory.mktemp("dashboard")
    app = {"serverURL": ours.url, "appId": APP_ID, "masterKey": MASTER_KEY, "appName": "Books"}
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


@pytest.fixture
def api(ours: Server) -> Api:
    return Api(ours.url)


@pytest.fixture
def window(browser: Browser, ours: Server, dashboard: str) -> Iterator[Window]:
    with contextlib.closing(browser.new_page(viewport=SIZE)) as page:
        page.set_default_timeout(30_000)
        yield Window(page, dashboard=dashboard, api=ours.url)


def shelve(api: Api, class_name: str, **more: object) -> None:
    """Store three books in a class."""
    for title, pages in (("Emma", 474), ("Ulysses", 730), ("Walden", 352)):
        api.ask("POST", f"/classes/{class_name}", {"title": title, "pages": pages, **more})


def titles(api: Api, class_name: str) -> dict[str, Any]:
    """Title → pages of what a class holds."""
    return {row["title"]: row["pages"] for row in api.find(class_name)}


@pytest.mark.parametrize(
    ("place", "shows", "asks"),
    [
        ("config", "Config", "/config"),
        ("jobs/all", "tidy", "/cloud_code/jobs/data"),
        ("jobs/scheduled", "Scheduled Jobs", "/cloud_code/jobs"),
        ("jobs/status", "Job Status", "/classes/_JobStatus"),
        ("webhooks", "Webhooks", "/hooks/functions"),
        ("logs/info", "Info", "/scriptlog"),
        ("logs/error", "Error", "/scriptlog"),
        ("push/audiences", "Audiences", "/push_audiences"),
    ],
)
def test_every_page_opens_without_a_refused_request(window: Window, place: str, shows: str, asks: str) -> None:
    window.open(place, shows)

    assert window.complaints() == []
    assert asks in window.asked


def test_rows_are_browsed_and_sorted(window: Window, api: Api) -> None:
    shelve(api, "Shelf")

    window.open("browser/Shelf", "Walden")
    with window.answered("GET", "/classes/Shelf"):
        window.text("title").click()

    window.see("3 objects • Public Read and Write enabled")
    assert window.complaints() == []


def test_rows_are_filtered(window: Window, api: Api) -> None:
    shelve(api, "Filtered")

    window.open("browser/Filtered", "Walden")
    window.text("Filter").click()
    window.page.locator("input:visible").last.fill("title")
    window.page.locator("li", has_text="title").click()
    window.choose("exists", "starts with")
    window.page.locator("input:visible").last.fill("Wal")
    window.text("Apply").click()

    window.miss("Emma")
    window.see("Walden")
    assert window.complaints() == []


def test_a_row_is_added_and_changed(window: Window, api: Api) -> None:
    shelve(api, "Written")

    window.open("browser/Written", "Walden")
    window.text("Add Row").click()
    new = window.page.get_by_text("(undefined)", exact=True)
    window.type_into(new.nth(3), "Persuasion")
    window.type_into(new.last, "249")
    with window.answered("POST", "/classes/Written"):
        window.text("Add").click()
    window.see("4 objects • Public Read and Write enabled")
    [emma] = api.find("Written", where={"title": "Emma"})
    with window.answered("PUT", f"/classes/Written/{emma['objectId']}"):
        window.type_into(window.text("Emma"), "Emma II")

    assert titles(api, "Written") == {"Emma II": 474, "Ulysses": 730, "Walden": 352, "Persuasion": 249}
    assert window.complaints() == []


def test_a_row_is_cloned_and_deleted(window: Window, api: Api) -> None:
    shelve(api, "Copied")

    window.open("browser/Copied", "Walden")
    window.page.locator("#browser-table input[type=checkbox]").nth(1).check()
    window.menu("Edit", "Clone this row")
    with window.answered("POST", "/batch"):
        window.press("Clone")
    window.open("browser/Copied", "Walden")
    window.page.locator("#browser-table input[type=checkbox]").nth(1).check()
    window.menu("Edit", "Delete this row")
    with window.answered("POST", "/batch"):
        window.press("Delete")

    assert len(api.find("Copied")) == 3
    assert window.complaints() == []


@pytest.mark.parametrize("kind", ["Number", "Boolean", "Date", "Object", "Array", "GeoPoint", "File", "Polygon"])
def test_a_column_is_added_and_removed(window: Window, api: Api, kind: str) -> None:
    shelve(api, "Grown")

    window.open("browser/Grown", "Walden")
    window.text("Add a new column").click()
    window.page.get_by_placeholder("Give it a good name").fill(f"the{kind}")
    window.choose("String", kind)
    with window.answered("PUT", "/schemas/Grown"):
        window.press("Add")
    window.see(f"the{kind}")
    added = api.ask("GET", "/schemas/Grown")["fields"][f"the{kind}"]
    window.menu("Edit", "Delete a column")
    window.choose("Select a column", f"the{kind}")
    with window.answered("PUT", "/schemas/Grown"):
        window.press("Remove")
    window.miss(f"the{kind}")

    assert added == {"type": kind, "required": False}
    assert f"the{kind}" not in api.ask("GET", "/schemas/Grown")["fields"]
    assert window.complaints() == []


@pytest.mark.parametrize("kind", ["Pointer", "Relation"])
def test_a_column_that_leads_to_a_class_is_added(window: Window, api: Api, kind: str) -> None:
    shelve(api, "Leading")

    window.open("browser/Leading", "Walden")
    window.text("Add a new column").click()
    window.page.get_by_placeholder("Give it a good name").fill(f"the{kind}")
    window.choose("String", kind)
    with window.answered("PUT", "/schemas/Leading"):
        window.press("Add")
    window.see(f"the{kind}")

    added = api.ask("GET", "/schemas/Leading")["fields"][f"the{kind}"]
    assert (added["type"], added["targetClass"]) == (kind, "_User")
    assert window.complaints() == []


def test_a_class_is_made_and_dropped(window: Window, api: Api) -> None:
    shelve(api, "Beside")

    window.open("browser/Beside", "Walden")
    window.text("Create a class").click()
    window.page.get_by_placeholder("Give it a good name").fill("Passing")
    with window.answered("POST", "/schemas/Passing"):
        window.press("Create")
    window.see("Passing")
    made = api.ask("GET", "/schemas/Passing")["className"]
    window.open("browser/Passing", "Add a row")
    window.menu("Edit", "Delete this class")
    window.page.locator("input[type=text]:visible").last.fill("Passing")
    with window.answered("DELETE", "/schemas/Passing"):
        window.press("Delete")

    assert made == "Passing"
    assert "Passing" not in {row["className"] for row in api.ask("GET", "/schemas")["results"]}
    assert window.complaints() == []


def test_all_rows_are_deleted(window: Window, api: Api) -> None:
    shelve(api, "Emptied")

    window.open("browser/Emptied", "Walden")
    window.menu("Edit", "Delete all rows")
    window.page.locator("input[type=text]:visible").last.fill("delete all")
    with window.answered("DELETE", "/purge/Emptied"):
        window.press("Delete")

    assert api.find("Emptied") == []
    assert window.complaints() == []


def test_class_level_permissions_are_edited(window: Window, api: Api) -> None:
    shelve(api, "Closed")

    window.open("browser/Closed", "Walden")
    window.menu("Security", "Class Level Permissions")
    role = window.page.get_by_placeholder("Role, User, or Pointer")
    role.fill("Editors")
    with window.answered("GET", "/classes/_Role"):
        role.press("Enter")
    window.see("Editors")
    with window.answered("PUT", "/schemas/Closed"):
        window.press("Save CLP")

    permissions = api.ask("GET", "/schemas/Closed")["classLevelPermissions"]
    assert permissions["find"] == {"*": True, "role:Editors": True}
    assert window.complaints() == []


def test_fields_are_protected(window: Window, api: Api) -> None:
    shelve(api, "Veiled")

    window.open("browser/Veiled", "Walden")
    window.menu("Security", "Protected Fields")
    window.page.get_by_text("All fields allowed.").click()
    window.page.locator("[value=pages]").click()
    with window.answered("PUT", "/schemas/Veiled"):
        window.press("Save")

    protected = api.ask("GET", "/schemas/Veiled")["classLevelPermissions"]["protectedFields"]
    assert protected == {"*": ["pages"]}
    assert window.complaints() == []


def test_a_class_is_browsed_as_a_user(window: Window, api: Api) -> None:
    shelve(api, "Shared")
    api.ask("POST", "/classes/Shared", {"title": "Diary", "ACL": {}})

    window.open("browser/Shared", "Diary")
    window.menu("Browse", "As User")
    window.dialog.locator("input").first.fill("ada")
    window.dialog.locator("input").last.fill("p")
    with window.answered("POST", "/login"):
        window.press("Browse")

    window.miss("Diary")
    window.see("Walden")
    assert window.complaints() == []


def test_all_rows_are_exported(window: Window, api: Api) -> None:
    shelve(api, "Exported")

    window.open("browser/Exported", "Walden")
    window.menu("Data", "Export all rows")
    window.page.get_by_placeholder("export all").fill("export all")
    with window.page.expect_download() as download:
        window.press("Export")

    assert "Ulysses" in download.value.path().read_text()
    assert window.complaints() == []


def test_a_view_shows_what_a_pipeline_says(window: Window, api: Api) -> None:
    shelve(api, "Viewed", shelf="upper")

    window.open("views", "Create a view")
    window.text("Create a view").click()
    window.page.locator("input[type=text]:visible").last.fill("by shelf")
    window.page.get_by_text("Class", exact=True).last.locator(BESIDE).click()
    window.page.get_by_text("Viewed", exact=True).last.click()
    window.page.locator("textarea:visible").fill('[{"$group": {"_id": "$shelf", "pages": {"$sum": "$pages"}}}]')
    window.press("Create")
    with window.answered("GET", "/aggregate/Viewed"):
        window.text("by shelf").click()

    window.see("1556")
    assert window.complaints() == []


def test_an_acl_is_edited(window: Window, api: Api) -> None:
    shelve(api, "Owned")
    [ada] = api.find("_User", where={"username": "ada"})
    [walden] = api.find("Owned", where={"title": "Walden"})

    window.open("browser/Owned", "Walden")
    window.text("Public Read + Write").dblclick()
    owner = window.page.get_by_placeholder("Role or User")
    owner.fill("ada")
    with window.answered("GET", "/classes/_User"):
        owner.press("Enter")
    window.see(f"{ada['objectId']}")
    with window.answered("PUT", f"/classes/Owned/{walden['objectId']}"):
        window.press("Save ACL")

    [changed] = api.find("Owned", where={"title": "Walden"})
    everything = {"read": True, "write": True}
    assert changed["ACL"] == {"*": everything, ada["objectId"]: everything}
    assert window.complaints() == []


def test_a_pointer_is_followed(window: Window, api: Api) -> None:
    author = api.ask("POST", "/classes/Author", {"name": "Jane Austen"})["objectId"]
    shelve(api, "Pointing", author={"__type": "Pointer", "className": "Author", "objectId": author})

    window.open("browser/Pointing", "Walden")
    window.arrow_of(author).click()

    window.see("Jane Austen")
    assert window.complaints() == []


def test_a_relation_is_followed(window: Window, api: Api) -> None:
    [ada] = api.find("_User", where={"username": "ada"})
    reader = {"__type": "Pointer", "className": "_User", "objectId": ada["objectId"]}
    shelve(api, "Related", readers={"__op": "AddRelation", "objects": [reader]})

    window.open("browser/Related", "Walden")
    window.arrow_of("View relation").click()

    window.see("ada")
    assert window.complaints() == []


def test_a_parameter_is_made_changed_and_deleted(window: Window, api: Api) -> None:
    window.open("config", "Config")
    window.press("Create a parameter")
    window.page.get_by_placeholder("New parameter").fill("motto")
    window.page.locator("textarea:visible").fill("read more")
    with window.answered("PUT", "/config"):
        window.press("Create")
    window.see("read more")
    made = api.ask("GET", "/config")["params"]
    window.text("motto").click()
    window.page.locator("textarea:visible").fill("read less")
    with window.answered("PUT", "/config"):
        window.press("Save")
    window.see("read less")
    changed = api.ask("GET", "/config")["params"]
    window.page.get_by_role("row", name="motto").locator("a").last.click()
    window.page.locator("input[type=text]:visible").last.fill("motto")
    with window.answered("PUT", "/config"):
        window.press("Delete")
    left = api.ask("GET", "/config")["params"]

    assert (made, changed, left) == ({"motto": "read more"}, {"motto": "read less"}, {})
    assert window.complaints() == []


def test_a_job_is_run(window: Window, api: Api) -> None:
    window.open("jobs/all", "tidy")
    window.page.get_by_text("Run…").or_(window.page.get_by_text("Run...")).first.click()
    with window.answered("POST", "/jobs"):
        window.press("Run")
    window.open("jobs/status", "all tidy")

    assert [run["status"] for run in api.find("_JobStatus")] == ["succeeded"]
    assert window.complaints() == []


def test_a_job_is_scheduled(window: Window, api: Api) -> None:
    window.open("jobs/all", "tidy")
    window.press("Schedule a job")
    window.page.get_by_placeholder("Pick a good name").fill("once")
    window.beside("Pick which cloud code job to run").click()
    window.page.get_by_text("tidy", exact=True).last.click()
    with window.answered("POST", "/cloud_code/jobs"):
        window.press("Schedule")

    assert [(row["jobName"], row["description"]) for row in api.find("_JobSchedule")] == [("tidy", "once")]
    assert window.complaints() == []


def test_a_webhook_is_made_and_removed(window: Window, api: Api) -> None:
    window.open("webhooks", "Webhooks")
    window.press("Create a Webhook")
    window.page.get_by_placeholder("MyWebhook").fill("greet")
    window.page.locator("input[type=text]:visible").last.fill("https://hooks.example.com/greet")
    with window.answered("POST", "/hooks/functions"):
        window.press("Create")
    window.see("https://hooks.example.com/greet")
    made = api.ask("GET", "/hooks/functions")
    window.page.get_by_role("row", name="greet").get_by_role("button").click()
    with window.answered("PUT", "/hooks/functions/greet"):
        window.press("Delete")
    removed = api.ask("GET", "/hooks/functions")

    assert made == [{"functionName": "greet", "url": "https://hooks.example.com/greet"}]
    assert removed == []
    assert window.complaints() == []


def test_the_console_asks_what_is_typed(window: Window, api: Api) -> None:
    shelve(api, "Asked")

    window.open("api_console/rest", "Send a test query")
    window.page.get_by_placeholder("classes/_User").fill("classes/Asked")
    with window.answered("GET", "/classes/Asked"):
        window.press("Send Query")

    window.page.get_by_text("Walden").first.wait_for()
    assert window.complaints() == []


def test_the_javascript_console_runs_what_is_typed(window: Window, api: Api) -> None:
    window.open("api_console/js_console", "Tab 1")
    with window.answered("POST", "/classes/MyClass"):
        window.text("Run").click()

    window.page.get_by_text("Hello World!").last.wait_for()
    assert [row["myField"] for row in api.find("MyClass")] == ["Hello World!"]
    assert window.complaints() == []


def test_the_log_shows_what_was_asked(window: Window, api: Api) -> None:
    shelve(api, "Logged")

    window.open("logs/info", "Info")

    window.page.get_by_text("POST /parse/classes/Logged").first.wait_for()
    assert window.complaints() == []
