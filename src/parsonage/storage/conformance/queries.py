"""Conformance: each condition finds what it says, order, pages and counts are exact, ACLs narrow."""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import InvalidQuery
from parsonage.protocol.field_operations import Set, Unset
from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Value, from_milliseconds
from parsonage.query.grouping import Fold, Grouping, Total
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    SCORE,
    Absent,
    And,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HasId,
    Holds,
    HoldsAll,
    In,
    LinksTo,
    Matches,
    Not,
    Or,
    Present,
    Query,
    ReadableBy,
    RelatedTo,
    Sort,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    WritableBy,
)
from parsonage.query.places import Box
from parsonage.query.stages import Reshape, read_pipeline
from parsonage.query.typed import typed
from parsonage.schema.changes import AddFields, RemoveFields
from parsonage.schema.model import STRING, Field, FieldType
from parsonage.storage.changes import Unit
from parsonage.storage.conformance.cast import BORN, Cast, Notes, named

_ADA = Pointer("_User", "ada")
_SQUARE = Polygon(((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)))

FULL: dict[str, Value] = {
    "text": "Alien",
    "stars": 5,
    "done": True,
    "at": from_milliseconds(BORN),
    "more": {
        "k": 1,
        "deep": {"list": ["x", {"y": 2}], "flag": True, "0": "zero"},
        "when": from_milliseconds(BORN),
        "who": _ADA,
        "nothing": None,
    },
    "tags": ["a", 7, True, None, _ADA, {"p": 1, "q": 2}],
    "place": GeoPoint(1.5, 2),
    "area": _SQUARE,
    "raw": b"abc",
    "picture": File("a.png"),
    "author": _ADA,
}
"""An object with a value in every field."""

LESS, LESS_OR_EQUAL = Comparison.LESS, Comparison.LESS_OR_EQUAL
GREATER, GREATER_OR_EQUAL = Comparison.GREATER, Comparison.GREATER_OR_EQUAL

