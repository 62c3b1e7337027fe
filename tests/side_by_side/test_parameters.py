"""The parameters of a read in every form that a client may send them.

Parse Server reads them as JavaScript does: ``count=[]`` is yes, ``limit="2"`` is 2.

Rules: reference/query.md, sections 1, 2.8 and 5 to 7.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.side_by_side.case import Case, Step, case, create, find, get, operation, pointer, post, some
from tests.side_by_side.exchange import Pair

ROWS = tuple(create("<Note>", {"k": k, **({"b": k == 1} if k < 2 else {})}) for k in range(4))
LAST = create("<Note>", {"k": 4, "o": {"x": 1}, "l": [1, 2], "ACL": {"*": {"read": True}}}).remember(last="objectId")
NOTES: tuple[Step, ...] = (*ROWS, LAST)


def asked(name: str, *queries: Mapping[str, object]) -> Case:
    """A case that asks for the notes with each set of parameters, in order of their ``k`` unless it says otherwise."""
    return case(name, *NOTES, *(find("<Note>", **{"order": "k", "keys": "k", **query}) for query in queries))


def got(name: str, *queries: Mapping[str, object]) -> Case:
    """A case that gets one note with each set of parameters."""
    return case(name, LAST, *(get("/classes/<Note>/<last>", **query) for query in queries))


def refused(name: str, because: str, error: str, *queries: Mapping[str, object]) -> Case:
    """Parameters that we refuse with 102, and the peer with 500."""
    steps = (find("<Note>", **query).differs(because, 400, {"code": 102, "error": error}) for query in queries)
    return case(name, LAST, *steps)


BOOKS: tuple[Step, ...] = (
    create("<Author>", {"name": "Ann", "age": 30}).remember(ann="objectId"),
    create(
        "<Book>",
        {
            "k": 1,
            "by": pointer("<Author>", "<ann>"),
            "with": [pointer("<Author>", "<ann>")],
            "more": {"by": pointer("<Author>", "<ann>")},
            "likes": operation("AddRelation", objects=[pointer("<Author>", "<ann>")]),
        },
    ).remember(book="objectId"),
)


def books(name: str, *queries: Mapping[str, object]) -> Case:
    """A case that reads one book with each set of parameters."""
    return case(name, *BOOKS, *(find("<Book>", **query) for query in queries))


CASES = [
    asked("limits as texts and numbers", {"limit": "2"}, {"limit": "02"}, {"limit": 2.0}, {"limit": " 1 "}),
    asked("limits that are read as one", {"limit": True}, {"limit": [1]}, {"limit": "1e0"}),
    asked("limits that are none", {"limit": None}, {"limit": False}, {"limit": ""}),
    asked("limits between two whole numbers", {"limit": 1.5}, {"limit": 2.5}, {"skip": 1.5}),
    asked("skips in other forms", {"skip": "1"}, {"skip": True}, {"skip": [2]}, {"skip": ""}, {"skip": None}),
    asked("a limit and a skip beyond all rows", {"limit": 1000000}, {"skip": 1000000}),
    refused(
        "a limit that is no number",
        "PB030",
        "limit must be a number that is not negative",
        {"limit": {}},
        {"limit": "1;"},
        {"limit": [1, 2]},
    ),
    asked("counts that are yes", *({"limit": 1, "count": count} for count in some(1, True, "yes", [], {}, -1))),
    asked("counts that are no", *({"limit": 1, "count": count} for count in some(0, False, "", None))),
    asked("orders in other forms", {"order": "k,"}, {"order": 5}, {"order": True}, {"order": {"a": 1}}, {"order": []}),
    asked("orders with signs", {"order": "+k"}, {"order": "--k"}, {"order": " -k"}, {"order": "- k"}, {"order": "-"}),
    asked("an order by a name twice", {"order": "k,k"}, {"order": "k,-k"}),
    asked("an order by booleans and by what they lack", {"order": "b,k"}, {"order": "-b,-k"}),
    asked("an order into a map", {"order": "o.x,k"}, {"order": "-o.x,k"}, {"order": "o.x.y,k"}),
    asked("names of orders", {"order": "$bad"}, {"order": "1a"}, {"order": "authData.x.id"}, {"order": "length"}),
    asked("keys in other forms", {"keys": 5}, {"keys": True}, {"keys": {"a": 1}}, {"keys": None}, {"keys": []}),
    asked("keys with blanks", {"keys": "k, b"}, {"keys": " k"}, {"keys": "k,,b"}, {"keys": ["k", "b"]}),
    asked("keys that are no names", {"keys": "bad key"}, {"keys": "$x"}, {"keys": "*"}, {"keys": "1"}, {"keys": "K"}),
    asked("keys that lead nowhere", {"keys": "k.x"}, {"keys": "l.0"}, {"keys": "o."}, {"keys": ".o"}),
    asked(
        "keys left out, in other forms", {"excludeKeys": 5, "keys": None}, {"excludeKeys": None}, {"excludeKeys": []}
    ),
    books("include in other forms", {"include": 5}, {"include": True}, {"include": {"a": 1}}, {"include": None}),
    books("include with blanks", {"include": " by"}, {"include": "by, with"}, {"include": "by,,with"}, {"include": ""}),
    books(
        "include of all in other forms", {"includeAll": 1}, {"includeAll": []}, {"includeAll": 0}, {"includeAll": ""}
    ),
    books("include of all beside a path", {"include": "*,more.by"}, {"include": "more.by,*"}),
    books("include of all beside keys", {"include": "*", "keys": "k"}, {"includeAll": True, "keys": "k"}),
    books("include of a pointer that is not among the keys", {"include": "by", "keys": "k"}),
    books("include of a list that is not among the keys", {"include": "with,by", "keys": "k,with"}),
    books("include of what keys and left out keys name", {"keys": "by.name"}, {"keys": "k", "excludeKeys": "by.age"}),
    books("include and its root left out", {"include": "by", "excludeKeys": "by"}, {"excludeKeys": "with.age"}),
    books("include through a map", {"include": "more.by"}, {"include": "more"}, {"keys": "more.by"}),
    books("include of times and ids", {"include": "createdAt,objectId,ACL"}, {"include": "by.createdAt"}),
    books("a key of a relation", {"keys": "likes"}, {"include": "likes"}, {"excludeKeys": "likes"}),
    books(
        "redirects that lead nowhere",
        *({"redirectClassNameForKey": key, "keys": "k"} for key in ("by", "k", "zzz", 5, "likes.x", "", 0, None)),
    ),
    books(
        "a redirect", {"redirectClassNameForKey": "likes"}, {"redirectClassNameForKey": "likes", "where": {"age": 1}}
    ),
    case(
        "parameters that nobody knows",
        LAST,
        *(find("<Note>", **{name: 1}) for name in ("distinct", "group", "Limit", "fields", "className", "pipeline")),
    ),
    asked("parameters for MongoDB", {"readPreference": "NEAREST"}, {"hint": "x"}, {"hint": {"k": 1}}, {"comment": 5}),
    asked("no explanation", {"explain": False}, {"explain": ""}, {"explain": 0}),
    case(
        "explanations are for the master key", LAST, find("<Note>", explain=[]), find("<Note>", explain="queryPlanner")
    ),
    got("one object with parameters", {"keys": "k"}, {"excludeKeys": "o,l"}, {"keys": ""}, {"keys": None}, {"keys": 5}),
    got("one object and include", {"include": "o"}, {"include": None}, {"include": 5}),
    got(
        "one object with parameters of a find",
        *({name: 1} for name in ("where", "limit", "skip", "order", "count", "includeAll", "explain", "hint")),
    ),
    got("one object and read preferences", {"readPreference": "x"}, {"includeReadPreference": "NEAREST"}),
    asked("an existence in other forms", *({"where": {"b": {"$exists": yes}}} for yes in some([], {}, "x", ""))),
    case(
        "an ACL can't be asked for in any form", LAST, *(find("<Note>", {"ACL": acl}) for acl in some({}, [], 1, "x"))
    ),
    case(
        "where in other forms in the body",
        *NOTES,
        *(
            post("/classes/<Note>", {"_method": "GET", "keys": "k", "where": where})
            for where in ({"k": 1}, '{"k":1}', "x")
        ),
    ),
    case(
        "a where that is empty text",
        *NOTES,
        get("/classes/<Note>", where="", keys="k"),
        get("/classes/<Note>", where='{"k":1', keys="k"),
        get("/classes/<Note>", where="undefined", keys="k"),
    ),
    case(
        "an order by a place in what has none",
        LAST,
        find("<Note>", order="k.x", keys="k").differs(
            "query, section 5",
            200,
            {
                "results": [
                    {
                        "objectId": "<last>",
                        "k": 4,
                        "createdAt": "<moment>",
                        "updatedAt": "<moment>",
                        "ACL": {"*": {"read": True}},
                    }
                ]
            },
        ),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
