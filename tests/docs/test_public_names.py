"""docs/reference/public-names.md lists what ``parsonage`` offers, and every name says what it is."""

from __future__ import annotations

import inspect

import pytest

import parsonage
from tests.docs.pages import names, rows

LISTED = [name for row in rows("reference/public-names.md") for name in names(row[0])]
NAMES = [name for name in parsonage.__all__ if name != "__version__"]


def test_the_page_lists_the_public_names_in_their_order() -> None:
    assert parsonage.__all__ == LISTED


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_a_docstring(name: str) -> None:
    assert vars(getattr(parsonage, name))["__doc__"]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_word_of_a_public_name_has_a_docstring(name: str) -> None:
    kind = getattr(parsonage, name)
    words = [
        word
        for word, member in vars(kind).items()
        if not word.startswith("_") and isinstance(member, (property, classmethod, staticmethod, type(lambda: None)))
    ]

    assert [word for word in words if not inspect.getdoc(inspect.getattr_static(kind, word))] == []


def test_the_version_is_text() -> None:
    assert isinstance(parsonage.__version__, str)
