"""Habits of old programs that no rule of the checker names, seen in programs of both eras."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.flows.door import Door, pointer
from tests.jshost.conftest import hosting_in, result, rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
var Member = new Parse.Object.extend("Member");

Parse.Cloud.define("count", function (request, response) {
  response.success(Object.keys(JSON.parse(request.body)).length);
});

Parse.Cloud.define("either", function (request, response) {
  var ann = new Parse.Query(Member).equalTo("name", "Ann");
  var bob = new Parse.Query(Member).equalTo("name", "Bob");
  var found = new Parse.Query.or(ann, bob).count();
  new Parse.Promise.when([found, new Parse.Promise.as(1)]).then(function (count, one) {
    response.success([count, one]);
  }, response.error);
});

Parse.Cloud.beforeSave("Band", function (request, response) {
  var band = request.object, told = {};
  ["name", "albums", "tags", "members"].forEach(function (key) {
    var op = band.op(key);
    if (op instanceof Parse.Op.Set) told[key] = op.value();
    if (op instanceof Parse.Op.Increment) told[key] = op.amount();
    if (op instanceof Parse.Op.AddUnique) told[key] = op.objects();
    if (op instanceof Parse.Op.Relation) {
      told[key] = op.added().concat(op.removed()).map(function (member) { return member.className + " " + member.id; });
    }
  });
  band.set("told", told);
  response.success();
});

Parse.Cloud.afterSave(Parse.User, function (request) {
  var hello = new Parse.Object("Hello", {to: request.user, by: Parse.User.current()});
  hello.setACL(new Parse.ACL(request.user));
  hello.save();
});
"""

DIRTY = """
Parse.Cloud.beforeSave("Note", function (request, response) {
  request.object.set("seen", [request.object.dirty("text"), request.object.dirty("title"), request.object.dirty()]);
  response.success();
});
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with hosting_in(tmp_path_factory.mktemp("old"))(PROGRAM, legacyCloudCode=True) as opened:
        yield opened


async def test_a_function_finds_the_text_of_its_parameters_as_the_body(door: Door) -> None:
    assert await result(door, "count", {"a": 1, "b": [2]}) == 2


async def test_statics_may_be_called_with_new(door: Door) -> None:
    await door.create("Member", {"name": "Ann"})

    assert await result(door, "either") == [1, 1]


async def test_an_operation_tells_what_it_changes(door: Door) -> None:
    member = await door.create("Member", {})
    band = await door.create("Band", {"albums": 1})
    answer = await door.put(
        f"/classes/Band/{band}",
        {
            "name": "Moon",
            "albums": {"__op": "Increment", "amount": 2},
            "tags": {"__op": "AddUnique", "objects": ["loud"]},
            "members": {"__op": "AddRelation", "objects": [pointer("Member", member)]},
        },
    )

    assert answer.body["told"] == {"name": "Moon", "albums": 2, "tags": ["loud"], "members": [f"Member {member}"]}


async def test_behind_a_sign_up_the_new_user_is_the_one_who_asks(door: Door) -> None:
    ann = await door.sign_up("ann")
    hello = (await rows(door, "Hello"))[0]

    assert (hello["to"], hello["by"]) == (ann.pointer, ann.pointer)
    assert hello["ACL"] == {ann.id: {"read": True, "write": True}}


@pytest.mark.parametrize(("version", "seen"), [("1.4.2", [True, False, True]), ("1.6.14", [True, True, True])])
async def test_a_new_object_is_dirty_as_the_projects_sdk_told(tmp_path: Path, version: str, seen: list[bool]) -> None:
    """Before JS SDK 1.6 a field of a new object that was never set was not dirty."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "global.json").write_text(json.dumps({"global": {"parseVersion": version}}))
    async with hosting_in(tmp_path)(DIRTY, legacyCloudCode=True) as door:
        created = await door.post("/classes/Note", {"text": "a"})

    assert created.body["seen"] == seen
