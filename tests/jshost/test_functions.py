"""Functions and jobs in JavaScript: what they are given, what they answer.

Rules: reference/cloud-code.md, sections 1, 2 and 4.
"""

from __future__ import annotations

import logging

import pytest

from tests.flows.door import pointer
from tests.jshost.conftest import Hosted

DATE = {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}

ANSWERS = """
const saved = async () => new Parse.Object("Note", {text: "hi"}).save(null, {useMasterKey: true});
const answers = {
  nothing: () => undefined,
  isNull: () => null,
  date: () => new Date("2026-01-02T03:04:05.678Z"),
  number: () => NaN,
  set: () => new Set([1]),
  nested: () => ({a: undefined, b: [1, {c: null}]}),
  bare: () => Parse.Object.createWithoutData ? Object.assign(new Parse.Object("Note"), {id: "abc"}) : null,
  unsaved: () => new Parse.Object("Note"),
  whole: saved,
  geo: () => new Parse.GeoPoint(1, 2),
};
for (const [name, answer] of Object.entries(answers)) Parse.Cloud.define(name, answer);
"""


async def test_results_are_encoded_as_parse_server_does(hosted: Hosted) -> None:
    expected = {
        "nothing": {},
        "isNull": {"result": None},
        "date": {"result": DATE},
        "number": {"result": None},
        "set": {"result": {}},
        "nested": {"result": {"b": [1, {"c": None}]}},
        "bare": {"result": pointer("Note", "abc")},
        "geo": {"result": {"__type": "GeoPoint", "latitude": 1, "longitude": 2}},
    }
    async with hosted(ANSWERS) as door:
        answers = {name: (await door.post(f"/functions/{name}", {})).body for name in expected}

    assert answers == expected


async def test_an_unsaved_object_is_refused_and_ends_nothing(hosted: Hosted) -> None:
    """PB076: Parse Server's process ends here."""
    async with hosted(ANSWERS) as door:
        refused = await door.post("/functions/unsaved", {})
        after = await door.post("/functions/whole", {})

    assert refused.refusal == (400, 141, "Cannot create a pointer to an unsaved ParseObject")
    assert (after.body["result"]["__type"], after.body["result"]["text"]) == ("Object", "hi")


THROWN = """
const thrown = {
  text: "x",
  native: new Error("broken"),
  parse: new Parse.Error(999, "own"),
  map: {code: 123, message: "m"},
  mapWithoutMessage: {code: 123, foo: 1},
  number: 42,
  nothing: undefined,
};
for (const [name, value] of Object.entries(thrown)) {
  Parse.Cloud.define(name, () => { throw value; });
  Parse.Cloud.define(`${name}Later`, async () => { throw value; });
}
"""


@pytest.mark.parametrize("suffix", ["", "Later"])
async def test_what_is_thrown_is_an_answer(hosted: Hosted, suffix: str) -> None:
    expected = {
        "text": (400, 141, "x"),
        "native": (400, 141, "broken"),
        "parse": (400, 999, "own"),
        "map": (400, 141, "m"),
        "mapWithoutMessage": (400, 141, '{"code":123,"foo":1}'),
        "number": (400, 141, "42"),
        "nothing": (400, 141, "Script failed."),
    }
    async with hosted(THROWN) as door:
        answers = {name: (await door.post(f"/functions/{name}{suffix}", {})).refusal for name in expected}

    assert answers == expected


