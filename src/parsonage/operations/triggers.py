"""Which trigger a save or delete runs, and how it is called: one way for all of them.

Rules: reference/cloud-code.md, sections 2 (``skipWithMasterKey``) and 3.4 (context).
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.operations.house import House
from parsonage.protocol.errors import ParseError
from parsonage.protocol.objects import ParseObject


def trigger_for(house: House, kind: Kind, class_name: str, caller: Caller) -> Handler | None:
    """The trigger of a class that this caller's request runs, if any."""
    handler = house.handlers.registry.trigger(kind, class_name)
    if handler is not None and handler.skips_master and caller.is_master:
        return None
    return handler


async def call_handler(house: House, handler: Handler, invocation: Invocation) -> Any:
    """Call a handler for a request; in development what it raises says which handler it was."""
    try:
        return await house.handlers.runner.run(handler, invocation)
    except ParseError as error:
        if house.options.development and error.explanation is None:
            error.explanation = f"{handler} refuses: {error.detail}"
        raise


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
