from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.commands.caller import ANYBODY, MASTER, Caller, user_caller
from parsonage.policies.class_access import class_access, refuse_closed_classes
from parsonage.policies.object_access import default_acl, readable, writable
from parsonage.policies.writing import adding_fields, writing
from parsonage.protocol.errors import NeedsAuthentication, OperationForbidden
from parsonage.protocol.names import MASTER_ONLY_CLASSES
from parsonage.protocol.values import Pointer
from parsonage.query.model import ALWAYS, NEVER, Equals, ReadableBy, WritableBy, all_of
from parsonage.schema.class_permissions import Operation, from_stored
from parsonage.schema.model import ClassSchema

ADA = user_caller("ada").with_roles(["Editors"])
BOB = user_caller("bob").with_roles([])
MAINTENANCE = Caller(is_maintenance=True)
READ_ONLY = Caller(is_master=True, is_read_only=True)
MINE = Equals("owner", Pointer("_User", "ada"))


def note(**permissions: Any) -> ClassSchema:
    return ClassSchema("Note", {}, from_stored(permissions))


@pytest.mark.parametrize(
    ("rule", "caller", "is_allowed"),
    [
        ({"*": True}, ANYBODY, True),
        ({"ada": True}, ADA, True),
        ({"ada": True}, BOB, False),
        ({"ada": True}, ANYBODY, False),
        ({"role:Editors": True}, ADA, True),
        ({"role:Editors": True}, BOB, False),
        ({"Editors": True}, ADA, False),
        ({}, ADA, False),
        ({}, MASTER, True),
        ({}, READ_ONLY, True),
        ({}, MAINTENANCE, True),
        ({"requiresAuthentication": True}, ADA, True),
        ({"requiresAuthentication": True}, MASTER, True),
    ],
)
def test_an_operation_is_open_to_those_whom_its_rule_names(rule: Any, caller: Caller, is_allowed: bool) -> None:
    access = class_access(note(find=rule), Operation.FIND, caller)

    assert (access.error is None) == is_allowed
    assert access.narrowing(caller) is None


def test_who_is_not_logged_in_is_told_so_by_101() -> None:
    access = class_access(note(find={"requiresAuthentication": True}), Operation.FIND, ANYBODY)

    assert isinstance(access.error, NeedsAuthentication)
    assert access.error.code == 101


def test_a_closed_operation_is_refused_with_119() -> None:
    access = class_access(note(find={}), Operation.FIND, ADA)

    assert isinstance(access.error, OperationForbidden)
    assert access.error.detail == "Permission denied for action find on class Note."


@pytest.mark.parametrize("operation", [Operation.GET, Operation.FIND, Operation.COUNT])
def test_read_user_fields_narrow_reads(operation: Operation) -> None:
    access = class_access(note(readUserFields=["owner"]), operation, ADA)

    assert access.narrowing(ADA) == MINE
    assert access.narrowing(ANYBODY) == NEVER


@pytest.mark.parametrize("operation", [Operation.UPDATE, Operation.DELETE])
def test_write_user_fields_narrow_writes(operation: Operation) -> None:
    schema = note(writeUserFields=["owner"])

    assert writing(schema, ADA, operation) == all_of(MINE, WritableBy(ADA.names))
    with pytest.raises(OperationForbidden):
        writing(schema, ADA, Operation.CREATE)


def test_pointer_fields_open_no_create() -> None:
    assert class_access(note(create={"pointerFields": ["owner"]}), Operation.CREATE, ADA).error is not None


def test_pointer_fields_open_new_fields_on_updates_only() -> None:
    schema = note(addField={"pointerFields": ["owner"]})

    assert adding_fields(schema, ADA, creating=False) == (None, MINE)
    assert adding_fields(schema, ADA, creating=True)[0] is not None


@pytest.mark.parametrize("class_name", sorted({*MASTER_ONLY_CLASSES, "_Join:users:_Role"}))
@pytest.mark.parametrize("operation", [operation for operation in Operation if operation is not Operation.ADD_FIELD])
def test_internal_classes_are_closed_to_clients(class_name: str, operation: Operation) -> None:
    with pytest.raises(OperationForbidden):
        refuse_closed_classes(class_name, operation, ADA)
    refuse_closed_classes(class_name, operation, MASTER)


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE, Operation.DELETE])
def test_the_read_only_key_writes_nowhere(operation: Operation) -> None:
    with pytest.raises(OperationForbidden):
        refuse_closed_classes("Note", operation, READ_ONLY)


def test_an_acl_is_in_the_way_of_all_but_the_keys() -> None:
    assert (readable(ADA), writable(ADA)) == (ReadableBy(ADA.names), WritableBy(ADA.names))
    assert (readable(MASTER), writable(MAINTENANCE)) == (None, None)
    assert writing(note(update={"*": True}), MASTER, Operation.UPDATE) == ALWAYS


def test_the_current_user_of_a_default_acl_is_the_caller() -> None:
    schema = note(ACL={"currentUser": {"read": True, "write": True}, "role:Editors": {"read": True}})

    for_ada, for_nobody = default_acl(schema, ADA), default_acl(schema, ANYBODY)

    assert for_ada is not None
    assert for_nobody is not None
    assert for_ada.to_json() == {"ada": {"read": True, "write": True}, "role:Editors": {"read": True}}
    assert for_nobody.to_json() == {"role:Editors": {"read": True}}


names = st.sampled_from(["*", "ada", "bob", "role:Editors", "role:Staff"])
rules = st.builds(
    lambda named, login: {**dict.fromkeys(named, True), **({"requiresAuthentication": True} if login else {})},
    st.sets(names),
    st.booleans(),
)


@given(rule=rules, operation=st.sampled_from(list(Operation)))
def test_a_role_more_never_closes_a_door(rule: Any, operation: Operation) -> None:
    schema = note(**{operation.value: rule})
    fewer, more = user_caller("ada").with_roles(["Staff"]), user_caller("ada").with_roles(["Staff", "Editors"])

    assert (
        class_access(schema, operation, fewer).error is not None or class_access(schema, operation, more).error is None
    )
