from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.commands.caller import ANYBODY, MASTER, Caller, user_caller
from parsonage.policies.hidden_fields import hidden_fields, refuse_hidden_keys
from parsonage.protocol.errors import InvalidKeyName, OperationForbidden
from parsonage.query.model import Equals, Not, Or, Sort
from parsonage.schema.class_permissions import from_stored
from parsonage.schema.model import ClassSchema

ADA = user_caller("ada").with_roles(["Editors"])
BOB = user_caller("bob").with_roles([])
OWNED = {"objectId": "n", "s": 1, "t": 2, "owner": {"__type": "Pointer", "className": "_User", "objectId": "ada"}}
SHARED = {"objectId": "n", "s": 1, "t": 2, "owner": [{"objectId": "bob"}, {"objectId": "ada"}]}


def schema(groups: Any, name: str = "Note") -> ClassSchema:
    return ClassSchema(name, {}, from_stored({"protectedFields": groups}))


def seen(groups: Any, caller: Caller, row: Any = OWNED, **server_wide: Any) -> set[str]:
    """The fields that are left of an object."""
    left = dict(row)
    hidden_fields(schema(groups), caller, server_wide).strip(left, caller.user_id)
    return {"s", "t"} & left.keys()


@pytest.mark.parametrize(
    ("groups", "caller", "left"),
    [
        ({}, ANYBODY, {"s", "t"}),
        ({"*": []}, ANYBODY, {"s", "t"}),
        ({"*": ["s"]}, ANYBODY, {"t"}),
        ({"*": ["s"]}, MASTER, {"s", "t"}),
        ({"*": ["s"]}, Caller(is_maintenance=True), {"s", "t"}),
        ({"*": ["s", "t"], "authenticated": ["s"]}, ANYBODY, set()),
        ({"*": ["s", "t"], "authenticated": ["s"]}, BOB, {"t"}),
        ({"*": ["s"], "ada": []}, ADA, {"s", "t"}),
        ({"*": ["s"], "ada": []}, BOB, {"t"}),
        ({"*": ["s"], "role:Editors": []}, ADA, {"s", "t"}),
        ({"*": ["s"], "role:Editors": []}, BOB, {"t"}),
        ({"*": ["s"], "role:Editors": ["t"]}, ADA, {"s", "t"}),
        ({"role:Editors": ["s"]}, ADA, {"t"}),
        ({"role:Editors": ["s"]}, BOB, {"s", "t"}),
        ({"*": ["s", "t"], "userField:owner": ["t"]}, ADA, {"s"}),
        ({"*": ["s", "t"], "userField:owner": ["t"]}, BOB, set()),
        ({"*": ["s", "t"], "userField:owner": ["t"]}, ANYBODY, set()),
        ({"userField:owner": ["t"]}, ADA, {"s", "t"}),
        ({"userField:owner": ["t"]}, BOB, {"s", "t"}),
    ],
)
def test_a_field_is_hidden_if_every_group_of_the_caller_hides_it(groups: Any, caller: Caller, left: set[str]) -> None:
    assert seen(groups, caller) == left


def test_a_list_of_users_counts_as_well() -> None:
    assert seen({"*": ["s"], "userField:owner": []}, ADA, SHARED) == {"s", "t"}
    assert seen({"*": ["s"], "userField:owner": []}, user_caller("eve"), SHARED) == {"t"}


def test_the_servers_own_option_is_added_to_the_groups_of_the_class() -> None:
    assert seen({"*": ["s"]}, ANYBODY, Note={"*": ("t",)}) == set()


def test_users_see_all_of_themselves_unless_they_are_not_exempt() -> None:
    users = schema({"*": ["email"]}, "_User")
    row = {"objectId": "ada", "email": "e"}
    exempt, not_exempt, another = dict(row), dict(row), dict(row)

    hidden_fields(users, ADA, {}).strip(exempt, "ada")
    hidden_fields(users, ADA, {}, owner_exempt=False).strip(not_exempt, "ada")
    hidden_fields(users, BOB, {}).strip(another, "bob")

    assert ["email" in one for one in (exempt, not_exempt, another)] == [True, False, False]


@pytest.mark.parametrize(
    "where",
    [Equals("s", 1), Equals("s.deep", 1), Not(Equals("s", 1)), Or((Equals("t", 1), Not(Equals("s", 1))))],
)
def test_a_question_about_a_hidden_field_is_refused(where: Any) -> None:
    note = schema({"*": ["s"]})

    with pytest.raises(OperationForbidden):
        refuse_hidden_keys(note, hidden_fields(note, ANYBODY, {}), where, (), ANYBODY)


def test_sorting_by_a_hidden_field_is_refused() -> None:
    note = schema({"*": ["s"]})

    with pytest.raises(OperationForbidden):
        refuse_hidden_keys(note, hidden_fields(note, ANYBODY, {}), Equals("t", 1), (Sort("s.deep"),), ANYBODY)


def test_a_private_column_is_no_key_for_clients() -> None:
    users = schema({}, "_User")
    where = Equals("_perishable_token", "x")

    with pytest.raises(InvalidKeyName):
        refuse_hidden_keys(users, hidden_fields(users, ADA, {}), where, (), ADA)
    refuse_hidden_keys(users, hidden_fields(users, MASTER, {}), where, (), MASTER)


fields = st.sets(st.sampled_from(["s", "t"])).map(sorted)
groups = st.dictionaries(
    st.sampled_from(["*", "authenticated", "ada", "role:Editors", "role:Staff", "userField:owner"]), fields
)


@given(groups=groups)
def test_a_caller_in_more_groups_never_sees_less_of_a_class_with_a_general_group(groups: Any) -> None:
    groups = {"*": ["s", "t"], **groups}
    nobody, user = seen(groups, ANYBODY), seen(groups, user_caller("ada").with_roles([]))
    editor = seen(groups, user_caller("ada").with_roles(["Editors"]))
    both = seen(groups, user_caller("ada").with_roles(["Editors", "Staff"]))

    assert nobody <= user <= editor <= both


@given(groups=groups, caller=st.sampled_from([ANYBODY, ADA, BOB, MASTER]))
def test_hiding_twice_is_hiding_once(groups: Any, caller: Caller) -> None:
    hidden = hidden_fields(schema(groups), caller, {})
    once, twice = dict(OWNED), dict(OWNED)

    hidden.strip(once, caller.user_id)
    hidden.strip(twice, caller.user_id)
    hidden.strip(twice, caller.user_id)

    assert hidden.is_nothing <= (once == OWNED)
    assert "owner" not in once or once == twice