async def test_dates_pointers_and_files_are_decoded_at_any_depth_and_nothing_else(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.define("kinds", ({params}) => [
      params.list[0].when instanceof Date && params.list[0].when.__type,
      params.note instanceof Parse.Object && params.note.id,
      params.file instanceof Parse.File && params.file.name(),
      params.place.__type,
      Object.getPrototypeOf(params) === Object.prototype,
    ]);
    """
    given = {
        "list": [{"when": DATE}],
        "note": pointer("Note", "abc"),
        "file": {"__type": "File", "name": "a.txt", "url": "http://files/a.txt"},
        "place": {"__type": "GeoPoint", "latitude": 1, "longitude": 2},
        "__proto__": {"polluted": True},
    }
    async with hosted(source) as door:
        answer = await door.post("/functions/kinds", given)

    assert answer.body == {"result": ["Date", "abc", "a.txt", "GeoPoint", True]}


async def test_a_request_says_who_asks_and_how(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.define("who", (request) => ({
      user: request.user && request.user.get("username"),
      token: request.user && request.user.getSessionToken(),
      master: request.master, readOnly: request.isReadOnly, installation: request.installationId,
      name: request.functionName, ip: request.ip, header: request.headers["x-from"], context: request.context,
    }));
    """
    async with hosted(source) as door:
        ada = await door.sign_up("ada")
        headers = {"x-from": "test", "x-parse-installation-id": "i-1", "x-parse-cloud-context": '{"a": 1}'}
        answer = await door.post("/functions/who", {}, token=ada.token, headers=headers)

    assert answer.body["result"] == {
        "user": "ada",
        "token": ada.token,
        "master": False,
        "readOnly": False,
        "installation": "i-1",
        "name": "who",
        "ip": "127.0.0.1",
        "header": "test",
        "context": {"a": 1},
    }


RESPONSES = """
Parse.Cloud.define("success", (request, response) => { setTimeout(() => response.success("later"), 1); });
Parse.Cloud.define("status", (request, response) => response.status(202).header("X-Foo", "bar").success("x"));
Parse.Cloud.define("teapot", (request, response) => response.status(418).error("teapot"));
Parse.Cloud.define("returned", (request, response) => "value");
Parse.Cloud.define("twice", (request, response) => { response.success(1); response.success(2); });
"""


async def test_a_function_with_two_parameters_answers_through_the_second(hosted: Hosted) -> None:
    async with hosted(RESPONSES) as door:
        later = await door.post("/functions/success", {})
        status = await door.post("/functions/status", {})
        returned = await door.post("/functions/returned", {})

    assert later.plain == (200, {"result": "later"})
    assert (status.plain, status.headers["x-foo"]) == ((202, {"result": "x"}), "bar")
    assert returned.plain == (200, {"result": "value"})


async def test_a_function_that_neither_answers_nor_returns_ends_at_its_limit(hosted: Hosted) -> None:
    """PB078: Parse Server never answers."""
    source = 'Parse.Cloud.define("silent", (request, response) => {});'
    async with hosted(source, handlerTimeout=0.3) as door:
        answer = await door.post("/functions/silent", {})

    assert (answer.status, answer.body["code"]) == (400, 124)


async def test_an_error_keeps_the_status_that_the_handler_chose(hosted: Hosted) -> None:
    """PB080: Parse Server answers 400."""
    async with hosted(RESPONSES) as door:
        answer = await door.post("/functions/teapot", {})

    assert answer.plain == (418, {"code": 141, "error": "teapot"})


async def test_of_two_answers_the_first_stands(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    """PB077: Parse Server's process ends here."""
    async with hosted(RESPONSES) as door:
        first = await door.post("/functions/twice", {})
        again = await door.post("/functions/returned", {})

    assert (first.body, again.body) == ({"result": 1}, {"result": "value"})
    assert "twice answered a second time" in caplog.text


VALIDATED = """
Parse.Cloud.define("user", () => "in", {requireUser: true});
Parse.Cloud.define("master", () => "in", {requireMaster: true});
Parse.Cloud.define("roles", () => "in", {requireAnyUserRoles: ["Admin", "Editor"]});
Parse.Cloud.define("fields", ({params}) => params,
  {fields: {n: {type: Number, required: true}, word: {default: "w"}}});
Parse.Cloud.define("options", () => "in", {fields: {n: {options: [1, 2]}}});
Parse.Cloud.define("even", () => "in", {fields: {n: {options: (n) => n % 2 === 0, error: "odd"}}});
Parse.Cloud.define("verdict", () => "in", () => false);
Parse.Cloud.define("thrown", () => "in", () => { throw "not today"; });
"""


async def test_a_validator_refuses_in_the_words_that_apps_know(hosted: Hosted) -> None:
    calls: list[tuple[str, object, str]] = [
        ("user", {}, "Validation failed. Please login to continue."),
        ("master", {}, "Validation failed. Master key is required to complete this request."),
        ("roles", {}, "Validation failed. Please login to continue."),
        ("fields", {}, "Validation failed. Please specify data for n."),
        ("fields", {"n": "1"}, "Validation failed. Invalid type for n. Expected: number"),
        ("options", {"n": 3}, "Validation failed. Invalid option for n. Expected: 1, 2"),
        ("even", {"n": 3}, "odd"),
        ("verdict", {}, "Validation failed."),
        ("thrown", {}, "not today"),
    ]
    async with hosted(VALIDATED) as door:
        refusals = [(await door.post(f"/functions/{name}", params)).refusal for name, params, _ in calls]

    assert refusals == [(400, 142, text) for _, _, text in calls]


async def test_a_validator_lets_in_who_has_the_role_and_fills_defaults(hosted: Hosted) -> None:
    async with hosted(VALIDATED) as door:
        ada = await door.sign_up("ada")
        await door.make_role("Editor", ada)
        roles = await door.post("/functions/roles", {}, token=ada.token)
        fields = await door.post("/functions/fields", {"n": 1})

    assert roles.body == {"result": "in"}
    assert fields.body == {"result": {"n": 1, "word": "w"}}


async def test_a_job_reports_and_ends(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.job("count", async ({params, message}) => { message("half"); return `counted ${params.n}`; });
    Parse.Cloud.job("fail", async () => { throw new Error("no paper"); });
    """
    async with hosted(source) as door:
        for name in ("count", "fail"):
            await door.post(f"/jobs/{name}", {"n": 3}, master=True)
        await door.house.jobs.stop(5)
        rows = {row["jobName"]: row for row in await door.find("_JobStatus", master=True)}

    assert (rows["count"]["status"], rows["count"]["message"]) == ("succeeded", "counted 3")
    assert (rows["fail"]["status"], rows["fail"]["message"]) == ("failed", "no paper")


async def test_what_is_written_to_the_console_stands_in_the_log_with_the_request(
    hosted: Hosted, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "parsonage.cloud")
    async with hosted(
        'Parse.Cloud.define("say", ({log}) => { console.log("n is %d", 1); log.warn("careful"); });'
    ) as door:
        await door.post("/functions/say", {}, headers={"x-request-id": "r-7"})

    lines = [
        (r.name, r.levelname, r.message, getattr(r, "request", None))
        for r in caplog.records
        if r.name == "parsonage.cloud.say"
    ]
    assert lines == [
        ("parsonage.cloud.say", "INFO", "n is 1", "r-7"),
        ("parsonage.cloud.say", "WARNING", "careful", "r-7"),
    ]


LIMITED = """
Parse.Cloud.define("hello", () => "hi", {rateLimit: {requestTimeWindow: 60000, requestCount: 1}});
Parse.Cloud.define("patient", () => "hi", {
  rateLimit: {requestTimeWindow: 60000, requestCount: 0, errorResponseMessage: "Slowly!", includeMasterKey: true},
});
Parse.Cloud.beforeSave("Note", () => {}, {rateLimit: {requestTimeWindow: 60000, requestCount: 1, zone: "global"}});
Parse.Cloud.beforeFind("Note", () => {}, {
  rateLimit: {requestTimeWindow: 60000, requestCount: 0, requestPath: "/classes/Other"},
});
Parse.Cloud.beforeLogin(() => {}, {rateLimit: {requestTimeWindow: 60000, requestCount: 0}});
"""


async def test_pb085_validators_limit_how_often_clients_may_come(hosted: Hosted) -> None:
    outside = "203.0.113.7"
    async with hosted(LIMITED) as door:
        hello = [await door.post("/functions/hello", {}, address=outside) for _ in range(2)]
        patient = await door.post("/functions/patient", {}, address=outside)
        notes = [await door.post("/classes/Note", {}, address=outside) for _ in range(2)]
        found = [await door.get(f"/classes/{name}", address=outside) for name in ("Note", "Other")]
        log_in = await door.post("/login", {"username": "ada", "password": "p"}, address=outside)

    assert [answer.status for answer in hello] == [200, 429]
    assert patient.plain == (429, {"code": 100, "error": "Slowly!"})
    assert [answer.status for answer in notes] == [201, 429]
    assert [answer.status for answer in found] == [200, 429]
    assert log_in.status == 429


async def test_a_rate_limit_that_can_not_be_kept_is_told(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    program = """
    Parse.Cloud.afterSave("Note", () => {}, {rateLimit: {requestTimeWindow: 1000, requestCount: 1}});
    Parse.Cloud.define("hello", () => "hi", {rateLimit: {requestCount: 1}});
    """
    caplog.set_level(logging.ERROR)
    async with hosted(program) as door:
        answer = await door.post("/functions/hello", {})

    assert answer.body == {"result": "hi"}
    assert [record.message.partition(": ")[2] for record in caplog.records] == [
        "afterSave Note can't have a rate limit: nobody asks for it",
        "Object missing required field `requestTimeWindow`",
    ]


async def test_the_sdk_starts_jobs_and_asks_after_them(hosted: Hosted) -> None:
    source = """
    Parse.Cloud.job("tidy", () => "tidied");
    Parse.Cloud.define("start", () => Parse.Cloud.startJob("tidy", {n: 1}));
    Parse.Cloud.define("status", async ({params}) => (await Parse.Cloud.getJobStatus(params.id)).get("jobName"));
    Parse.Cloud.define("data", () => Parse.Cloud.getJobsData());
    Parse.Cloud.define("mail", async () => (await Parse.Cloud.sendEmail({to: "a@b.c", text: "hi"})) === undefined);
    """
    async with hosted(source) as door:
        job_id = (await door.post("/functions/start", {})).body["result"]
        status = (await door.post("/functions/status", {"id": job_id})).body["result"]
        data = (await door.post("/functions/data", {})).body["result"]
        mail = (await door.post("/functions/mail", {})).body["result"]

    assert (status, data["jobs"], mail) == ("tidy", ["tidy"], True)
