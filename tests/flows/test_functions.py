"""Cloud functions: what they are given, what they answer, and who is let in.

Rules: reference/cloud-code.md, sections 1 and 2.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from parsonage.cloud import Cloud, FieldRule, FunctionRequest, FunctionResponse
from parsonage.protocol.errors import ParseError
from tests.flows.door import Door, User, open_door, pointer

DATE = {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}


def deploy(door: Door) -> None:
    cloud = Cloud()

    @cloud.function
    async def params(request: FunctionRequest) -> Any:
        return dict(request.params)

    @cloud.function
    async def typed(
        request: FunctionRequest, n: int, when: datetime | None = None, words: list[str] | None = None
    ) -> Any:
        return [n, when, words]

    @cloud.function
    async def context(request: FunctionRequest) -> Any:
        return dict(request.context)

    @cloud.function
    async def nothing(request: FunctionRequest) -> None:
        door.events.append(request.user)

    @cloud.function
    async def teapot(request: FunctionRequest, response: FunctionResponse) -> str:
        response.status = 202
        response.headers["X-Count"] = 5  # type: ignore[assignment] # as people do
        return "tea"

    @cloud.function
    async def raises(request: FunctionRequest, code: int, text: str) -> None:
        raise ParseError(code, text)

    @cloud.function
    async def raises_oddly(request: FunctionRequest, how: str) -> None:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError("not even this")

        odd = {
            "an exception": ParseError(7, KeyError("x")),  # type: ignore[arg-type] # as people do
            "no Unicode": ParseError(7, "\ud800"),
            "mute": Mute(),
        }
        raise odd[how]

    @cloud.function(require_user=True)
    async def for_users(request: FunctionRequest) -> str:
        assert request.user is not None
        return str(request.user["username"])

    @cloud.function(require_user_keys={"age": FieldRule(options=lambda age: age >= 18)})
    async def for_grown_ups(request: FunctionRequest) -> str:
        return "in"

    @cloud.function(check=lambda request: False)
    async def for_nobody(request: FunctionRequest) -> str:
        return "in"

    @cloud.function(name="shop.prices.of")
    async def named_with_dots(request: FunctionRequest) -> str:
        return "dots"

    @cloud.function(require_any_user_roles=["Editors"])
    async def for_editors(request: FunctionRequest) -> str:
        return "in"

    @cloud.function(
        fields={
            "list": FieldRule(type=list, default=[1]),
            "kind": FieldRule(required=False, options=["a", True, None]),
            "word": FieldRule(required=False, type=str),
        }
    )
    async def ruled(request: FunctionRequest) -> Any:
        request.params["list"].append(2)
        return request.params["list"]

    door.deploy(cloud)


class TestParameters:
    @pytest.mark.parametrize(
        ("body", "given"),
        [
            ({"a": 1, "d": DATE, "o": {"p": [None, True]}}, {"a": 1, "d": DATE, "o": {"p": [None, True]}}),
            ({"constructor": 1}, {"constructor": 1}),
            ([1, 2], {"0": 1, "1": 2}),
            (None, {}),
        ],
    )
    async def test_are_what_was_sent(self, door: Door, body: Any, given: Any) -> None:
        deploy(door)

        assert (await door.post("/functions/params", body)).plain == (200, {"result": given})

    async def test_of_the_query_string_win_and_stay_text(self, door: Door) -> None:
        deploy(door)

        assert (await door.post("/functions/params", {"a": 1, "b": 1}, a="2")).body["result"] == {"a": "2", "b": 1}

    async def test_of_a_form_are_text(self, door: Door) -> None:
        deploy(door)
        headers = {"content-type": "application/x-www-form-urlencoded"}

        answer = await door.post("/functions/params", content=b"a=1&b=2&c[d]=3", headers=headers)

        assert answer.body["result"] == {"a": "1", "b": "2", "c[d]": "3"}

    async def test_by_annotation_are_checked_and_decoded(self, door: Door) -> None:
        deploy(door)

        right = await door.post("/functions/typed", {"n": 1, "when": DATE, "words": ["a"], "more": 1})
        wrong = await door.post("/functions/typed", {"n": "1"})
        missing = await door.post("/functions/typed", {})

        assert right.body == {"result": [1, DATE, ["a"]]}
        assert wrong.refusal == (400, 142, "Validation failed. Invalid type for n. Expected: number")
        assert missing.refusal == (400, 142, "Validation failed. Please specify data for n.")


FORM = "multipart/form-data; boundary=Xx-Xx"


def form(*parts: bytes, end: bytes = b"--Xx-Xx--\r\n") -> bytes:
    return b"".join(b"--Xx-Xx\r\n" + part + b"\r\n" for part in parts) + end


def text_part(name: str, text: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()


class TestAMultipartForm:
    async def test_brings_texts_and_files(self, door: Door) -> None:
        deploy(door)
        file = b'Content-Disposition: form-data; name="f"; filename="a b.txt"\r\nContent-Type: text/plain\r\n\r\nhi\x00'
        bare = b'Content-Disposition: form-data; name="g"; filename="g"\r\n\r\n'

        answer = await door.post(
            "/functions/params", content=form(text_part("t", "Grüße"), file, bare), headers={"content-type": FORM}
        )

        assert answer.body["result"] == {
            "t": "Grüße",
            "f": {"filename": "a b.txt", "contentType": "text/plain", "data": {"__type": "Bytes", "base64": "aGkA"}},
            "g": {
                "filename": "g",
                "contentType": "application/octet-stream",
                "data": {"__type": "Bytes", "base64": ""},
            },
        }

    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (form(text_part("t", "x")), "multipart/form-data"),
            (form(text_part("t", "x"), end=b""), FORM),
            (form(b"Content-Disposition: form-data\r\n\r\nx"), FORM),
            (form(text_part("t", "x").replace(b"x", b"\xff")), FORM),
            (form(*[text_part("t", "")] * 1001), FORM),
            (b"nonsense", FORM),
        ],
    )
    async def test_that_makes_no_sense_is_refused(self, door: Door, content: bytes, content_type: str) -> None:
        deploy(door)

        answer = await door.post("/functions/params", content=content, headers={"content-type": content_type})

        assert answer.refusal[:2] == (400, 107)
        assert answer.body["error"].startswith("Invalid multipart request: ")

    async def test_that_is_too_large_is_refused_with_116(self, tmp_path: Path) -> None:
        async with open_door(tmp_path, maxUploadSize="1kb") as door:
            deploy(door)
            answer = await door.post(
                "/functions/params", content=form(text_part("t", "x" * 2000)), headers={"content-type": FORM}
            )

        assert answer.plain == (400, {"code": 116, "error": "Multipart request exceeds maximum upload size."})


class TestTheContext:
    async def test_comes_in_a_header(self, door: Door) -> None:
        deploy(door)

        answer = await door.post("/functions/context", {"_context": 5}, headers={"x-parse-cloud-context": '{"a":1}'})

        assert answer.body == {"result": {"a": 1}}

    @pytest.mark.parametrize("given", [{"a": 1}, '{"a":1}'])
    async def test_comes_in_the_body_form(self, door: Door, given: Any) -> None:
        deploy(door)
        body = {"_ApplicationId": "flows", "_context": given}

        answer = await door.post("/functions/context", body, headers={"x-parse-application-id": ""})

        assert answer.body == {"result": {"a": 1}}

    @pytest.mark.parametrize("given", ["5", "[1]", "x", "null"])
    async def test_that_is_no_object_is_refused(self, door: Door, given: str) -> None:
        deploy(door)

        answer = await door.post("/functions/context", {}, headers={"x-parse-cloud-context": given})

        assert answer.plain == (400, {"code": 107, "error": "Invalid object for context."})


class TestAnswers:
    async def test_of_a_function_that_returns_nothing_are_empty(self, door: Door) -> None:
        deploy(door)

        assert (await door.post("/functions/nothing", {})).plain == (200, {})

    async def test_may_have_a_status_and_headers(self, door: Door) -> None:
        deploy(door)

        answer = await door.post("/functions/teapot", {})

        assert answer.plain == (202, {"result": "tea"})
        assert answer.headers["x-count"] == "5"

    @pytest.mark.parametrize(("code", "status"), [(101, 404), (1, 500), (999, 400), (209, 400)])
    async def test_to_what_is_raised_keep_its_code(self, door: Door, code: int, status: int) -> None:
        deploy(door)

        answer = await door.post("/functions/raises", {"code": code, "text": "so it is"})

        assert answer.plain == (status, {"code": code, "error": "so it is"})

    @pytest.mark.parametrize(
        ("how", "code", "text"), [("an exception", 7, "'x'"), ("no Unicode", 7, "?"), ("mute", 141, "Script failed.")]
    )
    async def test_to_what_is_raised_are_text(self, door: Door, how: str, code: int, text: str) -> None:
        deploy(door)

        assert (await door.post("/functions/raises_oddly", {"how": how})).refusal == (400, code, text)

    async def test_to_get_are_a_page_that_says_not_found(self, door: Door) -> None:
        deploy(door)

        assert (await door.get("/functions/params")).status == 404

    async def test_to_a_bad_session_come_before_the_function_runs(self, door: Door) -> None:
        deploy(door)

        answer = await door.post("/functions/nothing", {}, token="r:unknown")

        assert answer.refusal == (400, 209, "Invalid session token")
        assert door.events == []


class TestANameWithDots:
    async def test_is_called_by_exactly_that_name(self, door: Door) -> None:  # PB081
        deploy(door)

        assert (await door.post("/functions/shop.prices.of", {})).body == {"result": "dots"}
        assert (await door.post("/functions/shop.prices", {})).refusal == (
            400,
            141,
            'Invalid function: "shop.prices"',
        )


class TestValidators:
    async def test_that_say_false_refuse(self, door: Door) -> None:  # PB083
        deploy(door)

        assert (await door.post("/functions/for_nobody", {})).refusal == (400, 142, "Validation failed.")

    async def test_of_a_user_s_keys_ask_for_a_user(self, door: Door, ada: User) -> None:  # PB084
        deploy(door)
        await door.put(f"/users/{ada.id}", {"age": 20}, token=ada.token)

        text = "Please login to make this request."
        assert (await door.post("/functions/for_grown_ups", {})).refusal == (400, 142, text)
        assert (await door.post("/functions/for_grown_ups", {}, token=ada.token)).body == {"result": "in"}

    async def test_let_users_in(self, door: Door, ada: User) -> None:
        deploy(door)

        text = "Validation failed. Please login to continue."
        assert (await door.post("/functions/for_users", {}, token=ada.token)).body == {"result": "ada"}
        assert (await door.post("/functions/for_users", {})).refusal == (400, 142, text)

    async def test_let_roles_in(self, door: Door, ada: User, bob: User) -> None:
        deploy(door)
        await door.make_role("Editors", ada)

        text = "Validation failed. User does not match the required roles."
        assert (await door.post("/functions/for_editors", {}, token=ada.token)).body == {"result": "in"}
        assert (await door.post("/functions/for_editors", {}, token=bob.token)).refusal == (400, 142, text)

    async def test_give_each_call_a_default_of_its_own(self, door: Door) -> None:
        deploy(door)

        first = await door.post("/functions/ruled", {})
        second = await door.post("/functions/ruled", {})

        assert first.body == second.body == {"result": [1, 2]}

    @pytest.mark.parametrize(
        ("params", "text"),
        [
            ({"list": 5}, "Validation failed. Invalid type for list. Expected: array"),
            ({"kind": "c"}, "Validation failed. Invalid option for kind. Expected: a, true, "),
            ({"word": None}, "Validation failed. Invalid type for word. Expected: string"),
        ],
    )
    async def test_refuse_what_does_not_fit(self, door: Door, params: Any, text: str) -> None:
        deploy(door)

        assert (await door.post("/functions/ruled", params)).refusal == (400, 142, text)

    async def test_of_a_pointer_parameter_leave_it_a_pointer(self, door: Door) -> None:
        deploy(door)
        note = pointer("Note", "x")

        assert (await door.post("/functions/params", {"p": note})).body == {"result": {"p": note}}
