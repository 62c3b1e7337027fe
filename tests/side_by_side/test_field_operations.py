"""Field operations on create and update, and dotted keys.

Rules: reference/rest-core.md, sections 9 and 11.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, Step, case, create, find, get, operation, pointer, put
from tests.side_by_side.exchange import Pair

INCREMENT = operation("Increment", amount=2)
DELETE = operation("Delete")


def add(*objects: object) -> dict[str, object]:
    return operation("Add", objects=list(objects))


def add_unique(*objects: object) -> dict[str, object]:
    return operation("AddUnique", objects=list(objects))


def remove(*objects: object) -> dict[str, object]:
    return operation("Remove", objects=list(objects))


def link(*objects: object) -> dict[str, object]:
    return operation("AddRelation", objects=list(objects))


def unlink(*objects: object) -> dict[str, object]:
    return operation("RemoveRelation", objects=list(objects))


NO_LIST = {"code": 107, "error": "objects to add must be an array"}

READ = get("/classes/<Note>/<note>")
LIKED = find("<Fan>", {"$relatedTo": {"object": pointer("<Note>", "<note>"), "key": "likes"}}, order="n", keys="n")


def update(body: object) -> Step:
    return put("/classes/<Note>/<note>", body)


def created(name: str, body: object) -> Case:
    """What a create with this body answers and stores."""
    return case(name, create("<Note>", body).remember(note="objectId"), READ)


def updated(name: str, before: object, *bodies: object) -> Case:
    """What updates answer, one after the other, and what is stored then."""
    return case(name, create("<Note>", before).remember(note="objectId"), *(update(body) for body in bodies), READ)


def fans(name: str, *steps: Step) -> Case:
    """A note and three fans, which may be linked to it."""
    makers = [create("<Fan>", {"n": n}).remember(**{f"fan{'abc'[n]}": "objectId"}) for n in range(3)]
    return case(name, *makers, create("<Note>", {"t": "x"}).remember(note="objectId"), *steps)


A, B, C = (pointer("<Fan>", f"<fan{letter}>") for letter in "abc")

CASES = [
    created("increment on create", {"n": INCREMENT}),
    created("add on create", {"l": add(1, 1, 2)}),
    created("add unique on create keeps repeats", {"l": add_unique(1, 1)}),
    created("remove on create makes an empty list", {"l": remove(1)}),
    created("delete on create makes nothing", {"x": DELETE, "n": 1}),
    created("several operations on create", {"n": INCREMENT, "l": add("a"), "s": "plain"}),
    updated("increment", {"n": 1}, {"n": INCREMENT}),
    updated("increment by a fraction", {"n": 1}, {"n": operation("Increment", amount=0.5)}),
    updated("increment downwards", {"n": 1}, {"n": operation("Increment", amount=-5)}),
    updated("increment of a field that was never set", {"m": 1}, {"n": INCREMENT}),
    updated("increment of a field that is empty", {"n": 1}, {"n": DELETE}, {"n": INCREMENT}),
    updated("several fields, of which only operations are answered", {"n": 1}, {"n": INCREMENT, "s": "x", "l": add(1)}),
    updated("add", {"l": [2]}, {"l": add(2, 3)}),
    updated("add to a field that was never set", {"n": 1}, {"l": add(1)}),
    updated("add of a list", {"l": []}, {"l": add([1], {"a": 1})}),
    updated("add of pointers", {"l": []}, {"l": add(pointer("A", "x"), pointer("A", "x"))}),
    updated("add unique of what is there", {"l": [1]}, {"l": add_unique(1)}),
    updated("add unique of pointers", {"l": [pointer("A", "x")]}, {"l": add_unique(pointer("A", "x"))}),
    updated("remove", {"l": [1, 2, 1, 3]}, {"l": remove(1, 3)}),
    updated("remove of what isn't there", {"l": [1]}, {"l": remove(5)}),
    updated("remove from a field that was never set", {"n": 1}, {"l": remove(1)}),
    updated("remove of maps", {"l": [{"a": 1}, {"a": 2}]}, {"l": remove({"a": 1})}),
    updated("delete", {"n": 1, "s": "x"}, {"n": DELETE}),
    case(
        "delete of a field that was never set",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        update({"zzz": DELETE}).differs("PB022", 200, {"updatedAt": "<moment>"}),
    ),
    updated("delete and set again", {"n": 1}, {"n": DELETE}, {"n": 5}),
    case(
        "add keeps the old elements and their order",
        create("<Note>", {"l": [3, 1, 3]}).remember(note="objectId"),
        update({"l": add(2)}).differs("PB018", 200, {"l": [3, 1, 3, 2], "updatedAt": "<moment>"}),
    ),
    case(
        "add unique keeps the old order",
        create("<Note>", {"l": [3, 1, 2]}).remember(note="objectId"),
        update({"l": add_unique(1, 9)}).differs("PB019", 200, {"l": [3, 1, 2, 9], "updatedAt": "<moment>"}),
    ),
    updated("increment of a text is refused", {"s": "x"}, {"s": INCREMENT}),
    updated("add to a number is refused", {"n": 1}, {"n": add(1)}),
    case(
        "add of something that is no list is refused",
        create("<Note>", {"l": [1]}).remember(note="objectId"),
        update({"l": operation("Add", objects=5)}).differs("rest-core, section 11", 400, NO_LIST),
    ),
    case(
        "add unique without objects is refused",
        create("<Note>", {"l": [1]}).remember(note="objectId"),
        update({"l": operation("AddUnique")}).differs("rest-core, section 11", 400, NO_LIST),
    ),
    case(
        "remove without objects is refused",
        create("<Note>", {"l": [1]}).remember(note="objectId"),
        update({"l": operation("Remove", objects={"a": 1})}).differs("rest-core, section 11", 400, NO_LIST),
    ),
    case("add on create wants a list", create("<Note>", {"l": operation("Add", objects="x")})),
    case(
        "increment on create by a text is refused",
        create("<Note>", {"n": operation("Increment", amount="x")}).differs(
            "PB015", 400, {"code": 107, "error": "incrementing must provide a number"}
        ),
    ),
    case(
        "increment by a text is refused",
        create("<Note>", {"n": 1}).remember(note="objectId"),
        update({"n": operation("Increment", amount="x")}).differs(
            "PB015", 400, {"code": 107, "error": "incrementing must provide a number"}
        ),
    ),
    case(
        "an unknown operation is refused by name",
        create("<Note>", {"n": operation("Double")}).differs(
            "PB014", 400, {"code": 108, "error": "The Double operator is not supported yet."}
        ),
    ),
    case(
        "SetOnInsert is none of the client's operations",
        create("<Note>", {"n": operation("SetOnInsert", amount=1)}).differs(
            "PB014", 400, {"code": 108, "error": "The SetOnInsert operator is not supported yet."}
        ),
    ),
    fans("links on create", create("<Note>", {"likes": link(A, B)}).remember(note="objectId"), READ, LIKED),
    fans("links on update", update({"likes": link(A, C)}), READ, LIKED),
    fans("the same link twice", update({"likes": link(A)}), update({"likes": link(A, A)}), LIKED),
    fans("links taken away", update({"likes": link(A, B, C)}), update({"likes": unlink(A, C)}), LIKED),
    fans("a link taken away that never was", update({"likes": unlink(A)}), READ, LIKED),
    fans(
        "links added and taken away in one batch of operations",
        update({"likes": link(A)}),
        update({"likes": operation("Batch", ops=[link(B, C), unlink(A)])}),
        LIKED,
    ),
    fans("links to another class are refused", update({"likes": link(A)}), update({"likes": link(pointer("X", "y"))})),
    fans("a plain value for a relation is refused", update({"likes": link(A)}), update({"likes": "x"})),
    fans("a link to a column of another kind is refused", update({"t": link(A)})),
    fans(
        "no links at all are no change",
        update({"likes": link(A)}),
        update({"likes": link()}).differs("PB016", 200, {"updatedAt": "<moment>"}),
    ),
    fans(
        "delete takes all links away",
        update({"likes": link(A)}),
        update({"likes": DELETE}).differs("PB017", 200, {"updatedAt": "<moment>"}),
    ),
    updated("a dotted key sets one place in a map", {"o": {"a": 1, "b": 2}}, {"o.a": 5}),
    updated("a dotted key makes the map", {"n": 1}, {"o.a": 5}),
    updated("a dotted key increments", {"o": {"a": 1}}, {"o.a": INCREMENT}),
    updated("a dotted key increments what was never set", {"o": {"a": 1}}, {"o.b": INCREMENT}),
    updated("a dotted key deletes", {"o": {"a": 1, "b": 2}}, {"o.a": DELETE}),
    updated("a dotted key sets null", {"o": {"a": 1}}, {"o.a": None}),
    updated("two dotted keys of one map", {"o": {"a": 1}}, {"o.a": 2, "o.b": {"c": 3}}),
    updated("a dotted key into a number is refused", {"n": 1}, {"n.a": 1}),
    updated("a dotted key with a bad root is refused", {"n": 1}, {"bad key.a": 1}),
    created("a dotted key on create", {"a.b": 1}),
    case(
        "a dotted key two levels down keeps its neighbours",
        create("<Note>", {"o": {"a": {"x": 1}}}).remember(note="objectId"),
        update({"o.a.y": 2}),
        READ.differs(
            "PB028",
            200,
            {
                "objectId": "<note>",
                "createdAt": "<moment>",
                "updatedAt": "<moment>",
                "o": {"a": {"x": 1, "y": 2}},
            },
        ),
    ),
    case(
        "a dotted key sets an element of a list",
        create("<Note>", {"l": [1, 2]}).remember(note="objectId"),
        update({"l.0": 9}).differs("PB026", 200, {"updatedAt": "<moment>"}),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
