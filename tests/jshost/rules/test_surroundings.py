"""Jobs, requests, modules and files as they were. Rules: reference/migration-rules.md, groups 5 to 8."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from pathlib import Path

import pytest

from parsonage.operations.jobs import run_job
from tests.flows.door import Door, open_door
from tests.jshost.conftest import Hosted, result, results
from tests.jshost.rules.shown import runs

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {
    "cloud/util/date.js": "exports.today = function () { return 'today'; };",
    "cloud/keys.json": '{"k": "key"}',
    "cloud/page.html": "<p>page</p>",
    "config/global.json": '{"global": {}}',
}

PROGRAM = """
var http = require("http");
function answering(name, work) {
  Parse.Cloud.define(name, function (request, response) { work(response, request); });
}

(function (Parse) {
  function bill(request, status) {
    console.log("begins");
    return new Parse.Query("Bill").count().then(function () { console.log("ends"); status.success("billed"); });
  }
  eval("var bill = " + bill + ";" + example("job-overlap").split("function bill")[0]);
})(apart(Parse, "job-overlap"));
(function (Parse) { eval(example("job-overlap")); })(apart(Parse, "job-each"));
(function (Parse) { eval(example("job-params")); })(apart(Parse, "job-params"));

var url = new Promise(function (resolve) {
  var server = http.createServer(function (request, response) {
    var body = "";
    request.on("data", function (chunk) { body += chunk; });
    request.on("end", function () {
      if (request.url === "/missing") response.statusCode = 404;
      if (request.url === "/moved") { response.statusCode = 302; response.setHeader("Location", "/there"); }
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Set-Cookie", "a=b; Path=/");
      response.end(JSON.stringify({method: request.method, url: request.url, body: body}));
    });
  });
  server.listen(0, "127.0.0.1", function () { resolve("http://127.0.0.1:" + server.address().port + "/"); });
  server.unref();
});
answering("url", function (response) { url.then(response.success); });
(function (Parse) { eval(example("http-request")); })(apart(Parse, "http-request"));
(function (Parse) { eval(example("http-response-shape")); })(apart(Parse, "http-response-shape"));
answering("shape", function (response) {
  url.then(function (base) {
    Parse.Cloud.httpRequest({
      url: base + "moved", followRedirects: true,
      success: function (answer) {
        response.success([answer.status, answer.headers["content-type"], answer.data.url, answer.text.length > 9,
          Buffer.isBuffer(answer.buffer), answer.cookies.a.value]);
      },
      error: response.error
    });
  });
});
answering("missing", function (response) {
  url.then(function (base) {
    Parse.Cloud.httpRequest({url: base + "missing"}).then(null, function (answer) { response.success(answer.status); });
  });
});

answering("cloud-require", function (response) {
  eval(example("cloud-require"));
  response.success(date.today());
});

process.env.DOMAIN = "example.org";
process.env.KEY = "key";
(function (Parse) { eval(example("mail-modules")); })(Parse);
var posted = [];
var vendor = http.createServer(function (request, response) {
  var body = "";
  request.on("data", function (chunk) { body += chunk; });
  request.on("end", function () {
    posted.push([request.url, request.headers.authorization, body]);
    response.statusCode = /refuse/.test(body) ? 401 : 200;
    response.end('{"id": "1"}');
  });
});
vendor.unref();
var ready = new Promise(function (resolve) { vendor.listen(0, "127.0.0.1", resolve); }).then(function () {
  ["MAILGUN", "MANDRILL", "SENDGRID"].forEach(function (name) {
    process.env["PARSONAGE_" + name + "_URL"] = "http://127.0.0.1:" + vendor.address().port;
  });
});
answering("posted", function (response) { response.success(posted.splice(0)); });
answering("vendor", function (response) { ready.then(function () { response.success(); }); });
var Mandrill = require("mandrill"), SendGrid = require("sendgrid");
answering("mandrill", function (response) {
  Mandrill.initialize("key");
  Mandrill.sendEmail({message: {text: "there", to: [{email: "a@b.c"}]}, async: true}, {
    success: function (answer) { response.success(answer.data.id); }, error: response.error
  });
});
answering("sendgrid", function (response) {
  SendGrid.initialize("user", "SG.key");
  SendGrid.sendEmail({to: ["a@b.c"], toname: ["A"], from: "d@e.f", subject: "Hi", text: "there"}).then(
    function (answer) { response.success(answer.status); }, response.error);
});
answering("refused", function (response) {
  Mandrill.initialize("key");
  Mandrill.sendEmail({message: {text: "refuse"}}, {
    success: response.success, error: function (answer) { response.error(answer.status + " " + answer.data.id); }
  });
});
answering("keyless", function (response) {
  SendGrid.initialize("user", process.env.NOT_SET);
  SendGrid.sendEmail({to: "a@b.c"}, {
    success: response.success, error: function (error) { response.error(error.message); }
  });
});
answering("template", function (response) { require("mailgun").sendTemplate({}); });
answering("image", function (response) { var Image = require("parse-image"); new Image(); });
answering("middleware", function (response) {
  require("parse-express-https-redirect")()({}, {}, function () { response.success("passed"); });
});
answering("sms", function (response) { require("twilio")("id", "token").sendSms({}); });
answering("charge", function (response) { require("stripe").Charges.create({}); });