_FIND_THE_FULL_ONE: list[Condition] = [
    Equals("text", "Alien"),
    Equals("stars", 5.0),
    Equals("done", True),
    Equals("at", from_milliseconds(BORN)),
    Equals("place", GeoPoint(1.5, 2)),
    Equals("area", _SQUARE),
    Equals("raw", b"abc"),
    Equals("picture", File("a.png")),
    Equals("author", _ADA),
    Equals("author", "ada"),
    Equals("objectId", "full"),
    Equals("more", FULL["more"]),
    Equals("tags", FULL["tags"]),
    Equals("tags", "a"),
    Equals("tags", 7),
    Equals("tags", True),
    Equals("tags", _ADA),
    Equals("tags", {"q": 2, "p": 1}),
    Equals("more.k", 1),
    Equals("more.deep.list", "x"),
    Equals("more.deep.list", ["x", {"y": 2}]),
    Equals("more.deep.list.0", "x"),
    Equals("more.deep.list.1.y", 2),
    Equals("more.deep.0", "zero"),
    Equals("more.deep.flag", True),
    Equals("more.deep", {"flag": True, "0": "zero", "list": ["x", {"y": 2}]}),
    Equals("more.when", from_milliseconds(BORN)),
    Equals("more.who", _ADA),
    Equals("more.who.objectId", "ada"),
    Equals("tags.1", 7),
    In("text", ("Alien", "Brazil")),
    In("stars", (1, 5)),
    In("done", (True,)),
    In("at", (from_milliseconds(0), from_milliseconds(BORN))),
    In("raw", (b"abc", b"")),
    In("place", (GeoPoint(0, 0), GeoPoint(1.5, 2))),
    In("author", (_ADA, Pointer("_User", "bob"))),
    In("objectId", ("full", "other")),
    In("more.k", (0, 1)),
    In("tags", ("b", 7)),
    Holds("tags", ("b", "a")),
    HoldsAll("tags", ("a", 7)),
    HoldsAll("tags", (None, {"q": 2, "p": 1})),
    HoldsAll("more.deep.list", ("x", {"y": 2})),
    ContainedBy("tags", ("a", 7, True, None, _ADA, {"q": 2, "p": 1}, "more")),
    Compare("text", GREATER, "Alie"),
    Compare("text", LESS_OR_EQUAL, "Alien"),
    Compare("stars", GREATER_OR_EQUAL, 5),
    Compare("stars", LESS, 5.5),
    Compare("done", GREATER, False),
    Compare("at", LESS, from_milliseconds(BORN + 1)),
    Compare("createdAt", GREATER, from_milliseconds(BORN - 1)),
    Compare("more.k", GREATER, 0),
    Compare("more.deep.0", LESS, "zoo"),
    Compare("more.when", LESS_OR_EQUAL, from_milliseconds(BORN)),
    Matches("text", "^Al"),
    Matches("text", "^\\QAlien\\E"),
    Matches("text", "LIE", "i"),
    Matches("text", "(?=A)Alien"),
    Matches("tags", "^a$"),
    Matches("more.deep.0", "er"),
    Present("text"),
    Present("tags"),
    Present("place"),
    Present("more.deep.flag"),
    WithinDistance("place", GeoPoint(0, 0), 0.05),
    WithinDistance("place", GeoPoint(-89, 7), 4.0),
    WithinDistance("place", GeoPoint(1.5, 2), 0.0),
    WithinDistance("place", GeoPoint(1.5, 2), None, nearest_first=True),
    WithinBox("place", Box(1, 2, 1.5, 3)),
    WithinPolygon("place", (GeoPoint(0, 0), GeoPoint(0, 5), GeoPoint(5, 5))),
    WithinPolygon("place", (GeoPoint(1.5, 0), GeoPoint(1.5, 5), GeoPoint(5, 5))),
    Surrounds("area", GeoPoint(0.25, 0.75)),
    Surrounds("area", GeoPoint(0, 0.5)),
    Not(WithinBox("place", Box(2, 2, 3, 3))),
    LinksTo("likes", ("bob", "nobody")),
    HasId(("full",)),
    Not(Absent("text")),
    And((Equals("stars", 5), Equals("text", "Alien"))),
    Or((Equals("stars", 6), Equals("text", "Alien"))),
]

_FIND_THE_EMPTY_ONE: list[Condition] = [
    Absent("text"),
    Absent("tags"),
    Absent("place"),
    Absent("more.k"),
    Not(Equals("text", "Alien")),
    Not(In("stars", (5, 6))),
    Not(Compare("stars", LESS, 9)),
    Not(Holds("tags", ("a",))),
    Not(Matches("text", "^A")),
    Not(LinksTo("likes", ("bob",))),
    Not(WithinDistance("place", GeoPoint(0, 0), 1.0)),
    Not(Surrounds("area", GeoPoint(0.25, 0.75))),
    Not(Equals("more.k", 1)),
    Not(Or((Equals("stars", 5), Equals("text", "x")))),
    Not(And((Equals("stars", 5), Equals("text", "Alien")))),
    HasId(("empty", "missing")),
]

