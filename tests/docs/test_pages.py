"""Every page is in the index, every link leads somewhere, and a line of prose is one sentence."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS, PAGES, anchors, links, prose, sentences

_ANOTHER_SENTENCE = re.compile(r"[\w)*]\. +[A-Z]")
_LEAD_IN = re.compile(r"^ *(?:\d+\.|-)? *(?:\*\*[^*]+\*\*)? *")
LINKS = [(page, link) for page in PAGES for link in links(page)]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != "README.md" and not page.startswith("reference/rules/P")]
)
def test_every_page_is_in_the_index(page: str) -> None:
    assert f"]({page})" in prose("README.md")


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(page: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (DOCS / page).parent / path if path else DOCS / page

    assert target.exists()
    assert not anchor or anchor in anchors(str(target.resolve().relative_to(DOCS)))


@pytest.mark.parametrize("page", PAGES)
def test_a_line_of_prose_is_one_sentence(page: str) -> None:
    crowded = [line for line in sentences(page) if _ANOTHER_SENTENCE.search(_LEAD_IN.sub("", line))]

    assert crowded == []
