"""_Role: a name, an ACL, users and child roles.

Rules: reference/schema-clp-acl.md, sections 4 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsonage.commands.call import Call
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.operations.system_classes.required import check_required
from parsonage.protocol.errors import IncorrectType
from parsonage.storage.changes import Change, Notice, NoticeKind


async def _before_check(house: House, call: Call, draft: Draft) -> Answer | None:
    check_required(draft, "name")
    if draft.creating and draft.acl is None:
        raise IncorrectType("ACL is required.")
    draft.notices.append(Notice(NoticeKind.ROLES))
    return None


async def _deleting(house: House, object_id: str) -> tuple[Sequence[Change], Sequence[Notice]]:
    return (), (Notice(NoticeKind.ROLES),)


BEHAVIOUR = Behaviour(before_check=_before_check, deleting=_deleting)
