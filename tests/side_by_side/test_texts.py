"""Full text and relative times in queries.

Rules: reference/query.md, sections 2.2 and 2.7.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, date, find
from tests.side_by_side.exchange import Pair

NOTES = (
    create("<Note>", {"k": 0, "s": "coffee", "d": date("2001-01-01T00:00:00.000Z")}).remember(notea="objectId"),
    create("<Note>", {"k": 1, "s": "Coffee Shopping", "d": date("2999-01-01T00:00:00.000Z")}).remember(
        noteb="objectId"
    ),
    create("<Note>", {"k": 2, "s": "Baking a cake", "n": 5}).remember(notec="objectId"),
    create("<Note>", {"k": 3, "s": "Café con leche"}).remember(noted="objectId"),
)


def text(term: object, **more: object) -> dict[str, object]:
    options = {f"${name}": value for name, value in more.items()}
    return {"s": {"$text": {"$search": {"$term": term, **options}}}}


def asked(name: str, *conditions: object) -> Case:
    """A case that asks for notes under each condition; their ``k`` shows which came."""
    return case(name, *NOTES, *(find("<Note>", where, order="k", keys="k") for where in conditions))


def found(name: str, because: str, condition: object, *ks: int) -> Case:
    """A condition for which these notes are found by us, and not by the peer."""
    rows = [{"objectId": f"<note{'abcd'[k]}>", "k": k, "createdAt": "<moment>", "updatedAt": "<moment>"} for k in ks]
    return case(name, *NOTES, find("<Note>", condition, order="k", keys="k").differs(because, 200, {"results": rows}))


def relative(text: object) -> dict[str, object]:
    return {"$relativeTime": text}


CASES = [
    asked("a word", text("coffee"), text("cake"), text("tea")),
    asked("a word by its stem", text("cakes"), text("bake")),
    asked("any case", text("COFFEE")),
    asked("words of a search language", text("coffee & shopping"), text("cake | shopping"), text("coffee & !shopping")),
    asked("no stems in plain language", text("cakes", language="simple")),
    asked("accents count", text("cafe"), text("café"), text("cafe", diacriticSensitive=True)),
    asked("a search beside a field", {**text("coffee"), "k": 1}),
    asked(
        "searches that are none",
        {"s": {"$text": {"$search": 5}}},
        text(5),
        {"s": {"$text": {"$search": {}}}},
        text("x", language=5),
        text("x", caseSensitive=5),
        text("x", diacriticSensitive=5),
    ),
    found("PB044: two words are any of them", "PB044", text("coffee cake"), 0, 1, 2),
    found("case can count", "query, section 2.2", text("Coffee", caseSensitive=True), 1),
    found("accents need not count", "query, section 2.2", text("cafe", diacriticSensitive=False), 3),
    asked(
        "times in relation to now",
        {"d": {"$lt": relative("now")}},
        {"d": {"$gt": relative("2 weeks ago")}},
        {"d": {"$gte": relative("in 3 days 2 hrs")}},
        {"createdAt": {"$lte": relative("in 1 minute")}},
    ),
    asked(
        "times in relation to now that are none",
        {"d": {"$lt": relative("yesterday")}},
        {"d": {"$lt": relative("in 1 day ago")}},
        {"d": {"$lt": relative("1 ago")}},
        {"d": {"$lt": relative("x days ago")}},
        {"d": {"$lt": relative("1 foo ago")}},
        {"n": {"$lt": relative("now")}},
    ),
    asked("times in relation to now are compared", {"d": {"$eq": relative("now")}}),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
