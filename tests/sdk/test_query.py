"""Queries of the SDK: each word means what its where-clause means, and answers become objects."""

from __future__ import annotations

import re
from typing import Any

import pytest

from parsonage.commands import Find, Get
from parsonage.commands.objects import Projection
from parsonage.protocol.errors import ObjectNotFound
from parsonage.protocol.values import Pointer
from parsonage.query.model import Compare, Comparison, Equals, Query, Sort
from parsonage.query.read import read_where
from parsonage.sdk import Client
from parsonage.sdk.criteria import Criteria
from tests.sdk.recorder import Recorder

NOTES = Criteria("Note")
TEAMS = Criteria("Team").equal_to("won", True).limit(3).descending("name")


@pytest.mark.parametrize(
    ("criteria", "where"),
    [
        (NOTES, {}),
        (NOTES.equal_to("text", "hi"), {"text": "hi"}),
        (NOTES.equal_to("text", None), {"text": {"$exists": False}}),
        (NOTES.not_equal_to("text", "hi"), {"text": {"$ne": "hi"}}),
        (NOTES.not_equal_to("text", None), {"text": {"$ne": None}}),
        (NOTES.less_than("n", 1), {"n": {"$lt": 1}}),
        (NOTES.less_than("n", None), {"n": {"$lt": None}}),
        (NOTES.at_most("n", 1), {"n": {"$lte": 1}}),
        (NOTES.greater_than("n", 1), {"n": {"$gt": 1}}),
        (NOTES.at_least("n", 1), {"n": {"$gte": 1}}),
        (NOTES.contained_in("n", [1, 2]), {"n": {"$in": [1, 2]}}),
        (NOTES.contained_in("n", [1, None]), {"n": {"$in": [1, None]}}),
        (NOTES.contained_in("n", []), {"n": {"$in": []}}),
        (NOTES.not_contained_in("n", [1, 2]), {"n": {"$nin": [1, 2]}}),
        (NOTES.contains_all("tags", ["a"]), {"tags": {"$all": ["a"]}}),
        (NOTES.contains_all_starting_with("tags", ["a"]), {"tags": {"$all": [{"$regex": r"^\Qa\E"}]}}),
        (NOTES.contained_by("tags", ["a"]), {"tags": {"$containedBy": ["a"]}}),
        (NOTES.exists("n"), {"n": {"$exists": True}}),
        (NOTES.does_not_exist("n"), {"n": {"$exists": False}}),
        (NOTES.matches("text", "a+", "i"), {"text": {"$regex": "a+", "$options": "i"}}),
        (NOTES.matches("text", re.compile("a+", re.IGNORECASE)), {"text": {"$regex": "a+", "$options": "i"}}),
        (NOTES.starts_with("text", "a.b"), {"text": {"$regex": r"^\Qa.b\E"}}),
        (NOTES.ends_with("text", "a.b"), {"text": {"$regex": r"\Qa.b\E$"}}),
        (NOTES.contains("text", r"a\Eb"), {"text": {"$regex": r"\Qa\E\\E\Qb\E"}}),
        (
            NOTES.equal_to("author", Pointer("_User", "u1")),
            {"author": {"__type": "Pointer", "className": "_User", "objectId": "u1"}},
        ),
        (
            NOTES.matches_query("team", TEAMS),
            {"team": {"$inQuery": {"className": "Team", "where": {"won": True}}}},
        ),
        (
            NOTES.does_not_match_query("team", TEAMS),
            {"team": {"$notInQuery": {"className": "Team", "where": {"won": True}}}},
        ),
        (
            NOTES.matches_key_in_query("city", "home", TEAMS),
            {"city": {"$select": {"query": {"className": "Team", "where": {"won": True}}, "key": "home"}}},
        ),
        (
            NOTES.does_not_match_key_in_query("city", "home", TEAMS),
            {"city": {"$dontSelect": {"query": {"className": "Team", "where": {"won": True}}, "key": "home"}}},
        ),
        (
            NOTES.related_to(Pointer("Post", "p1"), "likes"),
            {"$relatedTo": {"object": {"__type": "Pointer", "className": "Post", "objectId": "p1"}, "key": "likes"}},
        ),
        (Criteria.or_(NOTES.equal_to("a", 1), NOTES.equal_to("b", 2)), {"$or": [{"a": 1}, {"b": 2}]}),
        (Criteria.and_(NOTES.equal_to("a", 1), NOTES.equal_to("b", 2)), {"$and": [{"a": 1}, {"b": 2}]}),
        (Criteria.nor(NOTES.equal_to("a", 1), NOTES.equal_to("b", 2)), {"$nor": [{"a": 1}, {"b": 2}]}),
    ],
)
def test_a_word_means_what_its_where_clause_means(criteria: Criteria, where: dict[str, Any]) -> None:
    assert criteria.asked.query.where == read_where(where)


