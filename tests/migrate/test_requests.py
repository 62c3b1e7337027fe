"""Which expressions are seen to be parameters that the client wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsonage.migrate.code.project import load
from parsonage.migrate.code.requests import parameter


def at_the_mark(code: str, folder: Path) -> str | None:
    """The parameter that ``mark(x)`` is given in a piece of code."""
    (folder / "main.js").write_text(code, encoding="utf-8")
    (module,) = load([folder]).modules
    (call,) = module.calls()["mark"]
    return parameter(call.named_children[1].named_children[0], module)


@pytest.mark.parametrize(
    "code",
    [
        "function (request) { mark(request.params.text); }",
        "function (request) { mark(request.params['text']); }",
        "function (request) { var text = request.params.text; mark(text); }",
        "function (request) { var params = request.params; mark(params.text); }",
        "function (request) { const { text } = request.params; mark(text); }",
        "function (request) { const { params } = request; mark(params.text); }",
        "async ({ params }) => { mark(params.text); }",
        "async ({ params, user }) => { const { text } = params; [user].forEach(() => mark(text)); }",
    ],
)
def test_a_parameter_of_the_request_is_seen(code: str, tmp_path: Path) -> None:
    assert at_the_mark(f"Parse.Cloud.define('f', {code});", tmp_path) == "text"


@pytest.mark.parametrize(
    "code",
    [
        "function (request) { mark(request.params); }",
        "function (request) { mark(request.user.text); }",
        "function (request) { [1].map(function (request) { mark(request.params.text); }); }",
        "function (request) { var params = settings; mark(params.text); }",
        "async ({ params }) => { [1].map(({ params }) => mark(params.text)); }",
    ],
)
def test_what_only_looks_like_a_parameter_is_none(code: str, tmp_path: Path) -> None:
    assert at_the_mark(f"Parse.Cloud.define('f', {code});", tmp_path) is None
