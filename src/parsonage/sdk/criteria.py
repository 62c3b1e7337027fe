"""Criteria: what is asked of a class, put together word by word.

The words are the SDKs' own in Python's spelling; what they mean is reference/query.md, sections 2 and 11.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any, Self, TypeVar

import msgspec

from parsonage.commands.objects import Find
from parsonage.protocol.objects import ParseObject, to_value
from parsonage.protocol.values import Pointer, Value
from parsonage.query.model import (
    NEVER,
    Absent,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    HoldsAll,
    In,
    InSubquery,
    Matches,
    Present,
    Query,
    RelatedTo,
    Sort,
    all_of,
    any_of,
    negation,
)

C = TypeVar("C", bound="Criteria")

_LETTERS = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"), (re.VERBOSE, "x"))


class Criteria:
    """Conditions, order and projection of a query. Each word gives new criteria and leaves these as they are.

    Values are what a field can hold; objects stand for pointers to them.
    """

    def __init__(self, class_name: str) -> None:
        self.asked = Find(Query(class_name))
        """What is asked so far, as the command that asks it."""

    @property
    def class_name(self) -> str:
        """The class that is asked."""
        return self.asked.query.class_name

    def counted(self) -> Find:
        """The command that counts all matches besides."""
        return msgspec.structs.replace(self.asked, count=True)

    def equal_to(self, key: str, value: Any) -> Self:
        """The field has this value, or an Array field holds it; with ``None``, the field is absent."""
        return self._where(_equals(key, to_value(value)))

    def not_equal_to(self, key: str, value: Any) -> Self:
        """The opposite; objects without the field match, except with ``None``."""
        return self._where(negation(_equals(key, to_value(value))))

    def less_than(self, key: str, value: Any) -> Self:
        """The field's value comes before this one."""
        return self._compare(key, Comparison.LESS, value)

    def at_most(self, key: str, value: Any) -> Self:
        """The field's value comes before this one or equals it."""
        return self._compare(key, Comparison.LESS_OR_EQUAL, value)

    def greater_than(self, key: str, value: Any) -> Self:
        """The field's value comes after this one."""
        return self._compare(key, Comparison.GREATER, value)

    def at_least(self, key: str, value: Any) -> Self:
        """The field's value comes after this one or equals it."""
        return self._compare(key, Comparison.GREATER_OR_EQUAL, value)

    def contained_in(self, key: str, values: Iterable[Any]) -> Self:
        """The field has one of these values, or an Array field holds one; ``None`` matches an absent field."""
        return self._where(_one_of(key, values))

    def not_contained_in(self, key: str, values: Iterable[Any]) -> Self:
        """The field has none of these values."""
        return self._where(negation(_one_of(key, values)))

    def contains_all(self, key: str, values: Iterable[Any]) -> Self:
        """An Array field holds every one of these values."""
        return self._where(HoldsAll(key, tuple(to_value(value) for value in values)))

    def contains_all_starting_with(self, key: str, prefixes: Iterable[str]) -> Self:
        """An Array field holds, for each of these texts, one that begins with it."""
        return self._where(*(Matches(key, "^" + quoted(prefix)) for prefix in prefixes))

    def contained_by(self, key: str, values: Iterable[Any]) -> Self:
        """An Array field holds nothing but these values."""
        return self._where(ContainedBy(key, tuple(to_value(value) for value in values)))

    def exists(self, key: str) -> Self:
        """The field has a value."""
        return self._where(Present(key))

    def does_not_exist(self, key: str) -> Self:
        """The field has no value."""
        return self._where(Absent(key))

    def matches(self, key: str, pattern: str | re.Pattern[str], options: str = "") -> Self:
        """A text matches a regular expression in the server's dialect; ``options`` are letters of ``imsx``."""
        if isinstance(pattern, re.Pattern):
            options = "".join(letter for flag, letter in _LETTERS if pattern.flags & flag or letter in options)
            pattern = pattern.pattern
        return self._where(Matches(key, pattern, options))

    def starts_with(self, key: str, text: str) -> Self:
        """A text begins with this one; the quickest of the three, it can use an index."""
        return self._where(Matches(key, "^" + quoted(text)))

    def ends_with(self, key: str, text: str) -> Self:
        """A text ends with this one."""
        return self._where(Matches(key, quoted(text) + "$"))

    def contains(self, key: str, text: str) -> Self:
        """A text has this one in it."""
        return self._where(Matches(key, quoted(text)))

    def matches_query(self, key: str, query: Criteria) -> Self:
        """A pointer leads to an object that the other query finds; its order and limit don't count."""
        return self._where(InSubquery(key, _bare(query)))

    def does_not_match_query(self, key: str, query: Criteria) -> Self:
        """The opposite."""
        return self._where(negation(InSubquery(key, _bare(query))))

    def matches_key_in_query(self, key: str, query_key: str, query: Criteria) -> Self:
        """The field's value is that of ``query_key`` in an object that the other query finds."""
        return self._where(InSubquery(key, _bare(query), query_key))

    def does_not_match_key_in_query(self, key: str, query_key: str, query: Criteria) -> Self:
        """The opposite."""
        return self._where(negation(InSubquery(key, _bare(query), query_key)))

    def related_to(self, owner: ParseObject | Pointer, key: str) -> Self:
        """The object is linked from the relation ``key`` of ``owner``."""
        pointer = owner.pointer() if isinstance(owner, ParseObject) else owner
        return self._where(RelatedTo(pointer, key))

    def redirected(self, key: str) -> Self:
        """Ask the class that the relation ``key`` of this class leads to (``redirectClassNameForKey``)."""
        return self._asking(redirect_key=key)

    def matching(self, condition: Condition) -> Self:
        """With this condition of the query model in the place of all that were given before."""
        return self._changed(where=condition)

    @staticmethod
    def or_(first: C, *others: Criteria) -> C:
        """What at least one of these queries finds; order, limit and projection are the first one's."""
        return first.matching(any_of(*_conditions(first, *others)))

    @staticmethod
    def and_(first: C, *others: Criteria) -> C:
        """What all of these queries find."""
        return first.matching(all_of(*_conditions(first, *others)))

    @staticmethod
    def nor(first: C, *others: Criteria) -> C:
        """What none of these queries finds."""
        return first.matching(negation(any_of(*_conditions(first, *others))))

    def ascending(self, *keys: str) -> Self:
        """Sort by these keys, after those that were named before."""
        return self._changed(order=(*self.asked.query.order, *(Sort(key) for key in keys)))

    def descending(self, *keys: str) -> Self:
        """The same from the greatest to the least."""
        return self._changed(order=(*self.asked.query.order, *(Sort(key, descending=True) for key in keys)))

    def limit(self, most: int) -> Self:
        """At most so many objects; without it the server decides (100 unless configured)."""
        return self._changed(limit=most)

    def skip(self, first: int) -> Self:
        """Leave out so many objects at the start."""
        return self._changed(skip=first)

    def select(self, *keys: str) -> Self:
        """Only these fields, beside id, dates and ACL; a path into a pointer fills the pointer."""
        return self._projected(keys=(*(self.asked.projection.keys or ()), *keys))

    def exclude(self, *keys: str) -> Self:
        """All fields but these."""
        return self._projected(exclude_keys=(*self.asked.projection.exclude_keys, *keys))

    def include(self, *paths: str) -> Self:
        """Fill these pointers with their objects; ``a.b`` fills ``a`` and its ``b``."""
        return self._projected(include=(*self.asked.projection.include, *paths))

    def include_all(self) -> Self:
        """Fill every pointer of the class, one level deep."""
        return self._projected(include_all=True)

    def _compare(self, key: str, comparison: Comparison, given: Any) -> Self:
        value = to_value(given)
        return self._where(NEVER if value is None else Compare(key, comparison, value))

    def _where(self, *conditions: Condition) -> Self:
        return self._asking(query=self.asked.query.also(*conditions))

    def _changed(self, **parts: Any) -> Self:
        return self._asking(query=msgspec.structs.replace(self.asked.query, **parts))

    def _projected(self, **parts: Any) -> Self:
        return self._asking(projection=msgspec.structs.replace(self.asked.projection, **parts))

    def _asking(self, **parts: Any) -> Self:
        changed = copy.copy(self)
        changed.asked = msgspec.structs.replace(self.asked, **parts)
        return changed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.asked.query!r}>"


def quoted(text: str) -> str:
    r"""A pattern for this very text: ``\Q…\E``, as the SDKs write it."""
    return r"\Q" + text.replace(r"\E", r"\E\\E\Q") + r"\E"


def _equals(key: str, value: Value) -> Condition:
    return Absent(key) if value is None else Equals(key, value)


def _one_of(key: str, given: Iterable[Any]) -> Condition:
    values = [to_value(value) for value in given]
    listed = tuple(value for value in values if value is not None)
    condition: Condition = In(key, listed) if listed else NEVER
    return any_of(condition, Absent(key)) if len(listed) < len(values) else condition


def _bare(criteria: Criteria) -> Query:
    if criteria.asked.redirect_key is not None:
        raise ValueError(f"the class behind the relation {criteria.asked.redirect_key} is not known: fetch the owner")
    return Query(criteria.class_name, criteria.asked.query.where)


def _conditions(*criteria: Criteria) -> list[Condition]:
    classes = sorted({one.class_name for one in criteria})
    if len(classes) > 1:
        raise ValueError(f"only queries on one class can be joined, not on {', '.join(classes)}")
    return [one.asked.query.where for one in criteria]