(function (Parse) { eval(example("underscore-moment")); })(apart(Parse, "underscore-moment"));
answering("moment", function (response) { response.success(require("moment")(0).utc().format("YYYY")); });

answering("buffer-crypto", function (response) {
  var s = "aGk=";
  eval(example("buffer-crypto"));
  response.success([b.toString(), c.length, require("crypto").createHash("md5").update("a").digest("hex").length]);
});

var loaded = (function () { eval(example("cloud-json-files")); return [keys.k, settings, page]; })();
answering("cloud-json-files", function (response) { response.success(loaded); });

answering("parse-initialize", function (response) {
  eval(example("parse-initialize"));
  response.success([a, Parse.applicationId]);
});

answering("old-engine", function (response) {
  eval(example("old-engine"));
  var octal = 010;
  with ({inside: "with"}) { var found = inside; }
  var made = (function (n) { return n < 2 ? 1 : n * arguments.callee(n - 1); })(4);
  response.success([sum([1, 2]), octal, found, made]);
});

(function (Parse) { eval(example("console-logging")); })(apart(Parse, "console-logging", {Note: "Logged"}));

(function (Parse) { eval(example("file-save")); })(apart(Parse, "file-save"));

(function (Parse) { eval(example("config-access")); })(apart(Parse, "config-access"));
var asked = function () { return Parse.Config.current().get("most"); };
"""


@runs("PC503")
async def test_one_run_of_a_job_waits_for_the_other(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    outcomes = await asyncio.gather(*(run_job(door.house, "job-overlap.bill", {}) for _ in range(3)))
    each = await run_job(door.house, "job-each.bill", {})

    told = [record.message for record in caplog.records if record.name == "parsonage.cloud.job-overlap.bill"]
    assert ([outcome.message for outcome in outcomes], each.status) == (["billed"] * 3, "succeeded")
    assert told == ["begins", "ends"] * 3


@runs("PC506")
async def test_a_job_has_the_master_keys_rights(door: Door) -> None:
    hidden = await door.create("Note", {"ACL": {}})
    outcome = await run_job(door.house, "job-params.tidy", {})

    assert (outcome.status, outcome.message) == ("succeeded", None)
    assert (await door.get(f"/classes/Note/{hidden}", master=True)).body["tidy"] is True


@runs("PC601", "PC602")
async def test_an_http_request_is_sent_and_answered_in_the_old_shape(door: Door) -> None:
    url = await result(door, "url")
    got = await result(door, "http-request.weather", {"url": url})
    posted = await result(door, "http-response-shape.post", {"url": url})
    searched = await result(door, "http-response-shape.search", {"url": url})

    assert got == {"method": "GET", "url": "/", "body": ""}
    assert isinstance(posted, dict)
    assert posted["status"] == 200
    assert searched == {"method": "GET", "url": "/?q=1", "body": ""}
    assert await result(door, "shape") == [200, "application/json", "/there", True, True, "b"]
    assert await result(door, "missing") == 404


@runs("PC603")
async def test_modules_below_cloud_are_found_from_the_projects_root(door: Door) -> None:
    assert await result(door, "cloud-require") == "today"


@runs("PC604")
async def test_a_mail_goes_to_the_vendor_of_its_module(door: Door) -> None:
    await result(door, "vendor")
    sent = await results(door, "mail", "mandrill", "sendgrid")
    by_mailgun, by_mandrill, by_sendgrid = await posted(door)

    assert sent == {"mail": None, "mandrill": "1", "sendgrid": 200}
    assert by_mailgun == (
        "/v3/example.org/messages",
        f"Basic {b64encode(b'api:key').decode()}",
        "to=a%40b.c&from=d%40e.f&subject=Hi&text=there",
    )
    assert by_mandrill == (
        "/api/1.0/messages/send.json",
        None,
        {"key": "key", "message": {"text": "there", "to": [{"email": "a@b.c"}]}, "async": True},
    )
    assert by_sendgrid == (
        "/v3/mail/send",
        "Bearer SG.key",
        {
            "personalizations": [{"to": [{"email": "a@b.c", "name": "A"}]}],
            "from": {"email": "d@e.f"},
            "subject": "Hi",
            "content": [{"type": "text/plain", "value": "there"}],
        },
    )


async def posted(door: Door) -> list[tuple[str, str | None, object]]:
    """What the vendors were sent: path, authorization, and the body."""
    all_posted = await result(door, "posted")
    assert isinstance(all_posted, list)
    return [(path, key, json.loads(body) if body.startswith("{") else body) for path, key, body in all_posted]


async def test_a_mail_that_is_not_sent_is_told(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """PC604: the vendor's own answer, a key that is missing, a call that is not sendEmail."""
    await result(door, "vendor")
    told = await results(door, "refused", "keyless", "template")
    await result(door, "posted")

    lacking = "sendgrid.initialize(user, key) was called without them all (PC604)"
    assert told == {
        "refused": (141, "401 1"),
        "keyless": (141, lacking),
        "template": (141, "mailgun.sendTemplate can't be done here: only sendEmail is (PC604)"),
    }
    assert f"no mail was sent: {lacking}" in caplog.text


