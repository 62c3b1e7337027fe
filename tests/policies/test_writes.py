from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.commands.caller import ANYBODY, MASTER, Caller
from parsonage.commands.objects import NewObject
from parsonage.options.model import DENIED_KEYWORDS, DeniedKeyword
from parsonage.policies import reserved
from parsonage.policies.passwords import check_email, check_password, check_username
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import (
    IncorrectType,
    InvalidEmailAddress,
    InvalidJSON,
    InvalidKeyName,
    MissingObjectId,
    OperationForbidden,
    ParseError,
    PasswordMissing,
    UsernameMissing,
    ValidationError,
)
from parsonage.protocol.values import Pointer
from parsonage.schema.builtin import new_class

MAINTENANCE = Caller(is_maintenance=True)
NOTE, USER = new_class("Note"), new_class("_User")


@pytest.mark.parametrize("key", ["a", "A_1", "o.k", "o.k.l", "arr.0", "o.bad key"])
def test_good_names(key: str) -> None:
    reserved.check_names(NOTE, {key}, creating=True, caller=ANYBODY)


@pytest.mark.parametrize("key", ["", "1a", "a b", "a-b", "_a", "é", "a\n", "className", "length", "$a", "a\0"])
@pytest.mark.parametrize("creating", [True, False])
def test_bad_names(key: str, creating: bool) -> None:
    with pytest.raises(InvalidKeyName, match="Invalid field name: "):
        reserved.check_names(NOTE, {key}, creating=creating, caller=MASTER)


@pytest.mark.parametrize("key", ["o.$a", "o..a", "authData.x.id"])
def test_bad_paths(key: str) -> None:
    with pytest.raises(InvalidKeyName, match="Invalid field name for update: "):
        reserved.check_names(NOTE, {key}, creating=False, caller=ANYBODY)


def test_a_path_is_no_deeper_than_a_value() -> None:
    with pytest.raises(InvalidJSON):
        reserved.check_names(NOTE, {".".join(["o"] * 5000)}, creating=False, caller=ANYBODY)


def test_the_maintenance_key_may_name_internal_fields() -> None:
    reserved.check_names(USER, {"_failed_login_count"}, creating=True, caller=MAINTENANCE)


def test_the_maintenance_key_may_name_nothing_that_the_server_does_not_know() -> None:
    with pytest.raises(InvalidKeyName, match=r"Invalid field name: _x\."):
        reserved.check_names(USER, {"_x"}, creating=True, caller=MAINTENANCE)


@pytest.mark.parametrize(
    ("allow_custom", "raw", "error"),
    [
        (False, {"objectId": "x"}, InvalidKeyName),
        (True, {"objectId": ""}, MissingObjectId),
        (True, {"objectId": None}, MissingObjectId),
        (True, {"objectId": 5}, MissingObjectId),
        (True, {"objectId": "a\0"}, InvalidJSON),
    ],
)
def test_ids_that_may_not_be_chosen(allow_custom: bool, raw: Any, error: type[ParseError]) -> None:
    with pytest.raises(error):
        reserved.given_id(NewObject(raw=raw), allow_custom=allow_custom)


@pytest.mark.parametrize(("raw", "object_id"), [({}, None), ({"objectId": "mine"}, "mine")])
def test_ids_that_may_be_chosen(raw: Any, object_id: str | None) -> None:
    assert reserved.given_id(NewObject(raw=raw), allow_custom=True) == object_id


@pytest.mark.parametrize(("given", "kind"), [("x", "String"), (5, "Number"), (True, "Boolean"), ([], "Array")])
def test_dates_of_the_servers_own_are_dates(given: Any, kind: str) -> None:
    with pytest.raises(IncorrectType, match=f"schema mismatch for Note.createdAt; expected Date but got {kind}"):
        reserved.check_dates("Note", {"createdAt": given})


def test_an_object_is_not_changed_before_it_was_made() -> None:
    raw = {
        "createdAt": {"__type": "Date", "iso": "2026-01-02T00:00:00.000Z"},
        "updatedAt": {"__type": "Date", "iso": "2026-01-01T00:00:00.000Z"},
    }

    with pytest.raises(ValidationError, match="updatedAt cannot occur before createdAt"):
        reserved.given_dates(NewObject(raw=raw), 0)


@pytest.mark.parametrize(
    "operation",
    [
        op.Set(Pointer("_Hooks", "x")),
        op.RelationChange("_GlobalConfig", added=frozenset("x")),
        op.Set(Pointer("_SCHEMA", "x")),
    ],
)
def test_clients_may_not_point_to_internal_classes(operation: Any) -> None:
    with pytest.raises(OperationForbidden):
        reserved.refuse_internal_pointers({"p": operation}, ANYBODY)
    reserved.refuse_internal_pointers({"p": operation}, MASTER)


@pytest.mark.parametrize(
    ("rule", "value", "is_denied"),
    [
        (DeniedKeyword(key="bad"), {"verybadkey": 1}, True),
        (DeniedKeyword(key="bad"), {"good": "bad"}, False),
        (DeniedKeyword(value="bad"), {"good": "so bad"}, True),
        (DeniedKeyword(value="bad"), ["bad"], False),
        (DeniedKeyword(key="k", value="v"), {"k": "v"}, True),
        (DeniedKeyword(key="k", value="v"), {"k": "w", "l": "v"}, False),
    ],
)
def test_denied_keywords_are_expressions_of_keys_and_values(rule: DeniedKeyword, value: Any, is_denied: bool) -> None:
    assert refused({"field": op.Set(value)}, (rule,)) == is_denied


def refused(operations: Any, rules: Any) -> bool:
    try:
        reserved.refuse_denied_keywords(operations, rules)
    except InvalidKeyName:
        return True
    return False


trees = st.recursive(
    st.just({"constructor": 1}),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, min_size=1)
    ),
)


@given(tree=trees)
def test_denied_keywords_are_found_at_every_depth(tree: Any) -> None:
    assert refused({"field": op.Set(tree)}, DENIED_KEYWORDS)
    assert refused({"field": op.Add([tree])}, DENIED_KEYWORDS)


@pytest.mark.parametrize("given_name", [None, "", 5, [], {"$ne": 1}])
def test_user_names_and_passwords_are_texts_that_are_not_empty(given_name: Any) -> None:
    with pytest.raises(UsernameMissing):
        check_username(given_name)
    with pytest.raises(PasswordMissing):
        check_password(given_name)


@pytest.mark.parametrize(
    ("address", "is_good"), [("a@b", True), ("a", False), ("@b", False), ("a@", False), ("a b@c d", True)]
)
def test_mail_addresses_have_something_before_and_after_the_at(address: str, is_good: bool) -> None:
    assert accepts(address) == is_good


def accepts(address: str) -> bool:
    try:
        check_email(address)
    except InvalidEmailAddress:
        return False
    return True
