from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.errors import InvalidQuery
from parsonage.query.patterns import compile_pattern, literal_prefix

texts = st.text("ab.*\\QE ", max_size=8)


def quoted(text: str) -> str:
    """Literal text as the SDKs quote it."""
    return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E"


@given(text=texts, other=texts)
def test_starts_with_as_the_sdks_send_it(text: str, other: str) -> None:
    assert compile_pattern("^" + quoted(text)).search(other) == other.startswith(text)


@given(text=texts, other=texts)
def test_contains_as_the_sdks_send_it(text: str, other: str) -> None:
    assert compile_pattern(quoted(text)).search(other) == (text in other)


@given(text=texts, other=texts)
def test_ends_with_as_the_sdks_send_it(text: str, other: str) -> None:
    assert compile_pattern(quoted(text) + "$").search(other) == other.endswith(text)


@given(text=texts, other=texts)
def test_a_prefix_says_what_the_pattern_says(text: str, other: str) -> None:
    pattern = "^" + quoted(text)
    prefix = literal_prefix(pattern)

    assert prefix is None or other.startswith(prefix) == compile_pattern(pattern).search(other)


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("^abc", "abc"),
        ("^\\Qa.b\\E", "a.b"),
        ("^\\Qa.b", "a.b"),
        ("^a.b", None),
        ("abc", None),
        ("^a$", None),
        ("^a|b", None),
    ],
)
def test_only_a_plain_beginning_is_a_prefix(pattern: str, prefix: str | None) -> None:
    assert compile_pattern(pattern).prefix == prefix


@pytest.mark.parametrize(
    ("pattern", "options", "text", "found"),
    [
        ("ABC", "i", "xabc", True),
        ("^b", "m", "a\nb", True),
        ("^b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True),
        ("a.b", "", "a\nb", False),
        ("a  b # note", "x", "ab", True),
        ("(?=a)ab", "", "ab", True),
        ("(a)\\1", "", "aa", True),
        ("é", "iu", "É", True),
    ],
)
def test_options_and_dialect_are_those_of_the_sdks(pattern: str, options: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern, options).search(text) is found


@pytest.mark.parametrize(("pattern", "linear"), [("(a+)+$", True), ("(?=a)", False), ("(a)\\1", False)])
def test_only_what_the_linear_engine_lacks_may_backtrack(pattern: str, linear: bool) -> None:
    assert compile_pattern(pattern).linear is linear


@pytest.mark.parametrize("pattern", ["(", "[a", "*", "(?<x", "x" * 10_001])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidQuery):
        compile_pattern(pattern)


def test_a_pattern_that_would_run_for_ever_is_ended() -> None:
    search = compile_pattern(r"^(?=a)(a|a)+\1$b").search

    with pytest.raises(InvalidQuery, match=re.escape("this $regex takes too long")):
        search("a" * 5000)
