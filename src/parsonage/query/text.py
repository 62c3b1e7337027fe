"""Full text: what a term of ``$text`` asks for, and whether a text says so.

A term is what apps have sent to either database of Parse Server: words, of which one must be there; quoted
phrases, which must all be there; and ``-word``, which must not. ``a & b``, ``a | b``, ``!a``, ``a <-> b`` and
``wor:*`` are PostgreSQL's own signs and keep their meaning; parentheses count for nothing.

The engines bring words down to their stems by their own rules. ``says`` knows no stems: it judges objects for
live queries, and the tests.

Rules: reference/query.md, section 2.2; reference/storage-postgres.md, section 9b; PB044.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from parsonage.protocol.errors import InvalidJSON
from parsonage.query.model import FullText

LONGEST_TERM = 10_000
"""Characters of a term."""

MOST_WORDS = 200
"""Words and phrases of a term: each is looked up by itself."""

_LANGUAGES = {
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "hungarian": "hu",
    "italian": "it",
    "norwegian": "nb",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "turkish": "tr",
}
LANGUAGES: Mapping[str, str] = {
    **{name: name for name in _LANGUAGES},
    **{code: name for name, code in _LANGUAGES.items()},
    "simple": "simple",
    "none": "simple",
}
"""What ``$language`` may be, by name or by code → the name that PostgreSQL has for it."""


class Said(msgspec.Struct, frozen=True):
    """A word, or the words of a phrase. With ``begins`` the last one may go on."""

    text: str
    begins: bool = False


class Search(msgspec.Struct, frozen=True):
    """A term, read: all of at least one group, every phrase, and nothing of what is ruled out."""

    groups: tuple[tuple[Said, ...], ...]
    phrases: tuple[Said, ...]
    ruled_out: tuple[Said, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for: then nothing is found."""
        return not (self.groups or self.phrases)

    @property
    def wanted(self) -> tuple[Said, ...]:
        """Everything that speaks for a text."""
        return (*(said for group in self.groups for said in group), *self.phrases)


_TOKEN = re.compile(
    r"(?P<join>&|<(?:-|\d+)>)"
    r"|(?P<out>!\s*|(?<![^\s(|&])-)?"
    r"(?:\"(?P<phrase>[^\"]*)\"?|(?P<word>[^\s&|!()\"<>:]+)(?::(?P<weight>\*?)[A-Da-d]*)?)"
)


@lru_cache(maxsize=512)
def read_term(term: str) -> Search:
    """What a term asks for. Raises InvalidJSON (107) for one that is too long."""
    if len(term) > LONGEST_TERM:
        raise InvalidJSON(f"bad $text: $term, should be {LONGEST_TERM} characters long at most")
    groups: list[tuple[Said, ...]] = []
    phrases: list[Said] = []
    ruled_out: list[Said] = []
    joined = ""
    for token in _TOKEN.finditer(term):
        if token["join"]:
            joined = token["join"]
            continue
        said = Said(token["word"] if token["phrase"] is None else token["phrase"].strip(), bool(token["weight"]))
        if not any(character.isalnum() for character in said.text):
            continue
        if token["out"]:
            ruled_out.append(said)
        elif token["phrase"] is not None:
            phrases.append(said)
        elif joined == "&" and groups:
            groups[-1] = (*groups[-1], said)
        elif joined and groups:
            *before, last = groups[-1]
            groups[-1] = (*before, Said(f"{last.text} {said.text}", said.begins))
        else:
            groups.append((said,))
        joined = ""
    if len(groups) + len(phrases) + len(ruled_out) > MOST_WORDS:
        raise InvalidJSON(f"bad $text: $term, should have {MOST_WORDS} words at most")
    return Search(tuple(groups), tuple(phrases), tuple(ruled_out))


def unaccented(text: str) -> str:
    """The text without its accents."""
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))


def search_of(condition: FullText) -> Search:
    """What a condition asks for, without accents where they do not count."""
    return read_term(condition.term if condition.diacritic_sensitive else unaccented(condition.term))


def says(text: str, condition: FullText) -> bool:
    """Whether a text meets the condition, word by word and without stems."""
    search = search_of(condition)
    if search.is_empty:
        return False
    if not condition.diacritic_sensitive:
        text = unaccented(text)
    if condition.case_sensitive and not says_exactly(text, search):
        return False
    words = _words(text)
    return (
        (not search.groups or any(all(_has(words, said) for said in group) for group in search.groups))
        and all(_has(words, said) for said in search.phrases)
        and not any(_has(words, said) for said in search.ruled_out)
    )


def says_exactly(text: str, search: Search) -> bool:
    """Whether something that is asked for begins a word of the text in just these letters, capital and small."""
    return any(re.search(rf"(?<!\w){re.escape(said.text)}", text) for said in search.wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _has(words: list[str], said: Said) -> bool:
    wanted = _words(said.text)
    length = len(wanted)
    for start in range(len(words) - length + 1):
        there = words[start : start + length]
        if there == wanted or (said.begins and there[:-1] == wanted[:-1] and there[-1].startswith(wanted[-1])):
            return True
    return False
