"""Conditions: each operator on each kind of column, alone and combined, well formed and not.

Rules: reference/query.md, sections 1 to 4.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, date, find, get, operation, pointer, post, raw, sign_up
from tests.side_by_side.exchange import Pair

ROWS = (
    {"k": 0, "n": 1, "s": "apple", "b": True, "l": [1, 2, 3], "t": ["red", "green"], "o": {"x": 1, "y": "a"}},
    {"k": 1, "n": 2, "s": "Banana", "b": False, "l": [2], "t": ["red"], "o": {"x": 2}},
    {"k": 2, "n": 3.5, "s": "cherry pie", "l": [], "t": [], "o": {"x": 3, "z": {"w": 1}}},
    {"k": 3, "n": -1, "s": "a.b*c", "d": date("2024-01-01T00:00:00.000Z")},
    {"k": 4, "s": "", "d": date("2024-06-01T00:00:00.000Z")},
)

FRUIT = tuple(create("<Fruit>", row).remember(**{f"fruit{'abcde'[row['k']]}": "objectId"}) for row in ROWS)  # type: ignore[index]


def asked(name: str, *conditions: object) -> Case:
    """A case that asks for rows of one table under each condition; their ``k`` shows which came."""
    return case(name, *FRUIT, *(find("<Fruit>", where, order="k", keys="k") for where in conditions))


def differs(name: str, because: str, condition: object, *ks: int) -> Case:
    """A condition for which these rows are found by us, and not by the peer."""
    rows = [{"objectId": f"<fruit{'abcde'[k]}>", "k": k, "createdAt": "<moment>", "updatedAt": "<moment>"} for k in ks]
    step = find("<Fruit>", condition, order="k", keys="k").differs(because, 200, {"results": rows})
    return case(name, *FRUIT, step)


def refused(name: str, because: str, condition: object, code: int, error: str) -> Case:
    """A condition that we refuse with this error, and the peer in another way."""
    step = find("<Fruit>", condition).differs(because, 400, {"code": code, "error": error})
    return case(name, *FRUIT, step)


PEOPLE: tuple[Step, ...] = (
    create("<Town>", {"name": "Ulm", "size": 1}).remember(ulm="objectId"),
    create("<Town>", {"name": "Bonn", "size": 2}).remember(bonn="objectId"),
    create("<Person>", {"k": 0, "lives": pointer("<Town>", "<ulm>"), "born": "Ulm"}).remember(ann="objectId"),
    create("<Person>", {"k": 1, "lives": pointer("<Town>", "<bonn>"), "born": "Rome"}).remember(bob="objectId"),
    create("<Person>", {"k": 2, "knows": [pointer("<Town>", "<ulm>")]}).remember(cid="objectId"),
    create("<Team>", {"k": 0, "likes": operation("AddRelation", objects=[pointer("<Person>", "<ann>")])}).remember(
        team="objectId"
    ),
    create(
        "<Team>",
        {
            "k": 1,
            "likes": operation("AddRelation", objects=[pointer("<Person>", "<ann>"), pointer("<Person>", "<bob>")]),
        },
    ).remember(club="objectId"),
)


def persons(name: str, *conditions: object) -> Case:
    """A case about people, who point to towns."""
    return case(name, *PEOPLE, *(find("<Person>", where, order="k", keys="k") for where in conditions))


def teams(name: str, *conditions: object) -> Case:
    """A case about teams, which have a relation to people."""
    return case(name, *PEOPLE, *(find("<Team>", where, order="k", keys="k") for where in conditions))


def within(class_name: str, where: object, **more: object) -> dict[str, object]:
    return {"className": class_name, "where": where, **more}


CASES = [
    asked("no condition", {}),
    asked("equal numbers", {"n": 2}, {"n": 3.5}, {"n": 2.0}, {"n": 99}),
    asked("equal texts", {"s": "apple"}, {"s": "APPLE"}, {"s": ""}, {"s": "a.b*c"}),
    asked("equal booleans", {"b": True}, {"b": False}),
    asked("equal dates", {"d": date("2024-01-01T00:00:00.000Z")}),
    asked("absent or null", {"n": None}, {"b": None}),
    asked("several fields", {"n": 2, "s": "Banana"}, {"n": 2, "s": "apple"}),
    asked("$eq", {"n": {"$eq": 2}}, {"s": {"$eq": "apple"}}, {"n": {"$eq": None}}),
    asked("$ne takes absent rows along", {"n": {"$ne": 2}}, {"b": {"$ne": True}}),
    asked("$ne null is present", {"n": {"$ne": None}}),
    differs("$ne on a list is 'does not contain'", "query, section 2.1", {"t": {"$ne": "red"}}, 2, 3, 4),
    asked("order of numbers", {"n": {"$gt": 1}}, {"n": {"$gte": 1}}, {"n": {"$lt": 2}}, {"n": {"$lte": 2}}),
    asked("two bounds", {"n": {"$gt": 1, "$lt": 3}}),
    asked("order around zero", {"n": {"$lt": 0}}, {"n": {"$gt": 0}}, {"n": {"$gte": 0}}),
    asked("order of texts", {"s": {"$gte": "b"}}, {"s": {"$lt": "b"}}),
    asked("order of dates", {"d": {"$gt": date("2024-03-01")}}, {"d": {"$lte": date("2024-03-01")}}),
    asked("order of times", {"createdAt": {"$gt": date("2001-01-01")}}, {"updatedAt": {"$lt": date("2001-01-01")}}),
    asked("times as texts", {"createdAt": {"$gt": "2001-01-01T00:00:00.000Z"}}),
    asked("$in", {"n": {"$in": [1, 3.5, 99]}}, {"s": {"$in": ["apple", "Banana"]}}),
    asked("$in of one", {"n": {"$in": [2]}}),
    asked("$in takes lists apart", {"n": {"$in": [[1, 2]]}}),
    asked("$in on a list", {"l": {"$in": [3, 9]}}, {"t": {"$in": ["green"]}}),
    asked("$nin of nothing", {"n": {"$nin": []}}),
    asked("$in that is no list", {"n": {"$in": 5}}),
    asked("$nin that is no list", {"n": {"$nin": {"a": 1}}}),
    asked("$in of another type than the text column", {"s": {"$in": [5]}}, {"s": {"$nin": [5]}}),
    asked("$exists", {"n": {"$exists": True}}, {"n": {"$exists": False}}, {"o": {"$exists": False}}),
    asked("$exists with something like a boolean", {"n": {"$exists": 1}}, {"n": {"$exists": 0}}),
    asked("$exists of a field without a column", {"zzz": {"$exists": False}}, {"zzz": {"$exists": True}}),
    asked("$regex", {"s": {"$regex": "an"}}, {"s": {"$regex": "^a"}}, {"s": {"$regex": "e$"}}, {"s": {"$regex": "."}}),
    asked("$regex without regard to case", {"s": {"$regex": "^b", "$options": "i"}}),
    asked("$regex with blanks that don't count", {"s": {"$regex": "a p p", "$options": "x"}}),
    asked("$regex with classes", {"s": {"$regex": "^[a-c]+"}}, {"s": {"$regex": "p{2}|rr"}}, {"s": {"$regex": "\\s"}}),
    asked("startsWith, as the SDKs write it", {"s": {"$regex": "^\\Qa.b*\\E"}}, {"s": {"$regex": "^\\Qapp\\E"}}),
    asked(
        "contains and endsWith, as the SDKs write them", {"s": {"$regex": "\\Qrry p\\E"}}, {"s": {"$regex": "\\Qe\\E$"}}
    ),
    asked("$regex that is no text", {"s": {"$regex": 5}}),
    asked("$options that are none", {"s": {"$regex": "a", "$options": "q"}}, {"s": {"$regex": "a", "$options": 5}}),
    asked("$all", {"l": {"$all": [1, 2]}}, {"l": {"$all": [2]}}, {"t": {"$all": ["red", "green"]}}),
    asked("$all of nothing", {"l": {"$all": []}}),
    asked("$all of beginnings", {"t": {"$all": [{"$regex": "^\\Qre\\E"}, {"$regex": "^\\Qgr\\E"}]}}),
    asked("$all of beginnings and values", {"t": {"$all": [{"$regex": "^\\Qre\\E"}, "x"]}}),
    asked("$containedBy", {"l": {"$containedBy": [1, 2, 3, 4]}}, {"l": {"$containedBy": [2]}}),
    asked("$containedBy that is no list", {"l": {"$containedBy": 5}}),
    asked("$or", {"$or": [{"n": 1}, {"s": "Banana"}]}, {"$or": [{"n": 1}]}, {"$or": [{"n": 9}, {"n": 8}]}),
    asked("$or beside a field", {"$or": [{"n": 1}, {"n": 2}], "b": True}),
    asked("$and", {"$and": [{"n": {"$gt": 1}}, {"n": {"$lt": 3}}]}),
    asked("$nor", {"$nor": [{"k": 1}, {"k": 2}]}, {"$nor": [{"k": 1, "s": "apple"}]}),
    asked("nested logic", {"$and": [{"$or": [{"k": 0}, {"k": 1}]}, {"$or": [{"k": 1}, {"k": 2}]}]}),
    asked("$or that is no list", {"$or": {"n": 1}}),
    asked("$and that is no list", {"$and": 5}),
    asked("$nor of nothing", {"$nor": []}),
    asked("dotted keys", {"o.x": 2}, {"o.y": "a"}, {"o.x": {"$gt": 1}}, {"o.z.w": 1}, {"o.x": {"$ne": 1}}),
    asked("dotted keys and patterns", {"o.y": {"$regex": "^a"}}),
    asked("an id", {"objectId": "<fruitb>"}, {"objectId": {"$in": ["<fruita>", "<fruitc>"]}}, {"objectId": "none"}),
    asked("an id under other operators", {"objectId": {"$ne": "<fruita>"}}, {"objectId": {"$nin": ["<fruita>", "x"]}}),
    asked("a key that is no name", {"bad key": 1}),
    asked("a key that is no operator", {"$bogus": 1}, {"$where": "1"}),
    asked("a key with an underscore", {"_x": 1}),
    asked("an ACL can't be asked for", {"ACL": {"*": {"read": True}}}),
    asked("a password's hash can't be asked for", {"_hashed_password": "x"}),
    case("an unknown parameter", find("<Fruit>", {}, bogus=1)),
    case("where that isn't JSON", *FRUIT, find("<Fruit>", "{nonsense")),
    case("where as a map in the body", *FRUIT, post("/classes/<Fruit>", {"_method": "GET", "where": {"k": 1}})),
    case("where as a text in the body", *FRUIT, post("/classes/<Fruit>", {"_method": "GET", "where": '{"k":1}'})),
    case(
        "parameters in the body of a GET",
        *FRUIT,
        Step("GET", "/classes/<Fruit>", {"where": {"k": 2}, "keys": "k"}),
    ),
    case("explain is for the master key", *FRUIT, find("<Fruit>", {"k": 1}, explain="true")),
    persons("a pointer", {"lives": pointer("<Town>", "<ulm>")}, {"lives": {"$ne": pointer("<Town>", "<ulm>")}}),
    persons("a pointer by its id", {"lives": "<bonn>"}),
    persons("pointers", {"lives": {"$in": [pointer("<Town>", "<ulm>"), pointer("<Town>", "<bonn>")]}}),
    persons("a pointer that is set", {"lives": {"$exists": True}}, {"lives": None}),
    persons("a pointer in a list", {"knows": pointer("<Town>", "<ulm>")}, {"knows": pointer("<Town>", "<bonn>")}),
    persons("$inQuery", {"lives": {"$inQuery": within("<Town>", {"size": {"$gt": 1}})}}),
    persons("$inQuery without a condition", {"lives": {"$inQuery": within("<Town>", {})}}),
    persons("$inQuery ignores limit and order", {"lives": {"$inQuery": within("<Town>", {}, limit=1, order="name")}}),
    case(
        "$inQuery that finds nothing",
        *PEOPLE,
        find("<Person>", {"lives": {"$inQuery": within("<Town>", {"size": 99})}}).differs(
            "PB037", 200, {"results": []}
        ),
    ),
    persons("$inQuery over a list of pointers", {"knows": {"$inQuery": within("<Town>", {"name": "Ulm"})}}),
    persons("$inQuery within $or", {"$or": [{"lives": {"$inQuery": within("<Town>", {"size": 2})}}, {"k": 2}]}),
    persons("$notInQuery", {"k": {"$lt": 2}, "lives": {"$notInQuery": within("<Town>", {"size": {"$gt": 1}})}}),
    persons("$inQuery without a class", {"lives": {"$inQuery": {"where": {}}}}),
    persons("$inQuery without a where", {"lives": {"$inQuery": {"className": "X"}}}),
    persons("$notInQuery without a class", {"lives": {"$notInQuery": {"where": {}}}}),
    case(
        "$inQuery about a class that doesn't exist",
        *PEOPLE,
        find("<Person>", {"lives": {"$inQuery": within("<Nowhere>", {})}}).differs("PB037", 200, {"results": []}),
    ),
    persons("$select", {"born": {"$select": {"query": within("<Town>", {}), "key": "name"}}}),
    persons(
        "$select under a condition", {"born": {"$select": {"query": within("<Town>", {"size": 2}), "key": "name"}}}
    ),
    persons("$dontSelect", {"k": {"$lt": 2}, "born": {"$dontSelect": {"query": within("<Town>", {}), "key": "name"}}}),
    persons("$select without a key", {"born": {"$select": {"query": within("<Town>", {})}}}),
    persons("$select with more than it takes", {"born": {"$select": {"query": within("<T>", {}), "key": "a", "x": 1}}}),
    persons("$relatedTo", {"$relatedTo": {"object": pointer("<Team>", "<club>"), "key": "likes"}}),
    persons(
        "$relatedTo beside a field", {"$relatedTo": {"object": pointer("<Team>", "<club>"), "key": "likes"}, "k": 1}
    ),
    persons(
        "$relatedTo within $or",
        {"$or": [{"$relatedTo": {"object": pointer("<Team>", "<team>"), "key": "likes"}}, {"k": 2}]},
    ),
    persons(
        "$relatedTo something that doesn't exist", {"$relatedTo": {"object": pointer("<Team>", "none"), "key": "likes"}}
    ),
    teams(
        "those who link to somebody", {"likes": pointer("<Person>", "<ann>")}, {"likes": pointer("<Person>", "<bob>")}
    ),
    teams("those who link to one of some", {"likes": {"$in": [pointer("<Person>", "<bob>")]}}),
    teams("those who don't link to somebody", {"likes": {"$ne": pointer("<Person>", "<bob>")}}),
    teams("those whose links match", {"likes": {"$inQuery": within("<Person>", {"born": "Rome"})}}),
    case(
        "a relation's rows without knowing their class",
        *PEOPLE,
        find(
            "<Team>",
            {"$relatedTo": {"object": pointer("<Team>", "<club>"), "key": "likes"}},
            redirectClassNameForKey="likes",
            order="k",
            keys="k",
        ),
    ),
    case(
        "one cannot see the links of what one cannot read",
        create("<Person>", {"k": 0}).remember(ann="objectId"),
        create(
            "<Team>", {"ACL": {}, "likes": operation("AddRelation", objects=[pointer("<Person>", "<ann>")])}
        ).remember(team="objectId"),
        find("<Person>", {"$relatedTo": {"object": pointer("<Team>", "<team>"), "key": "likes"}}),
        find("<Person>", {"$relatedTo": {"object": pointer("<Team>", "<team>"), "key": "likes"}}, keys="k").as_master(),
    ),
    case("email can't be asked for", sign_up("<Ada>", "ada", email="<Ada>@x.example"), find("_User", {"email": "x"})),
    case("email can't be sorted by", sign_up("<Ada>", "ada"), find("_User", {}, order="email")),
    case("a password matches nothing", sign_up("<Ada>", "ada"), find("_User", {"password": "x"})),
    case(
        "where that is a number",
        *FRUIT,
        find("<Fruit>", 5).differs("PB029", 400, {"code": 107, "error": "where parameter is not valid JSON"}),
    ),
    case(
        "where that is a list",
        *FRUIT,
        find("<Fruit>", [1]).differs("PB029", 400, {"code": 107, "error": "where parameter is not valid JSON"}),
    ),
    differs(
        "a date that is another", "query, section 2.1", {"d": {"$ne": date("2024-01-01T00:00:00.000Z")}}, 0, 1, 2, 4
    ),
    differs("a date among dates", "query, section 2.1", {"d": {"$in": [date("2024-01-01T00:00:00.000Z")]}}, 3),
    differs("a text for a number finds nothing", "PB032", {"n": "x"}),
    differs("a number for a text finds nothing", "PB032", {"s": 5}),
    differs("a number for an id finds nothing", "PB032", {"objectId": 5}),
    differs("a text for a time finds nothing", "PB032", {"createdAt": "x"}),
    differs("a list contains a number", "PB033", {"l": 2}, 0, 1),
    differs("$eq on a list is 'contains'", "PB033", {"t": {"$eq": "green"}}, 0),
    differs("an exact list", "PB034", {"l": [1, 2, 3]}, 0),
    differs("an exact map", "PB035", {"o": {"x": 2}}, 1),
    differs("an empty text is compared", "PB036", {"s": {"$gt": ""}}, 0, 1, 2, 3),
    differs("$in of nothing finds nothing", "PB037", {"n": {"$in": []}}),
    differs("null within $in is 'absent'", "PB038", {"n": {"$in": [1, None]}}, 0, 4),
    differs("$nin takes absent rows along", "PB039", {"n": {"$nin": [1, 2]}}, 2, 3, 4),
    differs("$nor takes absent rows along", "PB040", {"$nor": [{"n": 1}, {"n": 2}]}, 2, 3, 4),
    differs("null matches a field without a column", "PB041", {"zzz": None}, 0, 1, 2, 3, 4),
    differs("$ne matches a field without a column", "PB041", {"zzz": {"$ne": 1}}, 0, 1, 2, 3, 4),
    differs("$all compares by type", "PB046", {"l": {"$all": ["2"]}}),
    differs("an empty branch matches every row", "PB047", {"$or": [{}, {}]}, 0, 1, 2, 3, 4),
    differs("$in on a dotted key", "PB056", {"o.x": {"$in": [1, 3]}}, 0, 2),
    differs("$exists on a dotted key", "PB057", {"o.y": {"$exists": True}}, 0),
    refused("$or of nothing", "PB047", {"$or": []}, 102, "Bad $or format - use an array value."),
    refused("$and of nothing", "PB047", {"$and": []}, 102, "Bad $and format - use an array value."),
    refused("a reader list can't be asked for", "PB058", {"_rperm": "x"}, 105, "Invalid key name: _rperm"),
    case(
        "$all finds a list that holds a value twice",
        create("<Note>", {"l": [1, 1, 2]}).remember(note="objectId"),
        find("<Note>", {"l": {"$all": [1, 2]}}, keys="k").differs(
            "PB045",
            200,
            {"results": [{"objectId": "<note>", "createdAt": "<moment>", "updatedAt": "<moment>"}]},
        ),
    ),
    case(
        "a dotted key is no join",
        *PEOPLE,
        find("<Person>", {"lives.size": 1}).differs("PB054", 200, {"results": []}),
    ),
    case(
        "a pointer of another class with the same id is another pointer",
        *PEOPLE,
        find("<Person>", {"lives": pointer("<Other>", "<ulm>")}).differs("PB055", 200, {"results": []}),
    ),
    case("the body's order may be any", *FRUIT, raw("GET", "/classes/<Fruit>?order=k&keys=k&limit=1", b"")),
    case("an object by an exact id is a get", *FRUIT, get("/classes/<Fruit>/<fruita>")),
]

REST = {"X-Parse-REST-API-Key": "the-rest-key"}


def limited(name: str, *conditions: object) -> Case:
    """A case of what a client may ask under limits."""
    made = create("<Fruit>", {"k": 1, "s": "a"}).as_master()
    return case(name, made, *(find("<Fruit>", where, keys="k").with_headers(REST) for where in conditions))


STRICT_CASES = [
    limited("a pattern is not allowed", {"s": {"$regex": "a"}}),
    limited("too deep", {"$or": [{"$and": [{"$or": [{"k": 1}, {"k": 2}]}, {"k": 1}]}, {"k": 5}]}),
    limited("just deep enough", {"$or": [{"$and": [{"k": 1}, {"k": 1}]}, {"k": 5}]}),
    limited(
        "too many queries within queries",
        {"p": {"$inQuery": within("<Fruit>", {"q": {"$inQuery": within("<Fruit>", {})}})}},
    ),
    limited("$or that is no list, in full words", {"$or": {"k": 1}}),
    limited("$and that is no list, in full words", {"$and": {"k": 1}}),
    case(
        "the limits spare the master key",
        create("<Fruit>", {"s": "ab"}).as_master(),
        find("<Fruit>", {"s": {"$regex": "^a"}}, keys="s").as_master(),
    ),
    case("email can't be asked for, in full words", find("_User", {"email": "x"}).with_headers(REST)),
    case("email can't be sorted by, in full words", find("_User", {}, order="email").with_headers(REST)),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)


@pytest.mark.parametrize("told", STRICT_CASES, ids=str)
def test_parsonage_is_as_strict_as_parse_server(both_strict: Pair, told: Case) -> None:
    both_strict.compare(told)
