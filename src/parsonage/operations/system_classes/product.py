"""_Product: what an app sells in a store, of which most fields must be there.

Rules: reference/schema-clp-acl.md, section 4.
"""

from __future__ import annotations

from parsonage.commands.call import Call
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.operations.system_classes.required import check_required

_REQUIRED = ("productIdentifier", "icon", "order", "title", "subtitle")


async def _before_check(house: House, call: Call, draft: Draft) -> Answer | None:
    check_required(draft, *_REQUIRED)
    return None


BEHAVIOUR = Behaviour(before_check=_before_check)
