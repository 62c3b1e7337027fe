from __future__ import annotations

from typing import Any

import pytest

from parsonage.protocol.javascript import is_truthy, javascript_number, javascript_text


@pytest.mark.parametrize(
    ("json", "text"),
    [(True, "true"), (None, "null"), ({}, "[object Object]"), ([1, None, "a"], "1,,a"), (5, "5"), ("x", "x")],
)
def test_values_read_in_errors_as_javascript_writes_them(json: Any, text: str) -> None:
    assert javascript_text(json) == text


@pytest.mark.parametrize(
    ("json", "number"),
    [
        (None, 0),
        (True, 1),
        (2.5, 2.5),
        ("", 0),
        (" 12 ", 12),
        ("1e3", 1000),
        ([], 0),
        ([7], 7),
        ("1;", None),
        ("nan", None),
        ("1_000", None),
        ([1, 2], None),
        ({}, None),
    ],
)
def test_a_value_is_read_as_a_number(json: Any, number: float | None) -> None:
    assert javascript_number(json) == number


@pytest.mark.parametrize(
    ("json", "is_true"), [([], True), ({}, True), ("0", True), (-1, True), ("", False), (0.0, False), (None, False)]
)
def test_a_value_is_taken_for_true(json: Any, is_true: bool) -> None:
    assert is_truthy(json) is is_true
