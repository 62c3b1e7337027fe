"""PC411 aggregate-syntax · An aggregation in the old dialect

What it finds: `aggregate()` with stages without `$`, or with `objectId` in a group.
Why it matters: since Parse Server 6 such a stage is refused with code 102.
Instead: `$group` and `_id`.
The fix: writes the native names. Safe for stages that are written out in the call.
Source: reference/migration-rules.md, PC411.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_STAGES = frozenset(
    {"group", "match", "project", "sort", "limit", "skip", "unwind", "lookup", "count", "sample", "addFields", "facet"}
)


@on_calls("aggregate", severity=Severity.BREAKS, until=6)
def aggregate_syntax(call: Node, module: Module) -> Iterator[Found]:
    """Find stages by their old names."""
    given = syntax.arguments(call)
    pipeline = module.value_of(given[0]) if given else None
    if pipeline is None:
        return
    stages = syntax.meaningful(pipeline) if pipeline.type == "array" else [pipeline]
    edits = [edit for stage in stages if stage.type == "object" for edit in _renamed(stage)]
    if edits:
        yield Found(call, "stages have their native names now: $group with _id", Fix.safe(*edits))


def _renamed(stage: Node) -> Iterator[Edit]:
    for member in syntax.meaningful(stage):
        key, value = member.child_by_field_name("key"), member.child_by_field_name("value")
        if key is None or value is None or key.type != "property_identifier":
            continue
        if syntax.text(key) in _STAGES:
            yield Edit.replace(key, f"${syntax.text(key)}")
        if syntax.text(key) in {"group", "$group"} and value.type == "object":
            for inner in syntax.meaningful(value):
                name = inner.child_by_field_name("key")
                if name is not None and syntax.text(name) == "objectId":
                    yield Edit.replace(name, "_id")
