"""What a request's parts are read as, before anything is made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.commands.rest import RestRequest

_SPACE = st.text(" \t\r\n", max_size=2)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read(text: str) -> Any:
    return RestRequest("GET", "/classes/Note", {"given": text}).parameters()["given"]


@given(value=_JSON, before=_SPACE, after=_SPACE)
def test_a_value_in_a_query_string_is_read_as_json(value: Any, before: str, after: str) -> None:
    assert read(before + json.dumps(value) + after) == value


@pytest.mark.parametrize(
    "text", ["", "title", "-title", "author.name", "nullable", "n", "True", "[1", "NaN", "0x1", "é"]
)
def test_one_that_is_no_json_is_taken_as_text(text: str) -> None:
    assert read(text) == text
