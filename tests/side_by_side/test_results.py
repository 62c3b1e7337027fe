"""What of the found objects is answered, and in which order.

Rules: reference/query.md, sections 1 and 5 to 8.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.side_by_side.case import Case, case, create, find, get, operation, pointer
from tests.side_by_side.exchange import Pair

ROWS = (
    {"n": 1, "s": "b", "o": {"k": 2}},
    {"n": 2, "s": "a", "o": {"k": 1}},
    {"n": 2, "s": "c", "o": {"k": 3}},
    {"n": 4},
)
NOTES = tuple(create("<Note>", row).remember(**{f"note{'abcd'[i]}": "objectId"}) for i, row in enumerate(ROWS))
BY_N_AND_S = "n,s"


def answered(name: str, *queries: Mapping[str, object]) -> Case:
    """A case that asks for all rows of one table with each set of parameters."""
    return case(name, *NOTES, *(find("<Note>", **query) for query in queries))


LIBRARY = (
    create("<Town>", {"name": "Ulm"}).remember(ulm="objectId"),
    create("<Author>", {"name": "Ann", "age": 30, "town": pointer("<Town>", "<ulm>")}).remember(ann="objectId"),
    create("<Author>", {"name": "Bob", "age": 40, "ACL": {}}).remember(bob="objectId"),
    create(
        "<Book>",
        {
            "k": 1,
            "by": pointer("<Author>", "<ann>"),
            "with": [pointer("<Author>", "<ann>"), pointer("<Author>", "<bob>"), 5],
            "meta": {"by": pointer("<Author>", "<ann>")},
        },
    ).remember(book="objectId"),
    create("<Book>", {"k": 2, "by": pointer("<Author>", "<bob>")}).remember(secret="objectId"),
    create("<Book>", {"k": 3, "by": pointer("<Author>", "nowhere")}).remember(lost="objectId"),
)


def read(name: str, *queries: Mapping[str, object]) -> Case:
    """A case that reads a library of books with each set of parameters, as a list and one by one."""
    lists = [find("<Book>", order="k", **query) for query in queries]
    singles = [get("/classes/<Book>/<book>", **query) for query in queries]
    return case(name, *LIBRARY, *lists, *singles)


CASES = [
    answered("order", {"order": "n,s"}, {"order": "-n,s"}, {"order": "n,-s"}, {"order": " n , -s "}),
    answered("order of texts, those without come last", {"order": "s"}),
    answered("order downwards, those without come first", {"order": "-s"}),
    answered("order by time", {"order": "createdAt"}, {"order": "-createdAt"}),
    answered("order by a place in a map", {"order": "o.k", "where": {"o.k": {"$gt": 0}}}),
    answered("order by a field without a column", {"order": "zzz,n,s"}),
    answered("order as a list", {"order": ["n", "-s"]}),
    answered("order by a bad name", {"order": "bad key"}, {"order": "n,"}, {"order": "n,,s"}),
    answered("limit and skip", *({"order": BY_N_AND_S, "limit": 2, "skip": skip} for skip in (0, 1, 3, 9))),
    answered("limit 0", {"limit": 0}),
    answered("limit 0 with a count", {"limit": 0, "count": 1}),
    answered("a count ignores limit and skip", {"order": BY_N_AND_S, "limit": 1, "skip": 1, "count": 1}),
    answered("a count under a condition", {"order": "s", "where": {"n": 2}, "count": 1}),
    answered("no count", {"limit": 0, "count": 0}, {"limit": 0, "count": "false"}),
    answered("a count of nothing", {"where": {"n": 99}, "count": "true"}),
    answered("keys", {"order": BY_N_AND_S, "keys": "n"}, {"order": BY_N_AND_S, "keys": "n,zzz"}),
    answered("keys as a list", {"order": BY_N_AND_S, "keys": ["n", "s"]}),
    answered("keys of a map", {"order": BY_N_AND_S, "keys": "o.k"}),
    answered("no keys at all", {"order": BY_N_AND_S, "keys": ""}),
    answered("excluded keys", {"order": BY_N_AND_S, "excludeKeys": "n"}, {"order": BY_N_AND_S, "excludeKeys": "s,o"}),
    answered("keys that can't be excluded", {"order": BY_N_AND_S, "excludeKeys": "createdAt,objectId,n,s,o"}),
    answered("keys less excluded keys", {"order": BY_N_AND_S, "keys": "n,s", "excludeKeys": "s"}),
    case(
        "a limit below zero is refused",
        *NOTES,
        find("<Note>", limit=-1).differs(
            "PB030", 400, {"code": 102, "error": "limit must be a number that is not negative"}
        ),
    ),
    case(
        "a skip that is no number is refused",
        *NOTES,
        find("<Note>", skip="x").differs(
            "PB030", 400, {"code": 102, "error": "skip must be a number that is not negative"}
        ),
    ),
    read("without include", {}),
    read("include", {"include": "by"}),
    read("include of a list", {"include": "with"}),
    read("include in a map", {"include": "meta.by"}),
    read("include of several", {"include": "by,with"}),
    read("include as a list", {"include": ["by", "with"]}),
    read("nested include", {"include": "by.town"}, {"include": "with.town"}),
    read("include of what is no pointer", {"include": "k"}, {"include": "zzz"}, {"include": "zzz.y"}),
    read("include with keys of the included", {"keys": "by.name"}, {"include": "by", "keys": "by.name,k"}),
    read("include with nested keys", {"include": "by.town", "keys": "by.town.name"}),
    read("include without a key of the included", {"excludeKeys": "by.age"}),
    case(
        "include of all", *LIBRARY, find("<Book>", order="k", include="*"), find("<Book>", order="k", includeAll="true")
    ),
    case("include for the master key", *LIBRARY, find("<Book>", order="k", include="by,with").as_master()),
    case(
        "a relation shows as a marker",
        *LIBRARY,
        create("<Shelf>", {"k": 1, "books": operation("AddRelation", objects=[pointer("<Book>", "<book>")])}).remember(
            shelf="objectId"
        ),
        create("<Shelf>", {"k": 2}),
        find("<Shelf>", order="k"),
        find("<Shelf>", order="k", keys="k"),
        find("<Shelf>", order="k", include="books"),
        get("/classes/<Shelf>/<shelf>", keys="k"),
    ),
    case(
        "a count for the master key is exact",
        *NOTES,
        find("<Note>", limit=0, count=1).as_master().differs("PB031", 200, {"results": [], "count": 4}),
    ),
]

REST = {"X-Parse-REST-API-Key": "the-rest-key"}
MANY = tuple(create("<Note>", {"n": n}).as_master() for n in range(7))

STRICT_CASES = [
    case("the default limit", *MANY, find("<Note>", order="n", keys="n").with_headers(REST)),
    case("the highest limit", *MANY, find("<Note>", order="n", keys="n", limit=100).with_headers(REST)),
    case("the limits hold for the master key, too", *MANY, find("<Note>", order="n", keys="n", limit=6).as_master()),
    case("include too deep", MANY[0], find("<Note>", include="a.b").with_headers(REST)),
    case("include of too many", MANY[0], find("<Note>", include="a,b,c").with_headers(REST)),
    case("include of just so many", MANY[0], find("<Note>", include="a,b", keys="n").with_headers(REST)),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
