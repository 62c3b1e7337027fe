"""Who is asking, as it was. Rules: reference/migration-rules.md, group 3."""

from __future__ import annotations

import pytest

from tests.flows.door import Door
from tests.jshost.conftest import result, results
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = """
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

function mine(slug, classes) { return apart(Parse, slug, classes); }

(function (Parse) { eval(example("use-master-key")); })(mine("use-master-key"));
(function (Parse) { eval(example("current-user")); })(mine("current-user"));
(function (Parse) { eval(example("missing-session")); })(mine("missing-session", {Note: "Child"}));
Parse.Cloud.define("become.run", function (request, response) {
  var t = request.params.token;
  function run(user) { response.success([user.get("username"), Parse.User.current().get("username")]); }
  eval(example("become"));
});
(function (Parse) { eval(example("request-user-save")); })(mine("request-user-save"));
(function (Parse) { eval(example("login-in-cloud")); })(mine("login-in-cloud"));
(function (Parse) { eval(example("acl-of-nobody")); })(mine("acl-of-nobody", {Note: "Owned"}));
Parse.Cloud.define("installations.master", function (request, response) {
  Parse.Cloud.useMasterKey();
  eval(example("internal-class-query")).then(response.success, response.error);
});
Parse.Cloud.define("installations.plain", function (request, response) {
  eval(example("internal-class-query")).then(response.success, response.error);
});
Parse.Cloud.define("editors", function (request, response) {
  Parse.Cloud.useMasterKey();
  var acl = new Parse.ACL(), user = request.user;
  var earlier = new Parse.Role("editors", acl);
  earlier.getUsers().add(user);
  earlier.save().then(function () {
    return eval(example("role-without-master"));
  }).then(function (found) { response.success(found.length); }, response.error);
});
Parse.Cloud.define("linked", function (request, response) {
  var u = request.user, a = {id: "7", access_token: "t"};
  eval(example("link-with")).then(function () { response.success("linked"); }, response.error);
});
Parse.Cloud.define("linkedAnonymously", function (request, response) {
  request.user._linkWith("anonymous", {authData: {id: "7"}}).then(
    function (user) { response.success(user._isLinked("anonymous")); }, response.error);
});
"""


@runs("PC107", "PC301", "PC302", "PC303", "PC304", "PC305", "PC306", "PC310")
async def test_a_call_has_its_own_user_and_its_own_master_key(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    ada, bob = await door.sign_up("ada"), await door.sign_up("bob")
    await door.create("Note", {"ACL": {ada.id: {"read": True}}})
    names = ("me", "mine", "master", "installations", "saveMe", "logIn", "signUp", "after")
    told = await results(door, *names, token=ada.token)
    nobody = await results(door, "me", "mine")
    became = await result(door, "become", {"token": bob.token}, token=ada.token)
    still = await result(door, "me", token=ada.token)
    out = await result(door, "logOut", token=ada.token)
    gone = await door.get("/users/me", token=ada.token)

    assert (told["me"], told["mine"], told["saveMe"], told["after"]) == ("ada", 1, "a", "told")
    assert (told["installations"], told["logIn"], told["signUp"]) == (
        (119, "Permission denied"),
        [True, True],
        [True, True],
    )
    assert isinstance(told["master"], int)
    assert nobody == {"me": None, "mine": 0}
    assert (became, still) == (["bob", "bob"], "ada")
    assert (out, gone.body["code"]) == (None, 209)
    assert "after goes on after its answer, with nobody's rights (PC107)" in caplog.text


@runs("PC301")
async def test_the_master_key_holds_to_the_end_of_one_call(door: Door) -> None:
    carl = await door.sign_up("carl")
    note = await door.create("Note", {"seen": 1, "ACL": {}})
    hidden = await result(door, "missing-session.notes", token=carl.token)
    await result(door, "use-master-key.all", token=carl.token)
    seen = await door.find("Note", {"seen": {"$gt": 0}}, master=True)

    assert hidden == []
    assert seen, note


@runs("PC302")
async def test_the_current_user_is_the_one_of_this_call(door: Door) -> None:
    dora = await door.sign_up("dora")

    assert await result(door, "current-user.me", token=dora.token) == dora.id


@runs("PC303")
async def test_what_is_asked_without_options_is_asked_as_the_caller(door: Door) -> None:
    eve = await door.sign_up("eve")
    only_eve = {eve.id: {"read": True, "write": True}}
    parent = await door.create("Parent", {"ACL": only_eve})
    pointer = {"__type": "Pointer", "className": "Parent", "objectId": parent}
    own = await door.create("Note", {"ACL": only_eve})
    found = await result(door, "missing-session.notes", token=eve.token)
    accepted = await door.post("/classes/Child", {"parent": pointer}, token=eve.token)
    refused = await door.post("/classes/Child", {"parent": pointer})

    assert isinstance(found, list)
    assert [note["objectId"] for note in found] == [own]
    assert (accepted.status, refused.body["code"]) == (201, 101)


@runs("PC304")
async def test_becoming_somebody_changes_this_call_alone(door: Door) -> None:
    finn, gina = await door.sign_up("finn"), await door.sign_up("gina")
    became = await result(door, "become.run", {"token": gina.token}, token=finn.token)

    assert (became, await result(door, "me", token=finn.token)) == (["gina", "gina"], "finn")


@runs("PC305")
async def test_a_user_saves_itself_with_its_own_session(door: Door) -> None:
    hans = await door.sign_up("hans")
    await result(door, "request-user-save.seen", token=hans.token)

    assert (await door.get("/users/me", token=hans.token)).body["seen"] == 1


@runs("PC306")
async def test_signing_up_without_a_name_is_refused_as_ever(door: Door) -> None:
    assert await result(door, "login-in-cloud.join") == (-1, "Cannot sign up user with an empty username.")


@runs("PC307")
async def test_an_acl_of_the_current_user_lets_the_owner_in(door: Door) -> None:
    ines, jo = await door.sign_up("ines"), await door.sign_up("jo")
    owned = (await door.post("/classes/Owned", {}, token=ines.token)).body["objectId"]
    seen = [(await door.get(f"/classes/Owned/{owned}", token=user.token)).status for user in (ines, jo)]

    assert seen == [200, 404]


@runs("PC310")
async def test_internal_classes_open_under_the_master_key_only(door: Door) -> None:
    told = await results(door, "installations.master", "installations.plain")

    assert told == {"installations.master": 0, "installations.plain": (119, "Permission denied")}


@runs("PC311")
async def test_roles_are_made_and_read_under_the_master_key(door: Door) -> None:
    kim = await door.sign_up("kim")

    assert await result(door, "editors", token=kim.token) == 1


@runs("PC317")
async def test_the_private_names_of_linking_are_aliases(door: Door) -> None:
    liv = await door.sign_up("liv")
    unsupported = await result(door, "linked", token=liv.token)
    anonymously = await result(door, "linkedAnonymously", token=liv.token)

    assert (unsupported, anonymously) == ((252, "This authentication method is unsupported."), True)