class TestPuttingCriteriaTogether:
    def test_each_word_leaves_the_criteria_before_it_as_they_were(self) -> None:
        liked = NOTES.equal_to("liked", True)

        liked.limit(5)

        assert liked.asked == Find(Query("Note", Equals("liked", True)))

    def test_keys_to_sort_by_are_added_in_order(self) -> None:
        criteria = NOTES.descending("stars").ascending("name")

        assert criteria.asked.query.order == (Sort("stars", descending=True), Sort("name"))

    def test_fields_and_includes_are_added_up(self) -> None:
        criteria = NOTES.select("text").select("author.name").exclude("secret").include("author", "team.coach")

        assert criteria.asked.projection == Projection(
            keys=("text", "author.name"), exclude_keys=("secret",), include=("author", "team.coach")
        )

    def test_queries_on_two_classes_can_t_be_joined(self) -> None:
        with pytest.raises(ValueError, match="Note, Team"):
            Criteria.or_(NOTES, TEAMS)

    def test_a_joined_query_goes_on_like_its_first_one(self) -> None:
        client = Client(Recorder())

        joined = client.query("Note").or_(client.query("Note").limit(3), client.query("Note"))

        assert joined.asked.query.limit == 3


class TestAsking:
    async def test_find_gives_objects_with_their_fields(self) -> None:
        transport = Recorder({"results": [{"objectId": "n1", "text": "hi"}]})

        [note] = await Client(transport).query("Note").equal_to("text", "hi").find()

        assert transport.commands == [Find(Query("Note", Equals("text", "hi")))]
        assert (note.class_name, note.id, note["text"]) == ("Note", "n1", "hi")

    async def test_first_asks_for_one_object(self) -> None:
        transport = Recorder({"results": []})

        found = await Client(transport).query("Note").first()

        assert transport.commands == [Find(Query("Note", limit=1))]
        assert found is None

    async def test_get_reads_by_id_with_its_projection(self) -> None:
        transport = Recorder({"objectId": "n1"})

        await Client(transport).query("Note").include("author").get("n1")

        assert transport.commands == [Get("Note", "n1", Projection(include=("author",)))]

    async def test_get_under_a_condition_finds_nothing_where_it_is_not_met(self) -> None:
        with pytest.raises(ObjectNotFound):
            await Client(Recorder({"results": []})).query("Note").equal_to("n", 1).get("n1")

    async def test_count_reads_no_objects(self) -> None:
        transport = Recorder({"results": [], "count": 7})

        counted = await Client(transport).query("Note").count()

        assert transport.commands == [Find(Query("Note", limit=0), count=True)]
        assert counted == 7

    async def test_with_count_gives_objects_and_the_number_of_all_matches(self) -> None:
        transport = Recorder({"results": [{"objectId": "n1"}], "count": 7})

        notes, total = await Client(transport).query("Note").limit(1).with_count()

        assert ([note.id for note in notes], total) == (["n1"], 7)

    async def test_each_reads_page_after_page_by_id(self) -> None:
        page = [{"objectId": f"n{number:03}"} for number in range(100)]
        transport = Recorder({"results": page}, {"results": [{"objectId": "n100"}]})

        found = [note.id async for note in Client(transport).query("Note").each()]

        second = Query("Note", Compare("objectId", Comparison.GREATER, "n099"), order=(Sort("objectId"),), limit=100)
        assert transport.commands[1] == Find(second)
        assert len(found) == 101

    async def test_each_takes_no_limit_of_its_own(self) -> None:
        with pytest.raises(ValueError, match="no order, skip or limit"):
            await anext(Client(Recorder()).query("Note").limit(5).each())