_FIND_NOTHING: list[Condition] = [
    NEVER,
    Or(()),
    Equals("text", "alien"),
    Equals("text", 5),
    Equals("stars", "5"),
    Equals("stars", True),
    Equals("author", Pointer("Other", "ada")),
    Equals("tags", "A"),
    Equals("tags", "7"),
    Equals("tags", 1),
    Equals("tags", ["a"]),
    Equals("tags", {"p": 1}),
    Equals("more", {"k": 1}),
    Equals("more.k", True),
    Equals("more.k", "1"),
    Equals("more.deep.list.7", "x"),
    Equals("author.name", "x"),
    Equals("unknown", 1),
    Compare("more.k", LESS, GeoPoint(0, 0)),
    In("text", ()),
    HoldsAll("tags", ()),
    HoldsAll("tags", ("a", "b")),
    ContainedBy("tags", ("a", 7)),
    Compare("text", LESS, 5),
    Compare("stars", GREATER, 5),
    Compare("more.k", GREATER, "0"),
    Compare("more.k", GREATER, GeoPoint(0, 0)),
    Present("unknown"),
    Present("more.nothing"),
    Matches("text", "^lien"),
    Matches("stars", "5"),
    WithinDistance("place", GeoPoint(0, 0), 0.04),
    WithinDistance("text", GeoPoint(0, 0), 4.0),
    WithinDistance("more.place", GeoPoint(0, 0), 4.0),
    WithinBox("place", Box(2, 2, 3, 3)),
    WithinBox("area", Box(-90, -180, 90, 180)),
    WithinPolygon("place", (GeoPoint(2, 0), GeoPoint(2, 5), GeoPoint(5, 5))),
    Surrounds("area", GeoPoint(0.75, 0.25)),
    Surrounds("place", GeoPoint(1.5, 2)),
    LinksTo("likes", ("nobody",)),
    RelatedTo(Pointer("Note", "full"), "likes"),
    RelatedTo(Pointer("Nowhere", "x"), "likes"),
    HasId(("missing",)),
]


