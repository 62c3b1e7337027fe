from __future__ import annotations

from typing import Any

import pytest

from parsonage.protocol.errors import InvalidJSON
from parsonage.schema.class_permissions import OPEN, ClassPermissions, Operation, from_stored, read


def read_permissions(json: Any) -> ClassPermissions:
    return read(
        json,
        has_field=lambda name: name in ("text", "owner"),
        holds_users=lambda name: name == "owner",
        custom_ids=False,
    )


def test_a_class_that_nobody_gave_permissions_is_open() -> None:
    assert from_stored(None) is OPEN
    assert OPEN.rule(Operation.FIND).names == {"*"}


def test_an_operation_that_is_not_named_is_closed() -> None:
    permissions = read_permissions({"find": {"*": True}})

    assert permissions.rule(Operation.FIND).names == {"*"}
    assert permissions.rule(Operation.GET).names == frozenset()
    assert permissions.json["get"] == {}


def test_what_was_shown_is_read_back() -> None:
    permissions = read_permissions(
        {
            "find": {"requiresAuthentication": True},
            "update": {"role:editors": True, "pointerFields": ["owner"]},
            "readUserFields": ["owner"],
            "protectedFields": {"*": ["text"], "userField:owner": []},
            "ACL": {"*": {"read": True}},
        }
    )

    assert from_stored(permissions.json) == permissions
    assert permissions.rule(Operation.FIND).requires_authentication
    assert permissions.user_fields(Operation.GET) == ("owner",)
    assert permissions.user_fields(Operation.UPDATE) == ("owner",)
    assert permissions.default_acl == {"*": {"read": True}}


@pytest.mark.parametrize(
    ("json", "text"),
    [
        ({"bogus": {}}, "bogus is not a valid operation for class level permissions"),
        ({"find": 5}, "'5' is not a valid value for class level permissions find - must be an object"),
        ({"find": {"bad key!": True}}, "'bad key!' is not a valid key for class level permissions"),
        ({"find": {"*": False}}, "'false' is not a valid value for class level permissions acl find:*"),
        ({"find": {"pointerFields": 5}}, "'5' is not a valid value for find[pointerFields] - expected an array."),
        (
            {"find": {"pointerFields": ["nope"]}},
            "'nope' is not a valid column for class level pointer permissions [object Object]",
        ),
        (
            {"readUserFields": {}},
            "'[object Object]' is not a valid value for class level permissions readUserFields - must be an array",
        ),
        (
            {"writeUserFields": ["nope"]},
            "'nope' is not a valid column for class level pointer permissions writeUserFields",
        ),
        ({"protectedFields": {"*": ["nope"]}}, "Field 'nope' in protectedFields:* does not exist"),
        ({"protectedFields": {"*": ["objectId"]}}, "Default field 'objectId' can not be protected"),
        ({"protectedFields": {"*": 5}}, "'5' is not a valid value for protectedFields[*] - expected an array."),
        ({"protectedFields": {"bad key": []}}, "'bad key' is not a valid key for class level permissions"),
        ({"ACL": 5}, "'5' is not a valid value for class level permissions ACL - must be an object"),
        ({"ACL": {"*": {"foo": True}}}, "'foo' is not a valid key for class level permissions acl"),
        ({"ACL": {"*": {"read": "x"}}}, "'x' is not a valid value for class level permissions acl"),
    ],
)
def test_a_mistake_is_refused_in_parse_servers_words(json: Any, text: str) -> None:
    with pytest.raises(InvalidJSON) as refusal:
        read_permissions(json)

    assert refusal.value.message == text
