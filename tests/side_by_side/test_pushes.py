"""Pushes where no push service is configured: who may send, to whom, and nothing else is looked at.

Rules: reference/files-push.md, section 6.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import READ_ONLY_MASTER_KEY, Case, Step, case, post, raw
from tests.side_by_side.exchange import Pair

TO_A_CHANNEL = {"channels": ["a"], "data": {"alert": "hi"}}


def push(**parts: object) -> Step:
    return post("/push", parts).as_master()


def refused_later(**parts: object) -> Step:
    """What a Parse Server with a push service would refuse."""
    return push(channels=["a"], **parts)


CASES = [
    case(
        "the master key alone may send",
        post("/push", TO_A_CHANNEL),
        post("/push", {}),
        post("/push", TO_A_CHANNEL).with_headers({"X-Parse-Master-Key": READ_ONLY_MASTER_KEY}),
        post("/push", {}).with_headers({"X-Parse-Master-Key": READ_ONLY_MASTER_KEY}),
        push(**TO_A_CHANNEL),
    ),
    case(
        "a push goes to channels or to what a query finds",
        push(where={"deviceType": "ios"}),
        push(channels=["a"], where={}),
        push(channels=None, where=None),
        push(channels=None),
        push(where=None),
        push(where=5),
        push(data={"alert": "hi"}),
        push(),
        raw("POST", "/push", b"[1]").as_master(),
    ),
    case(
        "nothing else is looked at",
        refused_later(push_time="nonsense"),
        refused_later(expiration_interval=-1),
        refused_later(expiration_time=1, expiration_interval=1),
        refused_later(data={"badge": "many"}),
        push(push_time="nonsense"),
    ),
    case(
        "a push in a batch",
        *(
            post("/batch", {"requests": [{"method": "POST", "path": "/parse/push", "body": body}]}).as_master()
            for body in (TO_A_CHANNEL, {}, {**TO_A_CHANNEL, "where": {}})
        ),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_a_push_is_answered_as_by_parse_server(both: Pair, told: Case) -> None:
    both.compare(told)
