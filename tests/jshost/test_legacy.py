"""Code of hosted Parse and of Parse Server 2, as it is. Rules: reference/migration-rules.md, the lines on Legacy."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.flows.door import Door, User
from tests.jshost.conftest import Hosted


@pytest.fixture
def legacy(hosted: Hosted) -> Hosted:
    """Opens a house that hosts an old program."""

    @contextlib.asynccontextmanager
    async def opened(source: str) -> AsyncIterator[Door]:
        async with hosted(source, legacyCloudCode=True) as door:
            yield door

    return opened


async def results(door: Door, *names: str, token: str | None = None) -> dict[str, object]:
    """What functions without parameters answer: the result, or code and text of the refusal."""
    told: dict[str, object] = {}
    for name in names:
        answer = await door.post(f"/functions/{name}", {}, token=token)
        told[name] = answer.body.get("result") if answer.status == 200 else answer.refusal[1:]
    return told


RESPONSES = """
var _ = require("underscore");
Parse.Cloud.define("success", function (request, response) { response.success("yes"); });
Parse.Cloud.define("error", function (request, response) { response.error("no"); });
Parse.Cloud.define("code", function (request, response) { response.error({code: 7, message: "seven"}); });
Parse.Cloud.define("twice", function (request, response) { response.error("first"); response.success("second"); });
Parse.Cloud.define("detached", function (request, response) { Parse.Promise.as("v").then(response.success); });
Parse.Cloud.define("wrapped", _.wrap(function (q, s) { s.success("in"); }, function (inner) {
  return inner.apply(this, _.rest(arguments));
}));
Parse.Cloud.define("thrown", function (request, response) {
  new Parse.Query("Note").find().then(function () { nothing.at.all; });
});
"""


async def test_functions_answer_through_their_response(legacy: Hosted) -> None:
    """PC101, PC102, PC105, PC109, PC607."""
    async with legacy(RESPONSES) as door:
        told = await results(door, "success", "error", "code", "twice", "detached", "wrapped", "thrown")

    assert told == {
        "success": "yes",
        "error": (141, "no"),
        "code": (7, "seven"),
        "twice": (141, "first"),
        "detached": "v",
        "wrapped": "in",
        "thrown": (141, "nothing is not defined"),
    }


TRIGGERS = """
Parse.Cloud.beforeSave("Note", function (request, response) {
  if (request.object.get("bad")) response.error("bad note"); else response.success();
});
Parse.Cloud.beforeSave("User", function (request, response) { request.object.set("seen", true); response.success(); });
Parse.Cloud.afterSave("Note", function (request) { throw new Error("too late to matter"); });
"""


async def test_triggers_accept_and_refuse_through_their_response(legacy: Hosted) -> None:
    """PC103, PC110, PC113."""
    async with legacy(TRIGGERS) as door:
        accepted = await door.post("/classes/Note", {})
        refused = await door.post("/classes/Note", {"bad": True})
        ada = await door.sign_up("ada")
        user = await door.get("/users/me", token=ada.token)

    assert (accepted.status, refused.refusal) == (201, (400, 141, "bad note"))
    assert user.body["seen"] is True


PROMISES = """
var as = Parse.Promise.as, fail = Parse.Promise.error;
function define(name, work) { Parse.Cloud.define(name, function (request, response) {
  work(function (v) { response.success(v); });
}); }
define("sync", function (tell) { var seen = 0; as(1).then(function (v) { seen = v; }); tell(seen); });
define("when", function (tell) { Parse.Promise.when(as(1), as(2), 3).then(function (a, b, c) { tell([a, b, c]); }); });
define("list", function (tell) { Parse.Promise.when([as(1), as(2)]).then(function (a, b) { tell([a, b]); }); });
define("errors", function (tell) { Parse.Promise.when(as(1), fail("x")).then(null, function (all) { tell(all); }); });
define("stays", function (tell) {
  fail("no").then(null, function () { return "seen"; }).then(
    function () { tell("resolved"); }, function (e) { tell("rejected " + e); });
});
define("resumes", function (tell) {
  fail("no").then(null, function () { return as("mended"); }).then(tell);
});
define("deferred", function (tell) {
  var p = new Parse.Promise(); setTimeout(function () { p.resolve("later"); }, 1); p.then(tell);
});
define("always", function (tell) { new Parse.Query("Note").count().always(function () { tell("always"); }); });
define("fails", function (tell) { fail("no").fail(function (e) { tell(e); }); });
define("is", function (tell) { tell([Parse.Promise.is(as(1)), Parse.Promise.is(1)]); });
define("loop", function (tell) {
  var n = 0; Parse.Promise._continueWhile(function () { return n < 3; }, function () { n += 1; return as(); })
    .then(function () { tell(n); });
});
define("chain", function (tell) {
  var p = as(), seen = []; [1, 2, 3].forEach(function (n) { p = p.then(function () { seen.push(n); }); });
  p.then(function () { tell(seen); });
});
"""


async def test_promises_are_those_of_the_first_sdks(legacy: Hosted) -> None:
    """PC201 to PC206, PC209, PC210, PC212."""
    async with legacy(PROMISES) as door:
        told = await results(
            door,
            *("sync", "when", "list", "errors", "stays", "resumes"),
            *("deferred", "always", "fails", "is", "loop", "chain"),
        )

    assert told == {
        "sync": 1,
        "when": [1, 2, 3],
        "list": [1, 2],
        "errors": [None, "x"],
        "stays": "rejected seen",
        "resumes": "mended",
        "deferred": "later",
        "always": "always",
        "fails": "no",
        "is": [True, False],
        "loop": 3,
        "chain": [1, 2, 3],
    }


CALLBACKS = """
Parse.Cloud.beforeSave("Guarded", function (request, response) { response.error("guarded"); });
Parse.Cloud.define("found", function (request, response) {
  new Parse.Query("Note").find({success: function (notes) { response.success(notes.length); }, error: response.error});
});
Parse.Cloud.define("options", function (request, response) { new Parse.Query("Note").count(response); });
Parse.Cloud.define("refused", function (request, response) {
  new Parse.Object("Guarded").save({a: 1}, {
    success: function () { response.success("saved"); },
    error: function (object, error) { response.success([object.className, error.message]); },
  });
});
Parse.Cloud.define("missing", function (request, response) {
  new Parse.Query("Note").get("nowhere").then(null, function (error) { response.success(error.code); });
});
Parse.Cloud.define("first", function (request, response) {
  new Parse.Query("Note").first({success: function (note) { response.success(note === undefined); }});
});
Parse.Cloud.define("ran", function (request, response) { Parse.Cloud.run("first", {}, response); });
"""


async def test_callbacks_among_the_options_are_called(legacy: Hosted) -> None:
    """PC207, PC208, PC211, PC407, PC416."""
    async with legacy(CALLBACKS) as door:
        told = await results(door, "found", "options", "refused", "missing", "first", "ran")

    assert told == {
        "found": 0,
        "options": 0,
        "refused": ["Guarded", "guarded"],
        "missing": 101,
        "first": True,
        "ran": True,
    }


WHO = """
function count(className, response) { new Parse.Query(className).count().then(response.success, response.error); }
Parse.Cloud.define("me", function (request, response) {
  setTimeout(function () { var me = Parse.User.current(); response.success(me && me.get("username")); }, 1);
});
Parse.Cloud.define("mine", function (request, response) { count("Note", response); });
Parse.Cloud.define("master", function (request, response) { Parse.Cloud.useMasterKey(); count("_Session", response); });
Parse.Cloud.define("installations", function (request, response) { count("_Installation", response); });
Parse.Cloud.define("saveMe", function (request, response) {
  request.user.save({nick: "a"}).then(function (me) { response.success(me.get("nick")); }, response.error);
});
Parse.Cloud.define("become", function (request, response) {
  Parse.User.become(request.params.token).then(function (user) {
    response.success([user.get("username"), Parse.User.current().get("username")]);
  }, response.error);
});
Parse.Cloud.define("logIn", function (request, response) {
  Parse.User.logIn("ada", "ada-password").then(function (user) {
    response.success([user.getSessionToken() !== undefined, Parse.User.current().id === user.id]);
  }, response.error);
});
Parse.Cloud.define("signUp", function (request, response) {
  var user = new Parse.User({username: "new", password: "secret"});
  user.signUp(null, {
    success: function (user) { response.success([!!user.getSessionToken(), Parse.User.current().id === user.id]); },
    error: function (user, error) { response.error(error); },
  });
});
Parse.Cloud.define("logOut", function (request, response) {
  Parse.User.logOut().then(function () { response.success(Parse.User.current()); }, response.error);
});
Parse.Cloud.define("after", function (request, response) {
  response.success("told");
  new Parse.Query("Note").count().then(function (n) { console.log("counted as nobody", n); });
});
"""


async def test_a_call_has_its_own_user_and_its_own_master_key(legacy: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    """PC107, PC301 to PC306, PC310."""
    async with legacy(WHO) as door:
        ada, bob = await door.sign_up("ada"), await door.sign_up("bob")
        await door.create("Note", {"ACL": {ada.id: {"read": True}}})
        names = ("me", "mine", "master", "installations", "saveMe", "logIn", "signUp", "after")
        told = await results(door, *names, token=ada.token)
        nobody = await results(door, "me", "mine")
        became = await door.post("/functions/become", {"token": bob.token}, token=ada.token)
        still = await results(door, "me", token=ada.token)
        out = await results(door, "logOut", token=ada.token)
        gone = await door.get("/users/me", token=ada.token)

    assert (told["me"], told["mine"], told["saveMe"], told["after"]) == ("ada", 1, "a", "told")
    assert (told["installations"], told["logIn"], told["signUp"]) == (
        (119, "Permission denied"),
        [True, True],
        [True, True],
    )
    assert isinstance(told["master"], int)
    assert nobody == {"me": None, "mine": 0}
    assert (became.body["result"], still) == (["bob", "bob"], {"me": "ada"})
    assert (out, gone.body["code"]) == ({"logOut": None}, 209)
    assert "after goes on after its answer, with nobody's rights (PC107)" in caplog.text


async def test_two_hundred_users_at_once_never_see_each_other(legacy: Hosted) -> None:
    await never_mixed_up(legacy, calls=5_000)


@pytest.mark.long
async def test_two_hundred_users_never_see_each_other_in_a_hundred_thousand_calls(legacy: Hosted) -> None:
    await never_mixed_up(legacy, calls=100_000)


async def anonymous(door: Door, number: int) -> User:
    """A user without a password, whom it costs nothing to make."""
    answer = await door.post("/users", {"authData": {"anonymous": {"id": f"user-{number}"}}})
    return User(answer.body["objectId"], answer.body["sessionToken"])


async def never_mixed_up(legacy: Hosted, calls: int) -> None:
    source = """
    Parse.Cloud.define("me", function (request, response) {
      new Parse.Query("Note").first().then(function () {
        setTimeout(function () { response.success(Parse.User.current().id); }, Math.random() * 5);
      });
    });
    """
    async with legacy(source) as door:
        users = [await anonymous(door, number) for number in range(200)]

        async def ask(number: int) -> set[bool]:
            user = users[number]
            answers = [await door.post("/functions/me", {}, token=user.token) for _ in range(calls // len(users))]
            return {answer.body["result"] == user.id for answer in answers}

        seen = await asyncio.gather(*(ask(number) for number in range(200)))

    assert set().union(*seen) == {True}
