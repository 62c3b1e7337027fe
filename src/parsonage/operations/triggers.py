"""Which trigger a save or delete runs, and how it is called: one way for all of them.

Rules: reference/cloud-code.md, sections 2 (``skipWithMasterKey``) and 3.4 (context).
"""

from __future__ import annotations

import logging
from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.logs import LEVELS
from parsonage.operations.house import House
from parsonage.protocol.errors import ParseError
from parsonage.protocol.objects import ParseObject

log = logging.getLogger("parsonage.events")


def trigger_for(house: House, kind: Kind, class_name: str, caller: Caller) -> Handler | None:
    """The trigger of a class that this caller's request runs, if any."""
    handler = house.handlers.registry.trigger(kind, class_name)
    if handler is not None and handler.skips_master and caller.is_master:
        return None
    return handler


async def call_handler(house: House, handler: Handler, invocation: Invocation) -> Any:
    """Call a handler for a request; the log tells of it at the level that ``logLevels`` says.

    In development what it raises says which handler it was.
    """
    try:
        result = await house.handlers.runner.run(handler, invocation)
    except ParseError as error:
        if house.options.development and error.explanation is None:
            error.explanation = f"{handler} refuses: {error.detail}"
        log_event(_levels(house, handler)[1], "%s failed for %s: %s", handler, invocation.caller, error.detail)
        raise
    log_event(_levels(house, handler)[0], "%s ran for %s", handler, invocation.caller)
    return result


def _levels(house: House, handler: Handler) -> tuple[str | None, str | None]:
    """The levels for its success and its failure."""
    levels = house.options.event_logs
    if not levels.are_on:
        return None, None
    if handler.kind is Kind.FUNCTION:
        return levels.function_success, levels.function_error
    is_before = handler.kind.value.startswith("before")
    return levels.trigger_before_success if is_before else levels.trigger_after, levels.trigger_before_error


def log_event(level: str | None, message: str, *parts: object) -> None:
    """Log an event at the level that an option has for it; ``None``: not at all."""
    if level is not None:
        log.log(LEVELS[level], message, *parts)


async def run_trigger(
    house: House,
    call: Call,
    caller: Caller,
    handler: Handler,
    seen: ParseObject | None,
    original: ParseObject | None = None,
) -> Any:
    """Call a trigger with a copy of the context; what it leaves there is merged back after success."""
    invocation = Invocation(
        kind=handler.kind,
        name=handler.name,
        caller=caller,
        call=call,
        object=seen,
        original=original,
        context=dict(call.context),
    )
    result = await call_handler(house, handler, invocation)
    call.context.update(invocation.context)
    return result