async def test_a_module_of_a_vendor_that_is_missing_says_so_when_it_is_used(door: Door) -> None:
    """PC605, PC606, PC608: what the catalogue marks as reported."""
    image, sms, charge = [await result(door, name) for name in ("image", "sms", "charge")]

    assert image == (
        141,
        "the module parse-image is not installed (PC608): npm install a package for it, or rewrite the call",
    )
    assert sms == (141, "the module twilio is not installed (PC605): npm install a package for it, or rewrite the call")
    assert charge == (
        141,
        "the module stripe is not installed (PC606): npm install a package for it, or rewrite the call",
    )


async def test_the_middleware_of_hosted_parse_lets_requests_pass_and_says_so(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """PC703."""
    assert await result(door, "middleware") == "passed"
    assert "the middleware parse-express-https-redirect of hosted Parse does nothing here (PC703)" in caplog.text


@runs("PC607")
async def test_underscore_and_moment_are_there(door: Door) -> None:
    assert await result(door, "underscore-moment.names", {"list": [{"name": "a"}, {"name": "b"}]}) == ["a", "b"]
    assert await result(door, "moment") == "1970"


@runs("PC609")
async def test_a_buffer_is_made_without_a_warning(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    assert await result(door, "buffer-crypto") == ["hi", 16, 32]
    assert "Deprecation" not in caplog.text


@runs("PC610")
async def test_files_of_the_project_are_read_from_its_root(door: Door) -> None:
    assert await result(door, "cloud-json-files") == ["key", {"global": {}}, "<p>page</p>"]


async def test_keys_in_the_hosts_own_settings_are_named_at_start(
    legacy: Hosted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """PC610."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "global.json").write_text("{}")
    async with legacy('require("../config/global.json");'):
        pass

    assert "config/global.json is read (PC610): keep keys in the environment" in caplog.text


@runs("PC613")
async def test_initializing_again_changes_nothing(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")

    assert await result(door, "parse-initialize") == [1, "flows"]
    assert "the server has done it (PC613)" in caplog.text


@runs("PC615")
async def test_the_language_of_2012_runs(door: Door) -> None:
    assert await result(door, "old-engine") == [5, 8, "with", 24]


@runs("PC616")
async def test_objects_are_written_to_the_log_as_json(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    await door.create("Logged", {"text": "a"})

    told = [record.message for record in caplog.records if record.name == "parsonage.cloud.Logged"]
    assert told == ['{"text":"a"}', 'saving {"a":1}']


@runs("PC806")
async def test_the_current_config_is_that_of_the_calls_begin(door: Door) -> None:
    await door.put("/config", {"params": {"most": 3, "more": 4}}, master=True)
    first = await result(door, "config-access.limit")
    await door.put("/config", {"params": {"most": 5}}, master=True)

    assert (first, await result(door, "config-access.limit")) == (7, 9)


@runs("PC808")
async def test_a_file_is_saved_with_the_servers_right(door: Door) -> None:
    image = b64encode(b"picture").decode()
    saved = await result(door, "file-save.upload", {"image": image})

    assert isinstance(saved, dict)
    assert (saved["__type"], saved["name"].endswith("a.png")) == ("File", True)


@runs("PC706")
@pytest.mark.parametrize("path", ["/functions/*", "/functions/*path", "/functions/{*path}"])
async def test_old_and_new_wildcards_stand_in_the_options(tmp_path: Path, path: str) -> None:
    limit = {"requestPath": path, "requestCount": 1, "requestTimeWindow": 60_000, "includeInternalRequests": True}
    async with open_door(tmp_path, rateLimit=[limit]) as limited:
        statuses = [(await limited.post("/functions/any", {})).status for _ in range(2)]

    assert statuses == [400, 429]
