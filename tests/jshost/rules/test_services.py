"""Pushes, events and mails, as old code asked for them. Rules: reference/migration-rules.md, group 8."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flows.door import Door
from tests.jshost.conftest import Hosted, logged, result
from tests.jshost.rules.conftest import EXAMPLES
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
(function (Parse) { eval(example("push-master")); })(apart(Parse, "push-master"));
Parse.Cloud.define("callback", function (request, response) {
  Parse.Push.send({channels: ["a"], data: {}}, {
    success: response.success,
    error: function (error) { response.success(["told", error.code]); }
  });
});
(function (Parse) { eval(example("mail-flows")); })(apart(Parse, "mail-flows"));
"""

TRACKS = """
Parse.Cloud.define("search", function (request, response) {
  var track = Parse.Analytics.track;
  Parse.Analytics.track = function (name, dimensions) {
    track.call(Parse.Analytics, name, dimensions).then(function () { response.success("tracked"); }, response.error);
  };
  eval(example("analytics"));
  Parse.Analytics.track = track;
});
"""

HEARS = """
import json

def hear(name, parameters):
    with open({file!r}, "w") as file:
        json.dump([name, parameters], file)
"""


@runs("PC807")
async def test_an_event_goes_to_the_function_that_counts_them(legacy: Hosted, tmp_path: Path) -> None:
    heard = tmp_path / "heard.json"
    (tmp_path / "hears.py").write_text(HEARS.format(file=str(heard)))
    async with legacy(EXAMPLES + TRACKS, analyticsAdapter=f"{tmp_path / 'hears.py'}:hear") as door:
        answer = await result(door, "search")

    assert answer == "tracked"
    assert json.loads(heard.read_text()) == ["search", {"dimensions": {"words": "3"}}]


@runs("PC809")
async def test_asking_for_a_mail_is_answered_by_what_the_server_lacks(door: Door) -> None:
    answer = await result(door, "mail-flows.forgot", {"email": "ann@example.org"})

    lacking = "An appName, publicServerURL, and emailAdapter are required"
    assert answer == (1, f"{lacking} for password reset and email verification functionality.")


async def test_a_push_asks_with_the_masters_right_and_is_told_that_none_can_be_sent(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """PC801: nobody waits for ever, and the log names the rule."""
    refused = await result(door, "push-master.ping")
    told = await result(door, "callback")
    await logged(caplog, "push-master.ping: the server can't send pushes yet (PC801)")

    assert (refused, told) == ((115, "Missing push configuration"), ["told", 115])
