"""Pages of the app's own: what an Express app of hosted Parse answers under the server's address (PC701)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.machinery.node import package
from tests.machinery.ours import parsonage
from tests.machinery.processes import Server

PROGRAM = """
var express = require("express");
var app = express();
app.get("/", function (request, response) { response.send("home of " + request.headers.host.split(":")[0]); });
app.get("/from", function (request, response) { response.json(request.headers["x-forwarded-for"]); });
app.get("/stars", function (request, response) {
  new Parse.Query("Star").count().then(function (count) { response.json({count: count}); });
});
app.post("/length", function (request, response) {
  var length = 0;
  request.on("data", function (chunk) { length += chunk.length; });
  request.on("end", function () { response.status(201).json({length: length}); });
});
app.get("/pieces", function (request, response) { response.write("one,"); response.end("two"); });
app.get("/ends", function () { process.exit(1); });
app.listen();
Parse.Cloud.define("hello", function (request, response) { response.success("hello"); });
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("site")
    (folder / "main.js").write_text(PROGRAM)
    (folder / "node_modules").mkdir()
    (folder / "public").mkdir()
    (folder / "public" / "about.txt").write_text("about")
    for name in ("parse", "express"):
        (folder / "node_modules" / name).symlink_to(package(name))
    options = {"appId": "site", "masterKey": "m", "cloud": "main.js", "public": {"/": str(folder / "public")}}
    with parsonage({**options, "allowClientClassCreation": True}, folder=folder) as server:
        yield address(server)


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def test_pages_of_the_app_are_under_the_servers_own_address(site: str) -> None:
    home = httpx.get(f"{site}/")
    missing = httpx.get(f"{site}/nowhere")
    stars = httpx.get(f"{site}/stars", params={"a": 1})

    assert (home.status_code, home.text, missing.status_code) == (200, "home of 127.0.0.1", 404)
    assert stars.json() == {"count": 0}


def test_the_api_and_static_files_come_first(site: str) -> None:
    hello = httpx.post(f"{site}/parse/functions/hello", json={}, headers={"X-Parse-Application-Id": "site"})

    assert (hello.json(), httpx.get(f"{site}/about.txt").text) == ({"result": "hello"}, "about")


def test_bodies_travel_in_pieces_both_ways(site: str) -> None:
    pieces = (b"x" * 100_000 for _ in range(10))
    sent = httpx.post(f"{site}/length", content=pieces)
    measured = httpx.post(f"{site}/length", content=b"y" * 100_000)

    assert (sent.status_code, sent.json(), measured.json()) == (201, {"length": 1_000_000}, {"length": 100_000})
    assert httpx.get(f"{site}/pieces").text == "one,two"


def test_a_client_can_not_say_where_it_comes_from(site: str) -> None:
    told = httpx.get(f"{site}/from", headers={"X-Forwarded-For": "10.9.8.7"})

    assert told.json() == "127.0.0.1"


def test_a_page_that_ends_the_process_is_told_as_such(site: str) -> None:
    ended = httpx.get(f"{site}/ends")

    assert (ended.status_code, ended.text) == (502, "Bad Gateway")
