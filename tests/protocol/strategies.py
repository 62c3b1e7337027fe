"""Values and operations for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from parsonage.protocol import field_operations as op
from parsonage.protocol.encoding import number
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Value, from_milliseconds

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
names = st.text("abcXYZ019", min_size=1, max_size=6)
numbers = st.floats(allow_nan=False, allow_infinity=False).map(number) | st.integers(-(2**53), 2**53)
moments = st.integers(-62_135_500_000_000, 253_402_200_000_000).map(from_milliseconds)  # the years 1 to 9999
pointers = st.tuples(names, names).map(lambda parts: Pointer(*parts))
coordinates = st.floats(-80, 80).map(float)
places = st.tuples(coordinates, coordinates).map(lambda parts: GeoPoint(*parts))
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=5).map(
    lambda points: Polygon((*points, points[0]))
)
contents = st.binary(min_size=1, max_size=8)
files = st.tuples(names, st.none() | names).map(lambda parts: File(*parts))
scalars = st.one_of(st.booleans(), numbers, texts, moments, pointers, places, polygons, contents, files)
keys = st.text("abcXYZ_09 ", max_size=4).filter(lambda key: key not in ("__type", "__op", "objects"))
values: st.SearchStrategy[Value] = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
lists = st.lists(values, max_size=4)

amounts = st.integers(-1000, 1000)
ids = st.frozensets(st.sampled_from(["a", "b", "c", "d"]))
set_to = values.map(op.Set)
list_operations: st.SearchStrategy[Operation] = st.one_of(
    lists.map(op.Add), lists.map(op.AddUnique), lists.map(op.Remove)
)
relation_changes = st.tuples(st.just("Other"), ids, ids).map(
    lambda parts: op.RelationChange(parts[0], parts[1], parts[2] - parts[1])
)
operations: st.SearchStrategy[Operation] = st.one_of(
    set_to, st.just(op.Unset()), amounts.map(op.Increment), list_operations, relation_changes
)
