"""Triggers around reads, log-ins and the configuration in JavaScript.

Rules: reference/cloud-code.md, sections 3.2, 3.3 and 3.6.
"""

from __future__ import annotations

import logging

import pytest

from tests.flows.door import NOT_FOUND, pointer
from tests.jshost.conftest import Hosted

WATCH = """
Parse.Cloud.beforeFind("Note", ({query, isGet, count, triggerName}) => {
  console.log(triggerName, JSON.stringify([query.toJSON(), isGet, count]));
});
Parse.Cloud.afterFind("Note", ({objects, query, isGet, object, triggerName}) => {
  const seen = objects.map((note) => [note.className, note.get("n"), note.dirty()]);
  console.log(triggerName, JSON.stringify([seen, query.className, isGet, object]));
});
"""


async def test_a_read_shows_its_query_and_its_objects(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    async with hosted(WATCH) as door:
        note = await door.create("Note", {"n": 1})
        await door.get("/classes/Note", where={"n": {"$gt": 0}}, keys="n", order="-n", limit=1, count=1)
        await door.get(f"/classes/Note/{note}")

    assert [record.message for record in caplog.records if record.name == "parsonage.cloud.Note"] == [
        'beforeFind [{"where":{"n":{"$gt":0}},"keys":"n","limit":1,"order":"-n"},false,true]',
        'afterFind [[["Note",1,false]],"Note",false,null]',
        f'beforeFind [{{"where":{{"objectId":"{note}"}}}},true,false]',
        'afterFind [[["Note",1,false]],"Note",true,null]',
    ]


CHANGES = """
Parse.Cloud.beforeFind("Note", ({query}) => { query.notEqualTo("draft", true); });
Parse.Cloud.beforeFind("Page", () => new Parse.Query("Page").descending("n").limit(1).include("note"));
Parse.Cloud.beforeFind("Made", () => [new Parse.Object("Made", {n: 7})]);
Parse.Cloud.afterFind("Page", ({objects}) => objects.map((page) => page.set("seen", true)));
Parse.Cloud.afterFind("Note", ({objects}) => objects.filter((note) => note.get("n") < 9));
Parse.Cloud.beforeFind("Closed", () => { throw new Parse.Error(999, "closed"); });
"""


async def test_a_query_is_changed_or_replaced_and_objects_as_well(hosted: Hosted) -> None:
    async with hosted(CHANGES) as door:
        notes = [await door.create("Note", {"n": n, "draft": n == 2}) for n in (1, 2, 9)]
        when = {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}
        await door.create("Page", {"n": 1})
        await door.create("Page", {"n": 2, "note": pointer("Note", notes[0]), "when": when})
        found = await door.get("/classes/Note", count=1)
        draft = await door.get(f"/classes/Note/{notes[1]}")
        [page] = await door.find("Page")
        made = await door.find("Made")
        closed = await door.get("/classes/Closed")

    assert ([row["n"] for row in found.body["results"]], found.body["count"]) == ([1], 2)
    assert draft.plain == NOT_FOUND
    assert (page["n"], page["seen"], page["when"], page["note"]["n"]) == (2, True, when, 1)
    assert page["note"]["__type"] == "Object"
    assert [(row["n"], row["className"]) for row in made] == [(7, "Made")]
    assert closed.refusal == (400, 999, "closed")


ACCOUNTS = """
Parse.Cloud.beforeLogin(({object}) => {
  if (object.get("banned")) throw new Parse.Error(101, "banned");
});
Parse.Cloud.afterLogin(({object, user}) => {
  console.log("in", object.getSessionToken() === user.getSessionToken());
});
Parse.Cloud.afterLogout(({object}) => {
  console.log("out", object.className, object.get("user").className);
});
"""


async def test_log_ins_and_log_outs_run_their_triggers(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    async with hosted(ACCOUNTS) as door:
        await door.sign_up("ada")
        await door.sign_up("bob", banned=True)
        welcome = await door.post("/login", {"username": "ada", "password": "ada-password"})
        banned = await door.post("/login", {"username": "bob", "password": "bob-password"})
        await door.post("/logout", token=welcome.body["sessionToken"])

    lines = [record.message for record in caplog.records if record.name.startswith("parsonage.cloud._")]
    assert lines == ["in true", "out _Session _User"]
    assert banned.plain == (404, {"code": 101, "error": "banned"})


CONFIG = """
Parse.Cloud.beforeSave(Parse.Config, ({object, original}) => {
  if (object.get("seats") < 0) throw "too few";
  console.log("before", object.get("seats"), original?.get("seats"), object.get("day") instanceof Date);
});
Parse.Cloud.afterSave(Parse.Config, ({object}) => { console.log("after", object.get("seats")); });
"""


async def test_the_configuration_has_its_triggers(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    day = {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}
    async with hosted(CONFIG) as door:
        await door.put("/config", {"params": {"seats": 1, "day": day}}, master=True)
        await door.put("/config", {"params": {"seats": 2}}, master=True)
        refused = await door.put("/config", {"params": {"seats": -1}}, master=True)

    assert [record.message for record in caplog.records if record.name == "parsonage.cloud.@Config"] == [
        "before 1 undefined false",
        "after 1",
        "before 2 1 false",
        "after 2",
    ]
    assert refused.plain == (400, {"code": 141, "error": "too few"})


KEPT = """
Parse.Cloud.beforeFind("Note", ({query}) => { query.greaterThan("n", 1); });
Parse.Cloud.beforeFind("Page", () => new Parse.Query("Page").greaterThan("n", 1));
"""


async def test_what_a_handler_does_not_name_stays_as_the_client_has_it(hosted: Hosted) -> None:
    async with hosted(KEPT) as door:
        for n in (1, 2, 3):
            await door.create("Note", {"n": n})
            await door.create("Page", {"n": n, "text": "long"})
        counted = await door.get("/classes/Note", limit=0, count=1)
        pages = await door.find("Page", order="-n", keys="n", limit=1)

    assert counted.body == {"results": [], "count": 2}
    assert [(page["n"], "text" in page) for page in pages] == [(3, False)]
