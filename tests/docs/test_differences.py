"""docs/explanation/differences.md: the requests that it shows as refused are refused so."""

from __future__ import annotations

import json
import re

import pytest

from parsonage.commands.rest import RestRequest, decode
from parsonage.protocol.errors import ParseError
from parsonage.sdk import NOBODY
from parsonage.testing.throwaway import Throwaway
from tests.docs.pages import names, rows

_REFUSAL = re.compile(r"400 code (\d+)(?:, `(.+)`)?")
_REQUEST = re.compile(r"(create|update) \{|(where|limit|skip)=")
NOTE = {"n": 1, "s": "x", "l": [1, 2], "t": ["red"], "o": {"x": 2}}


def refused() -> list[tuple[str, int, str | None]]:
    """The requests that the page shows with a refusal of ours, its code, and its text where that is told."""
    found = []
    for row in rows("explanation/differences.md"):
        told = _REFUSAL.match(row[-1])
        if told is not None and row[0].startswith("`") and _REQUEST.match(names(row[0])[0]):
            found.append((names(row[0])[0], int(told[1]), told[2]))
    return found


def rest_request(shown: str, note_id: str) -> RestRequest:
    """A request as the page writes it, in full."""
    word, _, body = shown.partition(" ")
    if word == "create":
        return RestRequest("POST", "/classes/Note", body=json.loads(body))
    if word == "update":
        return RestRequest("PUT", f"/classes/Note/{note_id}", body=json.loads(body))
    parameter, _, value = shown.partition("=")
    return RestRequest("GET", "/classes/Note", {parameter: value})


async def send(parse: Throwaway, shown: str, note_id: str) -> None:
    await parse._transport.send(decode(rest_request(shown, note_id)), NOBODY)


@pytest.fixture
async def note_id(parse: Throwaway) -> str:
    note = await parse.anybody.object("Note", **NOTE).save()
    assert note.id is not None
    return note.id


def test_the_page_shows_refusals() -> None:
    assert len(refused()) >= 12


@pytest.mark.parametrize(("shown", "code", "words"), refused())
async def test_what_is_shown_as_refused_is_refused_so(
    parse: Throwaway, note_id: str, shown: str, code: int, words: str | None
) -> None:
    with pytest.raises(ParseError) as refusal:
        await send(parse, shown, note_id)

    assert refusal.value.code == code
    assert words in (None, refusal.value.message)
