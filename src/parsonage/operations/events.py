"""``/events``: what apps report is handed to a function of the operator's; the server keeps nothing of it.

Rules: reference/cloud-code.md, section 7 (routes).
"""

from __future__ import annotations

import logging

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.events import TrackEvent
from parsonage.commands.objects import NOTHING, Plain
from parsonage.handlers.named import call_named
from parsonage.operations.house import House

log = logging.getLogger("parsonage.requests")


async def track_event(house: House, call: Call, caller: Caller, command: TrackEvent) -> Plain:
    """Hand an event on. What the function raises is logged: an app has no use for it."""
    if house.heard_event is not None:
        try:
            await call_named(house.heard_event, command.name, dict(command.parameters))
        except Exception:  # it is the operator's code, behind a door of its own
            log.exception("analyticsAdapter failed on the event %s", command.name)
    return NOTHING
