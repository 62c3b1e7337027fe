"""A trigger of a read in another process: its query and its objects as JSON, there and back.

What a handler in Python has as criteria and objects, one behind a bridge or a webhook has as the JSON that
a client would send for the same query and get for the same objects.

Rules: reference/cloud-code.md, sections 3.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.commands.objects import Find
from parsonage.commands.rest import FIND_KEYS, read_find
from parsonage.commands.rest_client import rest_request
from parsonage.handlers.registry import Invocation
from parsonage.protocol.errors import ScriptFailed
from parsonage.protocol.objects import ParseObject


def find_json(find: Find, *, is_get: bool) -> dict[str, Any]:
    """What is asked, as ``Parse.Query.toJSON()`` has it: the condition always, the rest where it was given."""
    json: dict[str, Any] = {"where": {}, **(rest_request(find).body or {})}
    json.pop("count", None)
    if is_get or json.get("limit") == 0:
        json.pop("limit", None)
    return json


def take_find(invocation: Invocation, json: Mapping[str, Any]) -> None:
    """Ask what a beforeFind left as JSON; what it does not name stays as the client has it, as on Parse Server.

    Raises what a client's query raises: 102, 105, 107.
    """
    assert invocation.find is not None
    asked = rest_request(invocation.find).body or {}
    named = {key: value for key, value in json.items() if key in FIND_KEYS}
    invocation.find = read_find(invocation.find.query.class_name, {**asked, **named})


def objects_json(invocation: Invocation) -> list[dict[str, Any]]:
    """The objects that an afterFind is given."""
    return [{**item.to_json(), "className": item.class_name} for item in invocation.objects or ()]


def read_objects(invocation: Invocation, given: Any) -> list[ParseObject]:
    """The objects with which a trigger of a read answered. Raises ScriptFailed (141) for anything else."""
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, dict) for item in items):
        raise ScriptFailed(f"{invocation.name}: a trigger of a find answers with objects")
    return [ParseObject.from_json(str(item.get("className") or invocation.name), item) for item in items]
