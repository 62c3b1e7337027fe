from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.acl import ACL, role_name, with_rights
from parsonage.protocol.errors import InvalidACL

names = st.frozensets(st.sampled_from(["*", "u1", "u2", "role:a"]))


@given(readers=names, writers=names)
def test_what_was_written_is_read_back(readers: frozenset[str], writers: frozenset[str]) -> None:
    acl = ACL(readers, writers)

    assert ACL.from_json(acl.to_json()) == acl


@pytest.mark.parametrize(
    "json",
    [None, 5, "x", [], {"__op": "Delete"}, {"__type": "x"}, {"*unresolved": {"read": True}}, {"a\0": {"read": True}}],
)
def test_what_is_no_access_list_is_refused(json: Any) -> None:
    with pytest.raises(InvalidACL):
        ACL.from_json(json)


def test_only_true_rights_count() -> None:
    assert ACL.from_json({"u1": {"read": False, "write": True}, "u2": {}, "u3": 1}) == ACL(writers=frozenset({"u1"}))


def test_rights_are_added_without_touching_the_original() -> None:
    public = ACL.public()

    mine = public.allow("u1", write=True)

    assert mine.to_json() == {"*": {"read": True}, "u1": {"read": True, "write": True}}
    assert public.to_json() == {"*": {"read": True}}


def test_an_empty_list_is_the_master_keys_alone() -> None:
    assert ACL().to_json() == {}
    assert with_rights(None, {}) == ACL()
    assert with_rights(None, {role_name("a"): (True, False)}) == ACL(frozenset({"role:a"}))
