"""Queries within queries and relations, well formed and not.

Rules: reference/query.md, section 2.5; PB039, PB047 to PB049.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, find, operation, pointer, post, some
from tests.side_by_side.exchange import Pair

SETTING: tuple[Step, ...] = (
    create("<Town>", {"k": 0, "name": "Ulm", "zip": 89073, "tags": ["old"], "l": [1], "p": 1}).remember(ulm="objectId"),
    create(
        "<Town>", {"k": 1, "name": "Bonn", "zip": 53111, "tags": ["old", "wet"], "l": [2], "o": {"n": "Bonn"}}
    ).remember(bonn="objectId"),
    create("<Town>", {"k": 2, "name": "Rome"}).remember(rome="objectId"),
    create("<Man>", {"k": 0, "town": pointer("<Town>", "<ulm>"), "born": "Ulm", "n": 1, "t": ["old"]}).remember(
        ann="objectId"
    ),
    create("<Man>", {"k": 1, "town": pointer("<Town>", "<bonn>"), "born": "Bonn", "n": 2, "t": ["new"]}).remember(
        bob="objectId"
    ),
    create("<Man>", {"k": 2, "town": pointer("<Town>", "<rome>"), "born": "Oslo", "n": 3, "t": []}).remember(
        cid="objectId"
    ),
    create("<Tour>", {"k": 0, "to": operation("AddRelation", objects=[pointer("<Town>", "<ulm>")])}).remember(
        tour="objectId"
    ),
)


def within(class_name: object, where: object, **more: object) -> dict[str, object]:
    return {"className": class_name, "where": where, **more}


def selected(key: object, where: object = None, **more: object) -> dict[str, object]:
    return {"query": within("<Town>", where or {}, **more), "key": key}


def men(name: str, *conditions: object) -> Case:
    """A case that asks for men under each condition."""
    return case(name, *SETTING, *(find("<Man>", where, order="k", keys="k") for where in conditions))


def tours(name: str, *conditions: object) -> Case:
    """A case that asks for tours, which lead to towns."""
    return case(name, *SETTING, *(find("<Tour>", where, order="k", keys="k") for where in conditions))


def towns(name: str, *conditions: object) -> Case:
    """A case that asks for towns."""
    return case(name, *SETTING, *(find("<Town>", where, order="k", keys="k") for where in conditions))


def related(owner: object, key: object) -> dict[str, object]:
    return {"$relatedTo": {"object": owner, "key": key}}


TOUR = pointer("<Tour>", "<tour>")
ULM = pointer("<Town>", "<ulm>")
IN_ULM = {"town": {"$inQuery": within("<Town>", {"k": 0})}}

VAULT = {"find": {"*": True}, "create": {"*": True}, "protectedFields": {"*": ["code"]}}

CASES = [
    men(
        "every parameter of a sub-query is ignored",
        *(
            {
                "town": {
                    op: within("<Town>", {"k": {"$gt": 0}}, limit=1, skip=1, order="k", keys="k", include="x", count=1)
                }
            }
            for op in ("$inQuery", "$notInQuery")
        ),
    ),
    men("more than a sub-query takes", {"town": {"$inQuery": within("<Town>", {}, bogus=1)}}),
    men(
        "a sub-query and a list are one list",
        {"town": {"$inQuery": within("<Town>", {"k": 0}), "$in": [pointer("<Town>", "<bonn>")]}},
    ),
    men("a selection and a list are one list", {"born": {"$select": selected("name", {"k": 0}), "$in": ["Oslo"]}}),
    men(
        "a sub-query beside what it leaves out",
        {"town": {"$inQuery": within("<Town>", {}), "$nin": [ULM]}},
        {"town": {"$notInQuery": within("<Town>", {"k": 0}), "$nin": [pointer("<Town>", "<bonn>")]}},
    ),
    men(
        "a sub-query beside other operators",
        {"town": {"$inQuery": within("<Town>", {"k": 0}), "$exists": True}},
        {"town": {"$inQuery": within("<Town>", {}), "$ne": ULM}},
    ),
    men("sub-queries in branches", {"$or": [IN_ULM, {"k": 2}]}, {"$and": [IN_ULM, {"k": 0}]}, {"$nor": [IN_ULM]}),
    men(
        "two sub-queries",
        {**IN_ULM, "born": {"$select": selected("name")}},
        {"$and": [IN_ULM, {"born": {"$select": selected("name", {"k": 1})}}]},
    ),
    men(
        "a sub-query that follows a relation",
        {"town": {"$inQuery": within("<Tour>", {}, redirectClassNameForKey="to")}},
        {"town": {"$notInQuery": within("<Tour>", {"k": 0}, redirectClassNameForKey="to")}},
    ),
    men(
        "a selection that follows a relation",
        {"born": {"$select": {"query": within("<Tour>", {"k": 0}, redirectClassNameForKey="to"), "key": "name"}}},
    ),
    men(
        "a redirect that leads nowhere", {"town": {"$notInQuery": within("<Town>", {}, redirectClassNameForKey="name")}}
    ),
    men("a sub-query about texts", {"born": {"$inQuery": within("<Town>", {})}}),
    towns(
        "a sub-query about ids",
        {"objectId": {"$inQuery": within("<Town>", {"k": 0})}},
        {"objectId": {"$notInQuery": within("<Town>", {"k": 0})}},
    ),
    towns(
        "ids and pointers",
        {"objectId": ULM},
        {"objectId": {"$in": [ULM]}},
        {"objectId": {"$ne": ULM}},
        {"objectId": {"$nin": [ULM]}},
        {"objectId": {"$eq": ULM}},
    ),
    men(
        "sub-queries that aren't well formed",
        *(
            {"town": {"$inQuery": json}}
            for json in some(
                within("", {}), within(None, {}), within("<Town>", None), within("<Town>", ""), {}, 5, "x", []
            )
        ),
    ),
    men(
        "denials that aren't well formed",
        *({"town": {"$notInQuery": json}} for json in some(within("", {}), within("<Town>", None), {}, 5, "x", [])),
    ),
    men(
        "a sub-query with a bad condition",
        {"town": {"$inQuery": within("<Town>", {"bad key": 1})}},
        {"town": {"$inQuery": within("<Town>", {"k": {"$in": 5}})}},
    ),
    men(
        "a sub-query about what clients don't see",
        {"town": {"$inQuery": within("_Hooks", {})}},
        {"town": {"$inQuery": within("_Installation", {})}},
        {"town": {"$inQuery": within("_Session", {})}},
    ),
    men(
        "a selection of each type",
        {"n": {"$select": selected("p")}},
        {"k": {"$select": selected("k", {"k": {"$gt": 0}})}},
        {"born": {"$select": selected("o.n", {"k": 1})}},
    ),
    men(
        "a selection of lists",
        {"t": {"$select": selected("tags", {"k": 0})}},
        {"born": {"$select": selected("tags", {"k": 0})}},
        {"n": {"$select": selected("l.0", {"k": {"$lt": 2}})}},
    ),
    men(
        "a denial of lists",
        {"t": {"$dontSelect": selected("tags", {"k": 0})}},
        {"born": {"$dontSelect": selected("name", {"k": 0})}},
    ),
    men(
        "a selection of another type than the text",
        {"born": {"$select": selected("zip", {"k": 0})}},
        {"born": {"$dontSelect": selected("zip", {"k": 0})}},
    ),
    men("a selection of pointers", {"town": {"$select": {"query": within("<Man>", {"k": 1}), "key": "town"}}}),
    men("a selection without a where", {"born": {"$select": {"query": {"className": "<Town>"}, "key": "name"}}}),
    men(
        "selections that aren't well formed",
        *(
            {"born": {"$select": json}}
            for json in some(
                {"query": {"where": {}}, "key": "name"},
                {"query": "x", "key": "name"},
                {"key": "name"},
                {"query": {"className": "<Town>"}},
                selected(""),
                selected(None),
                {},
                5,
                [],
            )
        ),
    ),
    men(
        "denied selections that aren't well formed",
        *(
            {"born": {"$dontSelect": json}}
            for json in some({"query": {"where": {}}, "key": "name"}, {"key": "name"}, {}, 5, [])
        ),
    ),
    towns(
        "what is linked",
        related(TOUR, "to"),
        {**related(TOUR, "to"), "k": 0},
        {"$and": [related(TOUR, "to"), {"k": 1}]},
        {"$nor": [related(TOUR, "to")]},
        {"objectId": "<ulm>", **related(TOUR, "to")},
    ),
    towns(
        "links that can't be",
        related(TOUR, "k"),
        related(TOUR, "zzz"),
        related(TOUR, ""),
        related(TOUR, None),
        related(TOUR, "bad key"),
        related(pointer("<Tour>", "none"), "to"),
        related(pointer("<Tour>", ""), "to"),
        related(pointer("<Nowhere>", "x"), "to"),
    ),
    tours(
        "who links",
        {"to": ULM},
        {"to": {"$in": [ULM]}},
        {"to": {"$in": []}},
        {"to": {"$nin": [ULM]}},
        {"to": {"$ne": ULM}},
    ),
    tours(
        "what can't be asked of a relation",
        *(
            {"to": json}
            for json in some({"$exists": True}, {"$exists": False}, {"$gt": ULM}, {"$regex": "x"}, None, 5, {}, [])
        ),
    ),
    case(
        "how many are linked",
        *SETTING,
        find("<Town>", related(TOUR, "to"), count=1, limit=0),
        find("<Tour>", {"to": ULM}, count=1, limit=0),
    ),
    case(
        "no list, asked with the master key",
        *SETTING,
        find("<Town>", {"$or": {}})
        .as_master()
        .differs("PB047", 400, {"code": 102, "error": "Bad $or format - use an array value."}),
        find("<Town>", {"$and": 5})
        .as_master()
        .differs("PB047", 400, {"code": 102, "error": "Bad $and format - use an array value."}),
        find("<Town>", {"$nor": 5}).as_master(),
    ),
    case(
        "$select whose rows lack the key",
        *SETTING,
        find("<Man>", {"n": {"$select": selected("o.z")}}).differs("PB048", 200, {"results": []}),
    ),
    case(
        "$select of a protected field",
        post(
            "/schemas/<Vault>",
            {"fields": {"code": {"type": "String"}}, "classLevelPermissions": VAULT},
        ).as_master(),
        create("<Vault>", {"code": "Ulm"}),
        *SETTING,
        find("<Man>", {"born": {"$select": {"query": within("<Vault>", {}), "key": "code"}}}).differs(
            "PB049", 400, {"code": 119, "error": "Permission denied"}
        ),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
