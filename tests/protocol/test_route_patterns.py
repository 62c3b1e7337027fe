"""Patterns of routes: the syntax of path-to-regexp 8."""

from __future__ import annotations

import re

import pytest

from parsonage.protocol.route_patterns import compile_route_pattern, exact_route


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/functions/*", "/functions/a/b"),
        ("/*", "/"),
        ("/login", "/login"),
        ("/login", "/LOGIN"),
        ("/login", "/login/"),
        ("/functions/:name", "/functions/hello"),
        ('/functions/:"the name"', "/functions/hello"),
        ("/functions/:name-v:version", "/functions/hello-v2"),
        ("/classes/Note{/*id}", "/classes/Note"),
        ("/classes/Note{/*id}", "/classes/Note/abc"),
        ("/*path", "/classes/Note/abc"),
        ("/a\\:b", "/a:b"),
        ("/a.b", "/a.b"),
        ("{/v:n}/x", "/v1/x"),
        ("{/v:n}/x", "/x"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert compile_route_pattern(pattern).fullmatch(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/login", "/loginAs"),
        ("/login", "/x/login"),
        ("/functions/:name", "/functions"),
        ("/functions/:name", "/functions/a/b"),
        ("/classes/Note{/*id}", "/classes/Notes"),
        ("/*path", "/"),
        ("/a.b", "/axb"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, path: str) -> None:
    assert not compile_route_pattern(pattern).fullmatch(path)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("/:", ": at position 1 has no name"),
        ("/a{b", "a { is never closed"),
        ("/a}b", "} at position 2 has no meaning"),
        ("/(.*)", "( at position 1 has no meaning"),
        ("/a?", "? at position 2 has no meaning"),
        ("/a\\", "\\ at position 2 has no meaning"),
    ],
)
def test_what_is_no_pattern_is_told(pattern: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        compile_route_pattern(pattern)


def test_an_exact_route_is_taken_letter_by_letter() -> None:
    route = exact_route("/functions/a:b*{c}")

    assert route.fullmatch("/functions/a:b*{c}/")
    assert not route.fullmatch("/functions/axbc")


def test_an_exact_route_may_have_anything_below_it() -> None:
    route = exact_route("/classes/Note", anything_below=True)

    assert route.fullmatch("/classes/Note/abc")
    assert not route.fullmatch("/classes/Notes")