class QueryConformance(Cast):
    """What is asked for is found, and nothing else."""

    @pytest.fixture
    async def full_and_empty(self, notes: Notes) -> Notes:
        """One object with a value in every field, and one without any."""
        await notes.insert("full", FULL, links={"likes": frozenset({"bob"})})
        await notes.insert("empty")
        return notes

    @pytest.mark.parametrize("condition", _FIND_THE_FULL_ONE, ids=named)
    async def test_a_condition_finds_the_object_that_meets_it(
        self, full_and_empty: Notes, condition: Condition
    ) -> None:
        found = await full_and_empty.matching(And((condition, Present("text"))))

        assert found == {"full"}

    @pytest.mark.parametrize("condition", _FIND_THE_EMPTY_ONE, ids=named)
    async def test_an_object_without_the_field_answers_too(self, full_and_empty: Notes, condition: Condition) -> None:
        found = await full_and_empty.matching(condition)

        assert found == {"empty"}

    @pytest.mark.parametrize("condition", _FIND_NOTHING, ids=named)
    async def test_a_condition_that_nothing_meets_finds_nothing(
        self, full_and_empty: Notes, condition: Condition
    ) -> None:
        found = await full_and_empty.matching(condition)

        assert found == set()

    async def test_no_condition_finds_everything(self, full_and_empty: Notes) -> None:
        assert await full_and_empty.matching(ALWAYS) == {"full", "empty"}

    async def test_an_empty_list_is_contained_in_any(self, notes: Notes) -> None:
        await notes.insert("n1", {"tags": []})

        assert await notes.matching(ContainedBy("tags", ("a",))) == {"n1"}

    @pytest.fixture
    async def menu(self, notes: Notes) -> Notes:
        """What a café writes on its board."""
        await notes.insert("coffee", {"text": "coffee"})
        await notes.insert("shop", {"text": "Coffee Shopping"})
        await notes.insert("cake", {"text": "Baking a cake"})
        await notes.insert("leche", {"text": "Café con leche"})
        await notes.insert("cream", {"text": "coffee and cream"})
        await notes.insert("empty")
        return notes

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            (FullText("text", "coffee"), {"coffee", "shop", "cream"}),
            (FullText("text", "coffees"), {"coffee", "shop", "cream"}),
            (FullText("text", "coffee cake"), {"coffee", "shop", "cream", "cake"}),
            (FullText("text", "coffee & cream"), {"cream"}),
            (FullText("text", "cake | shop"), {"cake", "shop"}),
            (FullText("text", "coffee -cream"), {"coffee", "shop"}),
            (FullText("text", "coffee !shop"), {"coffee", "cream"}),
            (FullText("text", "-cream"), set()),
            (FullText("text", '"coffee shopping"'), {"shop"}),
            (FullText("text", '"shopping coffee"'), set()),
            (FullText("text", '"con leche" coffee café'), {"leche"}),
            (FullText("text", "coffee <-> shopping"), {"shop"}),
            (FullText("text", "bak:*"), {"cake"}),
            (FullText("text", "Coffee", case_sensitive=True), {"shop"}),
            (FullText("text", "cafe"), set()),
            (FullText("text", "cafe", diacritic_sensitive=False), {"leche"}),
            (FullText("text", "Cafe", case_sensitive=True, diacritic_sensitive=False), {"leche"}),
            (FullText("text", "cakes", language="simple"), set()),
            (FullText("text", "' \\ \" ) | & ! <-> :*"), set()),
            (FullText("text", "it's"), set()),
            (FullText("tags", "coffee"), set()),
            (Not(FullText("text", "coffee")), {"cake", "leche", "empty"}),
        ],
        ids=named,
    )
    async def test_a_text_is_found_by_what_it_says(self, menu: Notes, asked: Condition, found: set[str]) -> None:
        assert await menu.matching(asked) == found
        assert await menu.count(asked) == len(found)

    async def test_the_most_relevant_text_comes_first(self, menu: Notes) -> None:
        await menu.insert("best", {"text": "cream, cream and cream"})

        assert await menu.listed(FullText("text", "cream"), Sort(SCORE, descending=True)) == ["best", "cream"]

    async def test_the_relevance_is_told_if_it_is_wanted(self, menu: Notes) -> None:
        query = typed(Query("Note", FullText("text", "cake"), (Sort(SCORE),)), menu.schema)
        [row] = (await menu.storage.find(menu.schema, query, (SCORE, "text"))).wire()
        [none] = (await menu.storage.find(menu.schema, Query("Note", Equals("text", "coffee")), (SCORE,))).wire()

        assert (row["text"], row["score"] > 0) == ("Baking a cake", True)
        assert none["score"] == 0

    async def test_a_text_that_was_changed_is_found_by_what_it_says_now(self, menu: Notes) -> None:
        assert await menu.matching(FullText("text", "cake")) == {"cake"}
        await menu.patch("cake", {"text": Set("Baking bread")})
        await menu.patch("coffee", {"text": Unset()})
        await menu.remove("shop")
        await menu.insert("tart", {"text": "a tart"})

        assert await menu.matching(FullText("text", "cake tart bread coffee")) == {"cake", "tart", "cream"}

    async def test_a_searched_field_can_be_removed_and_made_anew(self, menu: Notes) -> None:
        assert await menu.matching(FullText("text", "cake")) == {"cake"}
        await menu.storage.change_schema([RemoveFields("Note", ("text",))])
        await menu.storage.change_schema([AddFields("Note", {"text": STRING})])
        renewed = Notes(menu.storage, (await menu.storage.load_schemas())["Note"])
        await renewed.insert("new", {"text": "a new cake"})

        assert await renewed.matching(FullText("text", "cake")) == {"new"}

    @pytest.mark.parametrize(
        "group",
        [
            {"_id": None, "rows": {"$sum": 1}, "all": {"$sum": "$stars"}, "mean": {"$avg": "$stars"}},
            {"_id": "$text", "rows": {"$count": {}}, "least": {"$min": "$stars"}, "most": {"$max": "$stars"}},
            {"_id": {"done": "$done", "who": "$author"}, "first": {"$min": "$at"}, "last": {"$max": "$at"}},
            {"_id": "$at"},
            {"_id": "$stars", "none": {"$avg": "$stars"}, "nothing": {"$sum": "$stars"}},
        ],
        ids=str,
    )
    async def test_groups_are_counted_as_over_documents(self, notes: Notes, group: dict[str, Any]) -> None:
        values: list[dict[str, Value]] = [
            {"text": "a", "stars": 1, "done": True, "author": _ADA, "at": from_milliseconds(BORN)},
            {"text": "a", "stars": 2.5, "done": True, "author": _ADA, "at": from_milliseconds(0)},
            {"text": "A", "stars": -4, "done": False},
            {"text": "A"},
            {},
        ]
        await notes.storage.write([Unit((notes.insertion(f"n{at}", fields),)) for at, fields in enumerate(values)])
        await notes.insert("other", {"text": "left out", "raw": b"x"})
        where = typed(Query("Note", Absent("raw")), notes.schema)
        [stage] = read_pipeline([{"$group": group}])
        assert isinstance(stage, Reshape)
        assert stage.grouping is not None

        found = await notes.storage.group(notes.schema, where, stage.grouping)

        assert sorted(found, key=repr) == sorted(stage.run([*values]), key=repr)

    async def test_no_objects_make_no_group(self, notes: Notes) -> None:
        assert await notes.storage.group(notes.schema, Query("Note"), Grouping(None, {"n": Total(Fold.COUNT)})) == []

    async def test_places_come_in_the_order_of_their_distance(self, notes: Notes) -> None:
        await notes.insert("far", {"place": GeoPoint(40, 40), "text": "far"})
        await notes.insert("near", {"place": GeoPoint(1, 1), "text": "near"})
        await notes.insert("middle", {"place": GeoPoint(-9, 9), "text": "middle"})
        await notes.insert("nowhere")
        nearest_first = WithinDistance("place", GeoPoint(0, 0), None, nearest_first=True)

        assert await notes.listed(nearest_first) == ["near", "middle", "far"]
        assert await notes.listed(nearest_first, skip=1, limit=1) == ["middle"]
        assert await notes.listed(nearest_first, Sort("text")) == ["far", "middle", "near"]
        assert await notes.count(nearest_first) == 3

    @pytest.mark.parametrize("longitude", [-180.0, -179.9, 179.9, 180.0])
    async def test_a_circle_reaches_over_the_date_line(self, notes: Notes, longitude: float) -> None:
        await notes.insert("fiji", {"place": GeoPoint(-17, longitude)})

        assert await notes.matching(WithinDistance("place", GeoPoint(-17, 179.8), 0.02)) == {"fiji"}
        assert await notes.matching(WithinDistance("place", GeoPoint(-17, -179.8), 0.02)) == {"fiji"}

    async def test_a_circle_reaches_over_the_pole(self, notes: Notes) -> None:
        await notes.insert("camp", {"place": GeoPoint(89, 170)})

        assert await notes.matching(WithinDistance("place", GeoPoint(89, -10), 0.04)) == {"camp"}
        assert await notes.matching(WithinDistance("place", GeoPoint(89, -10), 0.03)) == set()

    async def test_a_place_that_was_moved_is_found_where_it_is_now(self, notes: Notes) -> None:
        await notes.insert("cart", {"place": GeoPoint(1, 1), "area": _SQUARE})
        await notes.patch("cart", {"place": Set(GeoPoint(50, 50)), "area": Unset()})

        assert await notes.matching(WithinBox("place", Box(0, 0, 2, 2))) == set()
        assert await notes.matching(WithinBox("place", Box(49, 49, 51, 51))) == {"cart"}
        assert await notes.matching(Surrounds("area", GeoPoint(0.25, 0.75))) == set()

    async def test_a_field_of_places_can_be_removed_and_made_anew(self, notes: Notes) -> None:
        await notes.insert("cart", {"place": GeoPoint(1, 1), "area": _SQUARE})
        await notes.storage.change_schema([RemoveFields("Note", ("place", "area"))])
        await notes.storage.change_schema([AddFields("Note", {"place": Field(FieldType.GEO_POINT)})])
        renewed = Notes(notes.storage, (await notes.storage.load_schemas())["Note"])
        await renewed.insert("van", {"place": GeoPoint(1, 1)})

        assert await renewed.matching(WithinBox("place", Box(0, 0, 2, 2))) == {"van"}

    async def test_objects_are_found_from_the_relation_that_holds_them(self, users: Notes, notes: Notes) -> None:
        await users.insert("bob", {"username": "bob"})
        await users.insert("eve", {"username": "eve"})
        await notes.insert("n1", links={"likes": frozenset({"bob", "gone"})})

        found = await users.matching(RelatedTo(Pointer("Note", "n1"), "likes"))

        assert found == {"bob"}

    @pytest.mark.parametrize("branches", [60, 3000])
    async def test_a_query_with_many_branches_is_answered(self, full_and_empty: Notes, branches: int) -> None:
        wide = Or(tuple(Equals("stars", number) for number in range(branches)))

        assert await full_and_empty.matching(wide) == {"full"}

    async def test_a_query_with_deep_branches_is_answered(self, full_and_empty: Notes) -> None:
        deep: Condition = Equals("stars", 5)
        deep = _nested(deep, 100)

        assert await full_and_empty.matching(deep) == {"full"}

    async def test_a_long_list_of_ids_is_one_query(self, full_and_empty: Notes) -> None:
        ids = tuple(f"x{number}" for number in range(50_000))

        assert await full_and_empty.matching(HasId((*ids, "full"))) == {"full"}

    async def test_an_expression_without_end_is_refused(self, notes: Notes) -> None:
        await notes.insert("n1", {"text": "a" * 5000})

        with pytest.raises(InvalidQuery):
            await notes.matching(Matches("text", r"^(a*)(a*)(a*)\1\2\3a$"))

    @pytest.mark.parametrize(
        ("sort", "ids"),
        [
            (Sort("stars"), ["one", "two", "none"]),
            (Sort("stars", descending=True), ["none", "two", "one"]),
            (Sort("text"), ["two", "one", "none"]),
            (Sort("more.k"), ["two", "one", "none"]),
            (Sort("more.k", descending=True), ["none", "one", "two"]),
        ],
    )
    async def test_absent_values_stand_last_ascending_and_first_descending(
        self, notes: Notes, sort: Sort, ids: list[str]
    ) -> None:
        await notes.insert("none")
        await notes.insert("two", {"stars": 2, "text": "A", "more": {"k": 1}})
        await notes.insert("one", {"stars": 1, "text": "a", "more": {"k": 2}})

        assert await notes.listed(ALWAYS, sort) == ids

    async def test_several_keys_order_one_after_the_other(self, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 1, "text": "a"})
        await notes.insert("n2", {"stars": 2, "text": "a"})
        await notes.insert("n3", {"stars": 2, "text": "b"})

        ordered = await notes.listed(ALWAYS, Sort("stars", descending=True), Sort("text"))

        assert ordered == ["n2", "n3", "n1"]

    async def test_pages_neither_repeat_nor_lose_an_object(self, notes: Notes) -> None:
        await notes.storage.write([_unit_of(notes, f"n{number}", number % 3) for number in range(20)])

        pages = [await notes.listed(ALWAYS, Sort("stars"), skip=skip, limit=6) for skip in (0, 6, 12, 18)]

        assert [len(page) for page in pages] == [6, 6, 6, 2]
        assert len({note for page in pages for note in page}) == 20

    async def test_a_limit_of_none_is_none(self, full_and_empty: Notes) -> None:
        assert await full_and_empty.listed(limit=0) == []
        assert await full_and_empty.listed(HasId(("full",)), limit=0) == []

    async def test_skipping_without_a_limit_leaves_the_rest(self, full_and_empty: Notes) -> None:
        assert await full_and_empty.listed(ALWAYS, Sort("objectId"), skip=1) == ["full"]
        assert await full_and_empty.listed(HasId(("full",)), skip=1) == []

    async def test_a_count_is_exact_and_knows_no_page(self, full_and_empty: Notes) -> None:
        schema = full_and_empty.schema
        paged = Query("Note", ALWAYS, skip=1, limit=1)

        assert await full_and_empty.storage.count(schema, paged) == 2
        assert await full_and_empty.count(Equals("stars", 5)) == 1
        assert await full_and_empty.count(NEVER) == 0

    async def test_the_plan_of_a_find_can_be_read(self, notes: Notes) -> None:
        plan = await notes.storage.explain(notes.schema, Query("Note", Equals("text", "x"), (Sort("stars"),)))

        assert plan
        assert all(isinstance(line, str) for line in plan)

    @pytest.fixture
    async def guarded(self, notes: Notes) -> Notes:
        """Objects under six different ACLs; their ids say who may read them."""
        await notes.insert("all")
        await notes.insert("nobody", acl=ACL())
        await notes.insert("public", acl=ACL.public())
        await notes.insert("ada", acl=ACL.only("ada"))
        await notes.insert("editors", acl=ACL.only("role:editors"))
        await notes.insert("public-and-ada", acl=ACL.public().allow("ada", write=True))
        return notes

    @pytest.mark.parametrize(
        ("names", "seen"),
        [
            ({"*"}, {"all", "public", "public-and-ada"}),
            ({"*", "ada"}, {"all", "public", "public-and-ada", "ada"}),
            ({"*", "bob", "role:editors"}, {"all", "public", "public-and-ada", "editors"}),
            ({"ada"}, {"all", "ada", "public-and-ada"}),
            (set(), {"all"}),
        ],
    )
    async def test_a_caller_sees_the_objects_whose_acl_names_it(
        self, guarded: Notes, names: set[str], seen: set[str]
    ) -> None:
        readable = ReadableBy(frozenset(names))

        assert await guarded.matching(readable) == seen
        assert await guarded.count(readable) == len(seen)
        assert await guarded.matching(Not(readable)) == (await guarded.matching(ALWAYS)) - seen

    @pytest.mark.parametrize(
        ("names", "changeable"),
        [({"*"}, {"all"}), ({"*", "ada"}, {"all", "ada", "public-and-ada"}), (set(), {"all"})],
    )
    async def test_a_caller_may_change_the_objects_whose_acl_lets_it_write(
        self, guarded: Notes, names: set[str], changeable: set[str]
    ) -> None:
        assert await guarded.matching(WritableBy(frozenset(names))) == changeable

    @pytest.mark.parametrize("object_id", ["nobody", "ada", "editors"])
    async def test_an_object_that_its_acl_hides_is_not_found_by_its_id(self, guarded: Notes, object_id: str) -> None:
        readable = ReadableBy(frozenset({"*", "bob"}))

        assert await guarded.matching(And((HasId((object_id,)), readable))) == set()
        assert await guarded.matching(And((readable, HasId(("public",))))) == {"public"}

    async def test_who_sees_little_of_a_large_class_sees_just_that(self, notes: Notes) -> None:
        acls = [ACL.only(f"u{number}") for number in range(400)]
        await notes.storage.write([_unit_of(notes, f"n{number}", number, acl) for number, acl in enumerate(acls)])
        await notes.insert("open", {"stars": 1000})
        mine = And((ReadableBy(frozenset({"*", "u7", "u9"})), Compare("stars", GREATER, 3)))

        seen = await notes.listed(mine, Sort("stars", descending=True), limit=2)

        assert seen == ["open", "n9"]
        assert await notes.count(mine) == 3


def _nested(condition: Condition, levels: int) -> Condition:
    """Stand a condition inside that many others."""
    for level in range(levels):
        condition = Or((NEVER, condition)) if level % 2 else Not(Not(condition))
    return condition


def _unit_of(notes: Notes, object_id: str, stars: int, acl: ACL | None = None) -> Unit:
    return Unit((notes.insertion(object_id, {"stars": stars}, acl=acl),))
