"""Commands of the aggregate route.

Rules: reference/query.md, section 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.protocol.errors import InvalidKeyName
from parsonage.protocol.javascript import is_truthy, javascript_text
from parsonage.protocol.names import is_query_key
from parsonage.query.model import ALWAYS, Condition
from parsonage.query.read import read_where
from parsonage.query.stages import Stage, read_pipeline


class Aggregate(msgspec.Struct, frozen=True):
    """Carry the objects of a class through a pipeline, or find the different values of a field.

    The parameters are read when it is known who asks: to anybody but the master key they make no difference.
    """

    class_name: str
    parameters: Mapping[str, Any]


class Pipeline(msgspec.Struct, frozen=True):
    """The stages that the matching objects of a class go through."""

    stages: tuple[Stage, ...]
    where: Condition = ALWAYS
    explain: bool = False


class Distinct(msgspec.Struct, frozen=True):
    """The different values of a field, or of a place inside one, in the matching objects of a class."""

    key: str
    where: Condition = ALWAYS


_NO_STAGES = frozenset(
    {"where", "distinct", "pipeline", "hint", "explain", "comment", "readPreference", "rawValues", "rawFieldNames"}
)


def read_aggregate(parameters: Mapping[str, Any]) -> Pipeline | Distinct:
    """The parameters of an aggregation, as JSON. Raises InvalidQuery (102), InvalidKeyName (105), InvalidJSON (107)."""
    where = parameters.get("where")
    condition = ALWAYS if where is None else read_where(where)
    stages = parameters.get("pipeline")
    if not stages:  # they may be parameters of their own
        stages = {name: stage for name, stage in parameters.items() if name not in _NO_STAGES}
    pipeline = read_pipeline(stages)
    if is_truthy(parameters.get("distinct")):
        key = javascript_text(parameters["distinct"])
        if not is_query_key(key):
            raise InvalidKeyName(f"Invalid field name: {key}")
        return Distinct(key, condition)
    return Pipeline(pipeline, condition, explain=bool(parameters.get("explain")))
