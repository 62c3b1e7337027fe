"""Legacy mode by itself: where the code calls for it, with what it does not bring back named at start."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import httpx
import pytest

from parsonage.handlers.registry import Kind
from parsonage.server import StartFailed
from tests.flows.door import open_door
from tests.jshost.conftest import Hosted, result
from tests.machinery.node import package
from tests.machinery.ours import parsonage

OLD = """
var Image = require("parse-image");
Parse.Cloud.define("me", function (request, response) {
  Parse.Promise.as("old").then(response.success);
});
"""
NEW = """
Parse.Cloud.define("me", async ({user}) => { await new Parse.Query("Note").find(); return typeof Parse.Promise; });
"""


async def test_old_code_runs_in_legacy_mode_unasked(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with hosted(OLD) as door:
        told = await result(door, "me")

    assert told == "old"
    assert re.search(r"legacy mode is on, for PC101 .*: main\.js:3; legacyCloudCode: false turns it off", caplog.text)


async def test_what_legacy_mode_does_not_bring_back_is_named_once_with_its_place(
    hosted: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    async with hosted(OLD, legacyCloudCode=True):
        pass

    named = [record.message for record in caplog.records if record.name == "parsonage.server"]
    assert named == ["legacy mode does not bring this back: PC608 `parse-image`: main.js:2"]


async def test_keys_in_the_code_and_times_of_jobs_are_nothing_that_legacy_mode_lacks(
    hosted: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    source = """
    var config = { apiSecret: "9f8e7d6c5b4a39281706f5e4d3c2b1a0" };
    Parse.Cloud.job("night", function (request, status) { status.success(config.apiSecret.length); });
    """
    async with hosted(source, legacyCloudCode=True):
        pass

    assert [record.message for record in caplog.records if record.name == "parsonage.server"] == []


async def test_todays_code_runs_in_todays_world(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    async with hosted(NEW) as door:
        told = await result(door, "me")

    assert (told, "legacy mode" in caplog.text) == ("undefined", False)


async def test_a_wrong_guess_is_put_right_by_the_option(hosted: Hosted) -> None:
    with pytest.raises(StartFailed, match="Cannot find module 'parse-image'"):
        async with hosted(OLD, legacyCloudCode=False):
            pass


async def test_a_bare_name_means_the_apps_own_class_where_it_has_one(hosted: Hosted, tmp_path: Path) -> None:
    """PC110."""
    async with open_door(tmp_path) as door:
        await door.make_class("Role", name="String")
    source = 'Parse.Cloud.beforeSave("Role", function (request, response) { response.error("own"); });'
    async with hosted(source, legacyCloudCode=True) as door:
        triggers = set(door.house.handlers.registry.triggers)
        refused = await door.post("/classes/Role", {})

    assert (triggers, refused.refusal) == ({(Kind.BEFORE_SAVE, "Role")}, (400, 141, "own"))


async def test_a_class_that_comes_later_has_the_triggers_of_its_name(hosted: Hosted) -> None:
    """PC110: a shop's own Product is no purchase in an app store."""
    source = """
    Parse.Cloud.beforeSave("Product", function (request, response) {
      request.object.set("checked", request.object.className);
      response.success();
    });
    Parse.Cloud.afterFind("Product", function (request) { throw "found " + request.objects.length; });
    """
    async with hosted(source, legacyCloudCode=True) as door:
        created = await door.post("/classes/Product", {})
        found = await door.get("/classes/Product")
        triggers = set(door.house.handlers.registry.triggers)

    assert (created.body["checked"], found.refusal) == ("Product", (400, 141, "found 1"))
    assert triggers == {(Kind.BEFORE_SAVE, "_Product"), (Kind.AFTER_FIND, "_Product")}


def test_a_server_says_at_its_start_that_legacy_mode_is_on_and_what_jobs_wait_for_a_schedule(tmp_path: Path) -> None:
    """A real process, on the event loop that servers run on."""
    job = 'Parse.Cloud.job("night", function (request, status) { status.success(); });'
    (tmp_path / "main.js").write_text(OLD.replace('require("parse-image")', "null") + job)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "parse").symlink_to(package("parse"))
    with parsonage({"appId": "old", "masterKey": "m", "cloud": "main.js"}, folder=tmp_path) as server:
        answer = httpx.post(f"{server.url}/functions/me", json={}, headers={"X-Parse-Application-Id": "old"})
        log = server.log_text()

    assert answer.json() == {"result": "old"}
    assert "main.js in legacy mode (1 function, 0 triggers, 1 job)" in log
    assert log.count("set up those of night; parsonage rules PC501 tells how") == 1
